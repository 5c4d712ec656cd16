"""RFC 6749 §4.1.3: the access token request of the authorization code grant."""

import asyncio

import pytest

from authwright.authorization_server.access_tokens import read_access_token
from authwright.authorization_server.events import EventKind
from authwright.oauth.errors import InvalidGrant, InvalidRequest, OAuthError
from authwright.oauth.types import digest
from support.authorization_server import APP, REDIRECT_URI, answer, make_world
from support.pkce import VERIFIER


async def refused(world, code, **parameters) -> str:
    with pytest.raises(InvalidGrant) as caught:
        await world.redeem(code, **parameters)
    return caught.value.detail


async def test_a_code_gives_the_three_tokens():
    """An access token, an ID token for openid, a refresh token for offline_access. RFC 6749 §5.1."""
    world = await make_world()
    response = (await world.tokens(scope="openid offline_access items:read")).to_dict()
    assert set(response) == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "refresh_token",
        "id_token",
    }
    assert response["token_type"] == "Bearer"
    assert response["expires_in"] == 600


async def test_a_code_is_refused_when_redirect_uri_differs():
    """MUST be identical to that of the authorization request."""
    world = await make_world()
    code = await world.browser().code()
    assert "differs" in await refused(world, code, redirect_uri=REDIRECT_URI + "/")


async def test_a_code_is_refused_when_redirect_uri_is_missing():
    """REQUIRED when the authorization request included it."""
    world = await make_world()
    code = await world.browser().code()
    assert "redirect_uri is missing" in await refused(world, code, redirect_uri=None)


async def test_without_redirect_uri_in_the_authorization_request_none_is_needed():
    """A plain OAuth request may leave it out when one is registered (§3.1.2.3)."""
    world = await make_world()
    code = await world.browser().code(scope="items:read", redirect_uri=None)
    assert (await world.redeem(code, redirect_uri=None)).scope == "items:read"


async def test_a_code_is_bound_to_its_client():
    """Another client's code is refused, and the owner can still use it."""
    world = await make_world()
    code = await world.browser().code()
    with pytest.raises(InvalidGrant) as caught:
        await world.redeem(
            code,
            authorization=None,
            client_id="other",
            client_secret="correct-horse-battery-staple-of-a-client",
        )
    assert caught.value.detail == "the code was issued to another client"
    assert (await world.redeem(code)).access_token


async def test_an_unknown_code_is_refused():
    world = await make_world()
    assert await refused(world, "guessed") == "the code is unknown"


async def test_a_code_is_required():
    world = await make_world()
    with pytest.raises(InvalidRequest):
        await world.token(grant_type="authorization_code")


async def test_a_code_expires_after_a_minute():
    """§4.1.2: short-lived; FAPI 2.0 wants it dead after 60 s."""
    world = await make_world()
    code = await world.browser().code()
    world.clock.advance(60)
    assert await refused(world, code) == "the code has expired"


async def test_codereuse():
    """§4.1.2: a code used twice MUST be denied, and what it gave SHOULD be revoked."""
    world = await make_world()
    browser = world.browser()
    code = await browser.code(scope="openid offline_access")
    tokens = await world.redeem(code)
    now = world.clock.now()
    assert await read_access_token(tokens.access_token, world.server, now)
    assert "redeemed before" in await refused(world, code)
    assert await read_access_token(tokens.access_token, world.server, now) is None
    with pytest.raises(InvalidGrant):
        await world.refresh(tokens)
    events = await world.storage.events()
    assert events[0].kind is EventKind.CODE_REPLAYED
    assert events[0].client_id == APP.client_id


async def test_a_replay_counts_also_when_the_rest_of_the_request_is_wrong():
    """A thief without the verifier betrays the theft too."""
    world = await make_world()
    code = await world.browser().code()
    tokens = await world.redeem(code)
    assert "redeemed before" in await refused(world, code, code_verifier="x" * 43)
    assert await read_access_token(tokens.access_token, world.server, world.clock.now()) is None


async def test_of_parallel_redemptions_one_succeeds_and_its_tokens_die():
    """Exactly one success; the losers read the winner's mark and answer replay."""
    world = await make_world()
    code = await world.browser().code(scope="openid offline_access")
    results = await asyncio.gather(*(world.redeem(code) for _ in range(50)), return_exceptions=True)
    won = [result for result in results if not isinstance(result, OAuthError)]
    assert len(won) == 1
    assert all(isinstance(result, InvalidGrant) for result in results if result not in won)


async def test_a_code_dies_with_its_session():
    """Signing out between the redirect and the exchange leaves nothing to exchange."""
    world = await make_world()
    browser = world.browser()
    code = await browser.code()
    await browser.log_in("bob")  # somebody else's sign-in ends it
    assert await refused(world, code) == "the grant of the code is revoked"


async def test_signing_in_again_leaves_other_apps_alone():
    """One app's prompt=login does not cut off what another app got in the same session."""
    world = await make_world()
    browser = world.browser()
    tokens = await world.tokens(browser, scope="openid items:read")
    await browser.authorize(prompt="login")
    await browser.log_in("alice")
    assert await read_access_token(tokens.access_token, world.server, world.clock.now())


async def test_a_code_is_refused_when_the_account_was_disabled():
    """Whoever leaves between the code and its redemption gets no token."""
    world = await make_world()
    code = await world.browser().code()
    del world.people.by_subject["alice"]
    assert await refused(world, code) == "the account of the code is disabled"


async def test_no_refresh_token_without_offline_access():
    """OpenID Connect Core §11: offline_access is what asks for one."""
    world = await make_world()
    assert (await world.tokens()).refresh_token is None


async def test_codes_are_stored_as_digests():
    """What a reader of the database learns is worth nothing."""
    world = await make_world()
    code = await world.browser().code()
    assert await world.storage.authorization_code(digest(code))
    assert code not in repr(vars(world.storage))


async def test_a_public_client_redeems_by_pkce_alone():
    """RFC 8252 §8.4: no secret; the verifier proves who began the flow. Loopback ports are free."""
    world = await make_world()
    browser = world.browser()
    redirect_uri = "http://127.0.0.1:51004/callback"
    await browser.authorize(client_id="public", redirect_uri=redirect_uri)
    await browser.log_in()
    code = answer(await browser.resume())["code"]
    tokens = await world.redeem(
        code, authorization=None, client_id="public", redirect_uri=redirect_uri, code_verifier=VERIFIER
    )
    assert tokens.id_token
