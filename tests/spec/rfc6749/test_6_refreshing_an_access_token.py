"""RFC 6749 §6 and RFC 9700 §4.14.2: refresh, rotation, reuse."""

import asyncio
from dataclasses import replace

import pytest

from authwright.authorization_server.access_tokens import read_access_token
from authwright.authorization_server.events import EventKind
from authwright.authorization_server.writes import DeleteProtectedResource, SaveClient
from authwright.oauth.errors import InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget
from authwright.oauth.scope import parse_scope
from support.authorization_server import APP, SECRET, make_world

SCOPE = "openid offline_access items:read items:write"


async def make_tokens():
    world = await make_world()
    return world, await world.tokens(scope=SCOPE)


async def refused(world, tokens, **parameters) -> str:
    with pytest.raises(InvalidGrant) as caught:
        await world.refresh(tokens, **parameters)
    return caught.value.detail


async def test_a_refresh_token_gives_new_tokens_and_is_rotated():
    """RFC 9700 §4.14.2."""
    world, tokens = await make_tokens()
    again = await world.refresh(tokens)
    assert again.refresh_token.reveal() != tokens.refresh_token.reveal()
    assert again.access_token.reveal() != tokens.access_token.reveal()
    assert again.scope == tokens.scope
    assert await world.refresh(again)


async def test_the_same_client_gets_a_sibling_within_the_window():
    """Two tabs that refresh at once, or a lost answer, are honest."""
    world, tokens = await make_tokens()
    first = await world.refresh(tokens)
    world.clock.advance(30)
    sibling = await world.refresh(tokens)
    assert sibling.refresh_token.reveal() != first.refresh_token.reveal()
    assert await world.refresh(first)
    assert await world.refresh(sibling)


async def test_reuse_after_the_window_revokes_the_grant():
    """RFC 9700 §4.14.2: the family dies, the access tokens too, and the audit log has it."""
    world, tokens = await make_tokens()
    newest = await world.refresh(tokens)
    world.clock.advance(31)
    assert "used before" in await refused(world, tokens)
    assert "revoked" in await refused(world, newest)
    assert await read_access_token(newest.access_token, world.server, world.clock.now()) is None
    assert (await world.storage.events())[0].kind is EventKind.REFRESH_TOKEN_REUSED


async def test_a_refresh_token_is_bound_to_its_client():
    """§10.4: also within the window, where only the same client gets a sibling."""
    world, tokens = await make_tokens()
    theirs = {"authorization": None, "client_id": "other", "client_secret": SECRET}
    assert "another client" in await refused(world, tokens, **theirs)
    await world.refresh(tokens)
    assert "another client" in await refused(world, tokens, **theirs)


async def test_a_refresh_token_expires_when_it_is_not_used():
    world, tokens = await make_tokens()
    world.clock.advance(30 * 86_400)
    assert "expired" in await refused(world, tokens)


async def test_rotation_slides_the_expiry_but_never_past_the_grants_own():
    """30 days sliding, 180 days hard."""
    world, tokens = await make_tokens()
    for _ in range(6):
        world.clock.advance(29 * 86_400)
        tokens = await world.refresh(tokens)
    world.clock.advance(6 * 86_400)
    assert "expired" in await refused(world, tokens)


async def test_the_scope_may_shrink_for_one_access_token():
    """§6: narrower, and the refresh token keeps what was granted."""
    world, tokens = await make_tokens()
    narrow = await world.refresh(tokens, scope="items:read")
    assert narrow.scope == "items:read"
    assert narrow.id_token is None
    assert (await world.refresh(narrow)).scope == tokens.scope


async def test_the_scope_never_grows():
    """§6: MUST NOT include any scope not originally granted."""
    world, tokens = await make_tokens()
    with pytest.raises(InvalidScope):
        await world.refresh(tokens, scope="items:read profile")


async def test_what_the_operator_took_away_is_gone():
    """A scope that the client lost since does not come back by refresh."""
    world, tokens = await make_tokens()
    await world.storage.commit(
        (SaveClient(replace(APP, scope=parse_scope("openid offline_access items:read"))),)
    )
    assert (await world.refresh(tokens)).scope == "items:read offline_access openid"


async def test_a_resource_outside_the_grant_is_refused():
    """RFC 8707 §2.2."""
    world, tokens = await make_tokens()
    with pytest.raises(InvalidTarget):
        await world.refresh(tokens, resource="https://opaque.example.com")


async def test_a_disabled_account_cannot_refresh():
    """Whoever leaves loses access with the next refresh."""
    world, tokens = await make_tokens()
    world.people.by_subject["alice"] = replace(world.people.by_subject["alice"], active=False)
    assert "disabled" in await refused(world, tokens)


async def test_a_refresh_token_outlives_its_session():
    """offline_access is for when the person is not present (OpenID Connect Core §11)."""
    world = await make_world()
    browser = world.browser()
    tokens = await world.tokens(browser, scope=SCOPE)
    await browser.log_in("bob")
    assert await world.refresh(tokens)


async def test_parallel_refreshes_by_one_client_all_succeed_within_the_window():
    """The guard lets one rotate; the others read its mark and get siblings."""
    world, tokens = await make_tokens()
    results = await asyncio.gather(*(world.refresh(tokens) for _ in range(20)))
    assert len({result.refresh_token.reveal() for result in results}) == 20


async def test_parallel_reuse_after_the_window_gives_nothing():
    world, tokens = await make_tokens()
    await world.refresh(tokens)
    world.clock.advance(31)
    results = await asyncio.gather(*(world.refresh(tokens) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(result, InvalidGrant) for result in results)


async def test_the_client_may_lose_the_grant_type():
    world, tokens = await make_tokens()
    await world.storage.commit((SaveClient(replace(APP, grant_types=frozenset({"authorization_code"}))),))
    with pytest.raises(Exception, match="not registered for the client"):
        await world.refresh(tokens)


async def test_a_refresh_token_is_required():
    world = await make_world()
    with pytest.raises(InvalidRequest):
        await world.token(grant_type="refresh_token")


async def test_an_api_that_is_gone_is_refused():
    world, tokens = await make_tokens()
    await world.storage.commit((DeleteProtectedResource("https://api.example.com"),))
    with pytest.raises(InvalidTarget):
        await world.refresh(tokens)
