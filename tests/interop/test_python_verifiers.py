"""APIs that verify our access tokens with PyJWT or joserfc, by the keys that we publish."""

import httpx2
import jwt as pyjwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet

from support.registrations import APIS, PLAIN_SECRET

pytestmark = pytest.mark.interop


@pytest.fixture(params=APIS)
def alg(request):
    return request.param


@pytest.fixture
def token(provider, alg):
    """A machine's token for the API whose tokens are signed by *alg*."""
    response = httpx2.post(
        f"{provider.issuer}/token",
        data={"grant_type": "client_credentials", "scope": "items:read", "resource": APIS[alg]},
        auth=("client_secret_basic", PLAIN_SECRET),
    )
    return response.json()["access_token"]


@pytest.fixture
def jwks_uri(provider):
    return httpx2.get(f"{provider.issuer}/.well-known/openid-configuration").json()["jwks_uri"]


def test_pyjwt(provider, alg, token, jwks_uri):
    """Signature, issuer, audience, times and typ; RFC 9068 §2.1 and §4."""
    key = pyjwt.PyJWKClient(jwks_uri).get_signing_key_from_jwt(token)
    expected = {"algorithms": [alg], "audience": APIS[alg], "issuer": provider.issuer}
    required = {"require": ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]}
    claims = pyjwt.decode(token, key, options=required, **expected)
    assert claims["scope"] == "items:read"
    assert pyjwt.get_unverified_header(token)["typ"] == "at+jwt"
    with pytest.raises(pyjwt.InvalidAudienceError):
        pyjwt.decode(token, key, **{**expected, "audience": "https://other.example.com"})


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
def test_joserfc(provider, alg, token, jwks_uri):
    """The same by another implementation, which reads the key set more strictly."""
    keys = KeySet.import_key_set(httpx2.get(jwks_uri).json())
    verified = joserfc_jwt.decode(token, keys, algorithms=[alg])
    rules = {"iss": provider.issuer, "aud": APIS[alg], "client_id": "client_secret_basic"}
    joserfc_jwt.JWTClaimsRegistry(
        **{name: {"essential": True, "value": value} for name, value in rules.items()}
    ).validate(verified.claims)
    assert verified.header["alg"] == alg
