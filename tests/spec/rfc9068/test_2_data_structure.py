"""RFC 9068 §2 and §3, RFC 8707: what is in an access token, and for whom it is."""

from dataclasses import replace

import pytest

from authwright.authorization_server.access_tokens import read_access_token
from authwright.authorization_server.records import ProtectedResource, ScopeDescription
from authwright.authorization_server.writes import SaveClient, SaveProtectedResource
from authwright.jose import jws
from authwright.jose.encoding import parse_json_object
from authwright.oauth.access_token import verify
from authwright.oauth.errors import InvalidTarget
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Seconds, Secret
from support.authorization_server import API, APIS, APP, ISSUER, OPAQUE_API, SIGNER, answer, make_world


def opened(token: Secret):
    verified = jws.verify(token.reveal(), SIGNER.jwks(), algorithms=("ES256", "RS256", "EdDSA"))
    return verified.header, parse_json_object(verified.payload)


async def test_claims():
    """§2.2: all REQUIRED claims, and those about the authentication and the person."""
    world = await make_world()
    header, claims = opened((await world.tokens(scope="openid items:read")).access_token)
    now = world.clock.now()
    assert header["typ"] == "at+jwt"
    assert header["alg"] == "ES256"
    assert header["kid"]
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "sub": "alice",
        "aud": API,
        "client_id": "app",
        "iat": now,
        "exp": now + 600,
        "scope": "items:read openid",
        "auth_time": now,
        "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        "amr": ["pwd"],
        "roles": ["admin"],
        "groups": ["editors"],
    }


async def test_no_claims_of_an_id_token():
    """RFC 8725 §3.12: the kinds do not overlap; no nonce, no profile."""
    world = await make_world()
    _, claims = opened((await world.tokens(scope="openid profile email", nonce="n")).access_token)
    assert not {"nonce", "at_hash", "name", "email"} & set(claims)


async def test_an_api_of_ours_verifies_it():
    world = await make_world()
    tokens = await world.tokens(scope="openid items:read")
    token = verify(
        tokens.access_token.reveal(),
        SIGNER.jwks(),
        issuer=ISSUER,
        audience=API,
        algorithms=("ES256",),
        now=world.clock.now(),
    )
    assert (token.subject, token.roles, token.groups) == ("alice", ("admin",), ("editors",))


async def test_the_audience_is_the_resource_asked_for():
    """§3, RFC 8707 §2; the token carries only the scope of that API, and identity scope."""
    world = await make_world()
    code = await world.browser().code(scope="openid items:read secrets:read", resource=[API, OPAQUE_API])
    tokens = await world.redeem(code, resource=API)
    assert opened(tokens.access_token)[1]["aud"] == API
    assert tokens.scope == "items:read openid"


async def test_the_audience_follows_the_scope_when_no_resource_is_named():
    """§3: the scope is used to infer the resource."""
    world = await make_world()
    assert opened((await world.tokens(scope="openid items:read")).access_token)[1]["aud"] == API


async def test_without_api_scope_the_audience_is_the_issuer():
    """For the userinfo endpoint."""
    world = await make_world()
    assert opened((await world.tokens(scope="openid")).access_token)[1]["aud"] == ISSUER


async def test_apis_that_want_different_kinds_of_token_cannot_share_one():
    world = await make_world()
    code = await world.browser().code(scope="openid items:read secrets:read", resource=[API, OPAQUE_API])
    with pytest.raises(InvalidTarget):
        await world.redeem(code)


async def test_an_api_chooses_algorithm_and_lifetime():
    """ES256 by default; RS256, PS256, EdDSA per API."""
    world = await make_world()
    api = replace(APIS[0], access_token_signed_response_alg="EdDSA", access_token_lifetime=Seconds(60))
    await world.storage.commit((SaveProtectedResource(api),))
    tokens = await world.tokens(scope="openid items:read")
    header, claims = opened(tokens.access_token)
    assert header["alg"] == "EdDSA"
    assert tokens.expires_in == claims["exp"] - claims["iat"] == 60


async def test_an_opaque_token_for_an_api_that_wants_one():
    """RFC 6749 §1.4: it says nothing by itself, and is stored as a digest."""
    world = await make_world()
    tokens = await world.tokens(scope="openid secrets:read")
    value = tokens.access_token.reveal()
    assert "." not in value
    assert len(value) == 43
    live = await read_access_token(tokens.access_token, world.server, world.clock.now())
    assert live.audience == (OPAQUE_API,)
    assert live.roles == ("admin",)


async def test_a_truncated_opaque_token_is_nothing():
    """Neither a part of a token, nor more than it, nor another spelling of it is a token."""
    world = await make_world()
    value = (await world.tokens(scope="openid secrets:read")).access_token.reveal()
    for wrong in (value[:-1], value[:10], value + "A", value.swapcase()):
        assert await read_access_token(Secret(wrong), world.server, world.clock.now()) is None


async def test_tokens_expire_to_the_second_at_their_own_issuer():
    world = await make_world()
    for scope in ("openid items:read", "openid secrets:read"):
        tokens = await world.tokens(scope=scope)
        at = world.clock.now()
        assert await read_access_token(tokens.access_token, world.server, at + 599)
        assert await read_access_token(tokens.access_token, world.server, at + 600) is None


async def test_jti_differs_in_every_token():
    world = await make_world()
    tokens = await world.tokens(scope="openid offline_access")
    again = await world.refresh(tokens)
    assert opened(tokens.access_token)[1]["jti"] != opened(again.access_token)[1]["jti"]


async def test_scopes_of_two_apis_without_a_resource_are_refused():
    """§3: SHOULD reject, since one token for both could be passed from one to the other."""
    world = await make_world()
    outcome = await world.browser().authorize(scope="openid items:read secrets:read")
    assert answer(outcome)["error"] == "invalid_scope"


async def test_an_api_without_scopes_can_be_asked_for():
    """RFC 8707: an API may know only its audience; roles decide there."""
    world = await make_world()
    await world.storage.commit(
        (SaveProtectedResource(ProtectedResource("https://bare.example.com", "B", ())),)
    )
    tokens = await world.tokens(scope="openid", resource="https://bare.example.com")
    assert opened(tokens.access_token)[1]["aud"] == "https://bare.example.com"


async def test_two_apis_of_one_kind_share_a_token_when_both_were_named():
    world = await make_world()
    second = ProtectedResource("https://two.example.com", "Two", (ScopeDescription("two:read", "Two"),))
    scope = parse_scope("openid items:read two:read")
    await world.storage.commit((SaveProtectedResource(second), SaveClient(replace(APP, scope=scope))))
    tokens = await world.tokens(scope="openid items:read two:read", resource=[API, "https://two.example.com"])
    assert opened(tokens.access_token)[1]["aud"] == [API, "https://two.example.com"]
