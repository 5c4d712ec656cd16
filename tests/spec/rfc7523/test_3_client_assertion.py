"""RFC 7523 §3, JWT format and processing requirements, for client authentication (OpenID Connect Core §9)."""

import pytest

from authwright.jose import jwt
from authwright.jose.jwk import generate_jwk, symmetric_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.client_assertion import check, make, unverified_client_id
from authwright.oauth.errors import InvalidClient
from authwright.oauth.types import ClientId, Seconds, Timestamp

APP = ClientId("app")
ISSUER = "https://id.example.com"
TOKEN_ENDPOINT = f"{ISSUER}/token"
NOW = Timestamp(1_800_000_000)
KEY = generate_jwk("ES256")
KEYS = Jwks((KEY.public(),))
CLAIMS = {"iss": APP, "sub": APP, "aud": ISSUER, "jti": "j1", "iat": NOW, "exp": NOW + 60}


def assertion(*, key=KEY, typ="JWT", drop=(), **changes) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if name not in drop}
    return jwt.sign(claims, key, typ=typ)


def checked(text):
    return check(text, client_id=APP, keys=KEYS, audiences=(ISSUER, TOKEN_ENDPOINT), now=NOW)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_round_trip(alg):
    """What a client makes, the server accepts. RFC 7523 §3, OpenID Connect Core §9."""
    key = generate_jwk(alg)
    text = make(APP, key, audience=ISSUER, jti="j1", now=NOW, lifetime=Seconds(30))
    assert unverified_client_id(text) == APP
    result = check(text, client_id=APP, keys=Jwks((key.public(),)), audiences=(ISSUER,), now=NOW)
    assert result.jti == "j1"


@pytest.mark.parametrize("audience", [ISSUER, TOKEN_ENDPOINT, [ISSUER], ["https://x", TOKEN_ENDPOINT]])
def test_audience(audience):
    """The issuer or the token endpoint, as a string or in an array. RFC 7523 §3, Core §9."""
    assert checked(assertion(aud=audience))


@pytest.mark.parametrize("typ", [None, "JWT", "client-authentication+jwt"])
def test_types(typ):
    """JWT, no type, or the explicit type of the update of RFC 7523."""
    assert checked(assertion(typ=typ))


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt"])
def test_other_kinds_of_token(typ):
    """Another kind of token does not authenticate a client. RFC 8725 §3.11."""
    with pytest.raises(InvalidClient):
        checked(assertion(typ=typ))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"sub": "other"},
        {"iss": "other", "sub": "other"},
        {"aud": "https://other.example.com"},
        {"aud": f"{ISSUER}/"},
        {"aud": []},
        {"aud": {"x": ISSUER}},
        {"exp": NOW - 60},
        {"exp": NOW + 60 + 3601},
        {"exp": str(NOW + 60)},
        {"iat": NOW + 61},
        {"nbf": NOW + 61},
        {"jti": ""},
        {"jti": 1},
        {"sub": ""},
    ],
)
def test_wrong_claims(changes):
    """iss and sub are the client, aud is the server, exp is near. RFC 7523 §3."""
    with pytest.raises(InvalidClient):
        checked(assertion(**changes))


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "jti"])
def test_required_claims(claim):
    """iss, sub, aud, jti and exp are REQUIRED. Core §9."""
    with pytest.raises(InvalidClient):
        checked(assertion(drop=[claim]))


def test_clock_differences():
    """The client's clock may be 60 seconds off; a life of one hour is the most there is."""
    assert checked(assertion(exp=NOW - 59))
    assert checked(assertion(iat=NOW + 60, nbf=NOW + 60))
    assert checked(assertion(exp=NOW + 60 + 3600, iat=NOW + 60))
    assert checked(assertion(drop=["iat"]))


def test_remembered_until_it_is_refused():
    """The jti must be remembered for as long as the assertion would be accepted."""
    result = checked(assertion(exp=NOW + 10.5))
    assert result.expires_at >= NOW + 10.5 + 60
    with pytest.raises(InvalidClient):
        check(assertion(exp=NOW + 10.5), client_id=APP, keys=KEYS, audiences=(ISSUER,), now=result.expires_at)


def test_symmetric_and_foreign_keys():
    """Neither a secret nor somebody else's key authenticates the client. RFC 8725 §3.1."""
    secret = symmetric_jwk("s" * 32, "HS256")
    with pytest.raises(InvalidClient):
        check(assertion(key=secret), client_id=APP, keys=Jwks((secret,)), audiences=(ISSUER,), now=NOW)
    with pytest.raises(InvalidClient):
        checked(assertion(key=generate_jwk("ES256")))
    with pytest.raises(InvalidClient):
        checked(assertion(key=generate_jwk("ES256", kid=KEY.kid)))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "..", "ä.ä.ä"])
def test_what_is_no_jwt(text):
    """Anything else is refused as invalid_client. RFC 7521 §4.2.1."""
    with pytest.raises(InvalidClient):
        unverified_client_id(text)
    with pytest.raises(InvalidClient):
        checked(text)


def test_unverified_client_id_needs_a_subject():
    """An assertion of nobody has no keys to look for."""
    with pytest.raises(InvalidClient):
        unverified_client_id(assertion(drop=["sub"]))
    with pytest.raises(InvalidClient):
        unverified_client_id(assertion(sub=["app"]))
