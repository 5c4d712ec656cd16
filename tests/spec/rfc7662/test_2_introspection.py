"""RFC 7662: introspection."""

import pytest

from authwright.authorization_server.endpoints.introspection import introspection
from authwright.authorization_server.issuance import grant_of_jti
from authwright.authorization_server.writes import RevokeGrant
from authwright.oauth.errors import InvalidClient, InvalidRequest
from support.authorization_server import API, ISSUER, SECRET, make_world

INACTIVE = {"active": False}


async def ask(world, token, *, by="gateway", **parameters):
    response = await introspection(world.request(by, token=token, **parameters), world.server)
    return response.to_dict()


async def test_the_api_learns_what_the_token_means():
    """§2.2."""
    world = await make_world()
    tokens = await world.tokens(scope="openid items:read")
    found = await ask(world, tokens.access_token.reveal(), token_type_hint="access_token")
    now = world.clock.now()
    assert found.pop("jti")
    assert found.pop("sid")
    assert found == {
        "active": True,
        "iss": ISSUER,
        "sub": "alice",
        "username": "alice",
        "aud": API,
        "client_id": "app",
        "scope": "items:read openid",
        "token_type": "Bearer",
        "iat": now,
        "exp": now + 600,
        "roles": ["admin"],
        "groups": ["editors"],
        "auth_time": now,
        "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    }


async def test_the_client_itself_may_ask():
    world = await make_world()
    tokens = await world.tokens(scope="openid secrets:read")
    assert (await ask(world, tokens.access_token.reveal(), by="app"))["active"]


async def test_others_learn_nothing():
    """§4: of a live token that is none of theirs, what they would of a made-up one."""
    world = await make_world()
    tokens = await world.tokens(scope="openid secrets:read offline_access")
    assert await ask(world, tokens.access_token.reveal()) == INACTIVE
    assert await ask(world, tokens.refresh_token.reveal()) == INACTIVE
    assert await ask(world, "made-up") == INACTIVE


async def test_only_confidential_clients_may_ask():
    """§2.1: MUST require authorization."""
    world = await make_world()
    for request in (world.request(client_id="public", token="x"), world.request(token="x")):
        with pytest.raises(InvalidClient):
            await introspection(request, world.server)


async def test_a_token_is_required():
    world = await make_world()
    with pytest.raises(InvalidRequest):
        await introspection(world.request("gateway"), world.server)


async def test_a_revoked_jwt_is_inactive_at_once():
    world = await make_world()
    tokens = await world.tokens(scope="openid items:read")
    found = await ask(world, tokens.access_token.reveal())
    await world.storage.commit((RevokeGrant(grant_of_jti(found["jti"]), world.clock.now()),))
    assert await ask(world, tokens.access_token.reveal()) == INACTIVE


async def test_a_refresh_token_is_told_of_to_its_client():
    world = await make_world()
    tokens = await world.tokens(scope="openid offline_access")
    value = tokens.refresh_token.reveal()
    found = await ask(world, value, by="app")
    assert found["active"]
    assert "token_type" not in found
    await world.refresh(tokens)
    assert await ask(world, value, by="app") == INACTIVE


async def test_a_machines_token():
    world = await make_world()
    tokens = await world.token(authorization="worker", grant_type="client_credentials")
    found = await ask(world, tokens.access_token.reveal())
    assert (found["sub"], found["client_id"], found["roles"]) == ("worker", "worker", ["importer"])
    assert "username" not in found


async def test_a_wrong_secret_learns_nothing():
    world = await make_world()
    with pytest.raises(InvalidClient):
        await introspection(
            world.request(client_id="gateway", client_secret=SECRET + "x", token="x"), world.server
        )
