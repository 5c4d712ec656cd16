"""RFC 7009: revocation."""

import pytest

from authwright.authorization_server.access_tokens import read_access_token
from authwright.authorization_server.endpoints.revocation import revocation
from authwright.oauth.errors import InvalidClient, InvalidGrant, InvalidRequest, UnauthorizedClient
from support.authorization_server import SECRET, make_world


async def revoke(world, token, by="app", **parameters):
    await revocation(world.request(by, token=token.reveal(), **parameters), world.server)


async def is_live(world, tokens) -> bool:
    return await read_access_token(tokens.access_token, world.server, world.clock.now()) is not None


@pytest.mark.parametrize("api_scope", ["items:read", "secrets:read"])
async def test_an_access_token_dies_alone(api_scope):
    """§2.1; JWT and opaque alike are refused at once by this server."""
    world = await make_world()
    tokens = await world.tokens(scope=f"openid offline_access {api_scope}")
    await revoke(world, tokens.access_token)
    assert not await is_live(world, tokens)
    assert await is_live(world, await world.refresh(tokens))


async def test_a_refresh_token_takes_the_grant_along():
    """§2.1: SHOULD also invalidate all access tokens based on the same grant."""
    world = await make_world()
    tokens = await world.tokens(scope="openid offline_access")
    await revoke(world, tokens.refresh_token, token_type_hint="refresh_token")
    assert not await is_live(world, tokens)
    with pytest.raises(InvalidGrant):
        await world.refresh(tokens)


async def test_a_rotated_refresh_token_means_its_family():
    world = await make_world()
    tokens = await world.tokens(scope="openid offline_access")
    newest = await world.refresh(tokens)
    await revoke(world, tokens.refresh_token)
    with pytest.raises(InvalidGrant):
        await world.refresh(newest)


async def test_the_hint_may_be_wrong():
    """§2.1: the search goes on across all types."""
    world = await make_world()
    tokens = await world.tokens(scope="openid offline_access")
    await revoke(world, tokens.access_token, token_type_hint="refresh_token")
    assert not await is_live(world, tokens)


async def test_an_unknown_token_is_no_error():
    """§2.2; nor is one that is revoked already."""
    world = await make_world()
    tokens = await world.tokens()
    await revocation(world.request("app", token="unknown"), world.server)
    await revoke(world, tokens.access_token)
    await revoke(world, tokens.access_token)


async def test_another_clients_token_is_refused_and_lives_on():
    """§2.1: verifies whether the token was issued to the client."""
    world = await make_world()
    tokens = await world.tokens(scope="openid offline_access")
    for token in (tokens.access_token, tokens.refresh_token):
        with pytest.raises(UnauthorizedClient):
            await revoke(world, token, by=None, client_id="other", client_secret=SECRET)
    assert await is_live(world, tokens)
    assert await world.refresh(tokens)


async def test_the_client_must_authenticate():
    world = await make_world()
    tokens = await world.tokens()
    with pytest.raises(InvalidClient):
        await revoke(world, tokens.access_token, by=None, client_id="app")


async def test_a_token_is_required():
    world = await make_world()
    with pytest.raises(InvalidRequest):
        await revocation(world.request("app"), world.server)


async def test_a_machines_token_can_be_revoked():
    world = await make_world()
    tokens = await world.token(authorization="worker", grant_type="client_credentials")
    await revoke(world, tokens.access_token, by="worker")
    assert not await is_live(world, tokens)
