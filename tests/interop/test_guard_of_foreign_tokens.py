"""
Our FastAPI guard before the tokens of node-oidc-provider, a certified server: the good one is accepted, and
each wrong one refused for its own reason (RFC 9068 §4, RFC 8725 §2 and §3, RFC 6750 §3.1).
"""

import base64
import hashlib
import hmac
import json
import time
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from authwright.oauth.types import ClientId, Secret
from authwright.resource_server.introspection import IntrospectionClient
from authwright.testing.clock import FrozenClock
from support.fastapi_app import make_app
from support.oidc_provider import (
    ALGORITHMS,
    API,
    OPAQUE_API,
    OTHER_API,
    SECRET,
    WEB,
    WORKER,
    make_keys,
    running_oidc_provider,
    sign_in,
)
from support.serving import free_port

pytestmark = pytest.mark.interop

LEEWAY = 30
REFETCH_INTERVAL = 30


@pytest.fixture(scope="session")
def impostor(node, oidc_provider):
    """Another issuer that holds the same keys, so that nothing but the issuer is wrong with its tokens."""
    with running_oidc_provider(node, oidc_provider.keys) as impostor:
        yield impostor


@pytest.fixture
def clock():
    return FrozenClock(int(time.time()))


@pytest.fixture
def guarded(oidc_provider, clock):
    """`ask` of the guarded API."""
    with TestClient(make_app(oidc_provider, API, transport=None, clock=clock)) as client:
        yield partial(ask, client)


@pytest.fixture
def good(oidc_provider):
    return oidc_provider.client_credentials(scope="items:read", resource=API)


def ask(client, token, method="GET"):
    """The status, the code of the refusal, and the whole response."""
    response = client.request(method, "/items", headers={"authorization": f"Bearer {token}"})
    return response.status_code, response.json().get("code"), response


def parts(token):
    """Header and claims, read without any check."""
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signing_input(header, claims):
    return ".".join(encode(json.dumps(part).encode()) for part in (header, claims))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_good_token_is_accepted(oidc_provider, clock, alg):
    """Of each algorithm that issuers use, marked at+jwt. RFC 9068 §2.1."""
    audience = f"{API}/{alg}"
    token = oidc_provider.client_credentials(scope="items:read items:write", resource=audience)
    header, _ = parts(token)
    assert (header["alg"], header["typ"]) == (alg, "at+jwt")
    with TestClient(make_app(oidc_provider, audience, transport=None, clock=clock)) as client:
        status, _, response = ask(client, token)
    assert (status, response.json()["owner"]) == (200, WORKER)


def test_the_token_of_a_person_is_accepted(oidc_provider, foreign_person, guarded):
    """What a code flow gave, with the person as its subject."""
    tokens = sign_in(oidc_provider, foreign_person, scope="openid items:read", resource=[API])
    status, _, response = guarded(tokens.access_token.reveal())
    assert (status, response.json()["owner"]) == (200, tokens.sub)


def test_wrong_audience(oidc_provider, guarded):
    """A token for another API of the same issuer. RFC 9068 §4, `aud`."""
    token = oidc_provider.client_credentials(scope="items:read", resource=OTHER_API)
    assert guarded(token)[:2] == (401, "AW105")


def test_wrong_issuer(impostor, guarded):
    """Signature, audience and times are right, and the issuer is another. RFC 9068 §4, `iss`."""
    token = impostor.client_credentials(scope="items:read", resource=API)
    assert guarded(token)[:2] == (401, "AW104")


def test_expired(guarded, good, clock):
    """Good until its end and the leeway, and not a second longer. RFC 9068 §4, `exp`."""
    end = parts(good)[1]["exp"] + LEEWAY
    clock.advance(end - 1 - clock.now())
    assert guarded(good)[0] == 200
    clock.advance(1)
    assert guarded(good)[:2] == (401, "AW106")


def test_id_token(oidc_provider, foreign_person, guarded):
    """What a client gets at sign-in opens no API. RFC 9068 §4, `typ`."""
    tokens = sign_in(oidc_provider, foreign_person, scope="openid items:read", resource=[API])
    assert guarded(tokens.id_token.reveal())[:2] == (401, "AW108")


def test_id_token_for_an_api_named_as_the_client(oidc_provider, foreign_person, clock):
    """Not even where the audience of the API is the client's own name. RFC 9068 §5."""
    tokens = sign_in(oidc_provider, foreign_person, scope="openid")
    assert parts(tokens.id_token.reveal())[1]["aud"] == WEB
    with TestClient(make_app(oidc_provider, WEB, transport=None, clock=clock)) as client:
        assert ask(client, tokens.id_token.reveal())[:2] == (401, "AW108")


def test_opaque_token(oidc_provider, guarded):
    """An API that verifies JWTs knows nothing of other tokens."""
    assert guarded(oidc_provider.client_credentials())[:2] == (401, "AW102")


def test_tampered(guarded, good):
    """More scope than was signed, or a signature with one bit changed. RFC 7515 §5.2."""
    header, claims, signature = good.split(".")
    wider = encode(json.dumps({**parts(good)[1], "scope": "items:read items:write"}).encode())
    flipped = bytearray(base64.urlsafe_b64decode(signature + "=="))
    flipped[0] ^= 1
    assert guarded(f"{header}.{wider}.{signature}")[:2] == (401, "AW103")
    assert guarded(f"{header}.{claims}.{encode(bytes(flipped))}")[:2] == (401, "AW103")


@pytest.mark.parametrize("alg", ["none", "None", "NONE"])
def test_alg_none(guarded, good, alg):
    """No signature at all, whether the old one is kept or not. RFC 8725 §2.1."""
    header, claims = parts(good)
    unsigned = signing_input({**header, "alg": alg}, claims)
    for signature in ("", good.split(".")[2]):
        assert guarded(f"{unsigned}.{signature}")[:2] == (401, "AW110")


@pytest.mark.parametrize("kid", ["ec-now", "rsa-now"])
@pytest.mark.parametrize("secret", ["pem", "jwk"])
def test_hs256_with_the_public_key(guarded, good, oidc_provider, kid, secret):
    """The public key as the secret of an HMAC: RFC 8725 §2.1, the confusion of algorithms."""
    key = oidc_provider.keys.get_by_kid(kid)
    octets = key.as_pem(private=False) if secret == "pem" else json.dumps(key.as_dict(private=False)).encode()
    header, claims = parts(good)
    message = signing_input({**header, "alg": "HS256", "kid": kid}, claims)
    token = f"{message}.{encode(hmac.digest(octets, message.encode(), hashlib.sha256))}"
    assert guarded(token)[:2] == (401, "AW110")


def test_unknown_kid(guarded, good):
    """A key that the issuer does not publish. RFC 9068 §4: the key comes from the issuer."""
    header, claims = parts(good)
    token = jwt.encode({**header, "kid": "of-nobody"}, claims, ECKey.generate_key("P-256"))
    assert guarded(token)[:2] == (401, "AW109")


@pytest.mark.parametrize("names_its_key", [False, True])
def test_a_key_of_somebody_else_under_a_known_name(guarded, good, names_its_key):
    """A key that comes with the token is no key of the issuer. RFC 8725 §3.10."""
    mine = ECKey.generate_key("P-256")
    header, claims = parts(good)
    if names_its_key:
        header["jwk"] = mine.as_dict(private=False)
    assert guarded(jwt.encode(header, claims, mine))[:2] == (401, "AW103")


def test_missing_scope(oidc_provider, guarded):
    """403, with the scope that is missing in the challenge. RFC 6750 §3.1."""
    token = oidc_provider.client_credentials(scope="items:write", resource=API)
    status, code, response = guarded(token)
    assert (status, code) == (403, "AW120")
    challenge = response.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="items:read"' in challenge


def test_missing_role(oidc_provider, guarded):
    """Scopes do not stand for roles."""
    token = oidc_provider.client_credentials(scope="items:read items:write", resource=API)
    assert guarded(token, "DELETE")[:2] == (403, "AW121")


def test_the_issuer_changes_its_keys(node, clock):
    """
    A token signed with a key that the guard has not seen makes it look once more; nothing is restarted
    (OpenID Connect Core §10.1.1). What was signed with the key that is gone is refused.
    """
    port = free_port()
    with ExitStack() as stack:
        with running_oidc_provider(node, make_keys("old"), port=port) as issuer:
            old = issuer.client_credentials(scope="items:read", resource=API)
            client = stack.enter_context(TestClient(make_app(issuer, API, transport=None, clock=clock)))
            assert ask(client, old)[0] == 200
        with running_oidc_provider(node, make_keys("new"), port=port) as issuer:
            new = issuer.client_credentials(scope="items:read", resource=API)
            clock.advance(REFETCH_INTERVAL)
            assert ask(client, new)[0] == 200
            assert ask(client, old)[:2] == (401, "AW109")


def test_opaque_tokens_by_introspection(oidc_provider, clock):
    """With RFC 7662 an opaque token is as good as a JWT, for its own audience and until it is revoked."""
    introspection = IntrospectionClient(
        client_id=ClientId(WORKER), client_secret=Secret(SECRET), cache_lifetime=timedelta()
    )
    app = make_app(oidc_provider, OPAQUE_API, transport=None, clock=clock, introspection=introspection)
    with TestClient(app) as client:
        token = oidc_provider.client_credentials(scope="items:read", resource=OPAQUE_API)
        status, _, response = ask(client, token)
        assert (status, response.json()["owner"]) == (200, WORKER)
        assert ask(client, oidc_provider.client_credentials())[:2] == (401, "AW105")
        oidc_provider.revoke(token)
        assert ask(client, token)[:2] == (401, "AW111")
