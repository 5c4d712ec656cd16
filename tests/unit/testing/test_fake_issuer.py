"""The issuer that tests of an API are written with keeps to the specifications itself."""

import pytest

from authwright.integrations.fastapi import Auth
from authwright.jose.errors import NoMatchingKey
from authwright.jose.jwk import generate_jwk
from authwright.oauth import access_token
from authwright.oauth.http import HttpRequest
from authwright.oauth.metadata import parse_authorization_server_metadata
from authwright.resource_server.refusals import Refused
from authwright.testing.clock import FrozenClock
from authwright.testing.fake_issuer import FakeIssuer
from authwright.transport import ConnectionFailed


def verify(issuer, token, now):
    return access_token.verify(
        token,
        issuer.jwks,
        issuer=issuer.issuer,
        audience=issuer.audience,
        algorithms=("ES256", "RS256"),
        now=now,
    )


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_tokens_are_access_tokens(alg):
    """RFC 9068 §2: what it signs, an API accepts."""
    clock = FrozenClock()
    issuer = FakeIssuer(alg=alg, clock=clock)
    token = verify(
        issuer, issuer.access_token(sub="bob", scope="b a", roles=["r"], groups=["g"]), clock.now()
    )
    assert (token.subject, str(token.scope), token.roles, token.groups) == ("bob", "a b", ("r",), ("g",))
    assert token.expires_at == clock.now() + 600
    assert token.jti != verify(issuer, issuer.access_token(), clock.now()).jti


def test_claims_can_be_anything():
    """Wrong tokens are what a test of a guard needs most."""
    issuer = FakeIssuer()
    own = generate_jwk("ES256")
    token = issuer.sign({"sub": "x", "nonce": None}, typ=None, key=own)
    with pytest.raises(NoMatchingKey):
        verify(issuer, token, 0)


async def test_metadata_of_both_kinds():
    """OpenID Connect Discovery §4.1 and RFC 8414 §3.1."""
    issuer = FakeIssuer("https://id.test/realm")
    for url in (
        "https://id.test/realm/.well-known/openid-configuration",
        "https://id.test/.well-known/oauth-authorization-server/realm",
    ):
        response = await issuer.send(HttpRequest("GET", url))
        assert parse_authorization_server_metadata(response.body, issuer=issuer.issuer) == issuer.metadata
    assert (await issuer.send(HttpRequest("GET", "https://id.test/"))).status == 404


async def test_introspection_asks_who_is_asking():
    """RFC 7662 §2.1: the endpoint "MUST also require some form of authorization"."""
    issuer = FakeIssuer()
    assert (await issuer.send(HttpRequest("POST", "https://issuer.test/introspect"))).status == 401


async def test_outage():
    issuer = FakeIssuer()
    issuer.available = False
    with pytest.raises(ConnectionFailed):
        await issuer.send(HttpRequest("GET", "https://issuer.test/jwks"))


def test_rotation():
    issuer = FakeIssuer()
    first = issuer.key.kid
    issuer.rotate_key()
    assert [key.kid for key in issuer.jwks.keys] == [first, issuer.key.kid]
    issuer.rotate_key(publish=False)
    assert issuer.key.kid not in [key.kid for key in issuer.jwks.keys]
    issuer.rotate_key(withdraw=True)
    assert [key.kid for key in issuer.jwks.keys] == [issuer.key.kid]


async def test_in_place_of_the_real_issuer():
    """A module's own `Auth`, which would ask a real issuer, is turned to the fake one."""
    auth = Auth(issuer="https://id.test", audience="https://api.test")
    issuer = FakeIssuer("https://id.test", audience="https://api.test")
    auth.protection.discovery.transport = issuer
    assert (await auth.protection.verify_token(issuer.access_token())).subject == "alice"
    with pytest.raises(Refused):
        await auth.protection.verify_token(FakeIssuer("https://id.test").access_token())
