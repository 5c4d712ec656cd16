"""OpenID Connect RP-Initiated Logout 1.0, with the certification plan's cases."""

from dataclasses import replace

import pytest

from authwright.authorization_server.access_tokens import read_access_token
from authwright.authorization_server.endpoints.end_session import Confirm, SignedOut, end_session
from authwright.authorization_server.requests import BrowserRequest
from authwright.authorization_server.writes import SaveClient
from authwright.jose.encoding import b64url_encode, dump_json
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters
from authwright.testing.signer import LocalSigner
from support.authorization_server import APP, ISSUER, answer, make_world

BYE = "https://app.example.com/bye"


async def signed_in(**parameters):
    world = await make_world()
    browser = world.browser()
    return world, browser, await world.tokens(browser, **parameters)


async def log_out(world, browser, *, confirmed=False, **parameters):
    request = BrowserRequest(
        Parameters(tuple((k, v) for k, v in parameters.items() if v is not None)), browser.session
    )
    return await end_session(request, world.server, confirmed=confirmed)


async def is_signed_in(browser) -> bool:
    return "code" in answer(await browser.authorize(prompt="none"))


async def test_oidcc_rp_initiated_logout():
    """§2, §3: valid hint, registered URI, state: back with exactly the state, and then prompt=none fails."""
    world, browser, tokens = await signed_in()
    outcome = await log_out(
        world,
        browser,
        id_token_hint=tokens.id_token.reveal(),
        post_logout_redirect_uri=BYE,
        state="s" * 128,
    )
    assert outcome == SignedOut(f"{BYE}?state={'s' * 128}")
    assert not await is_signed_in(browser)


async def test_without_state_none_is_returned():
    world, browser, tokens = await signed_in()
    outcome = await log_out(
        world, browser, id_token_hint=tokens.id_token.reveal(), post_logout_redirect_uri=BYE
    )
    assert outcome == SignedOut(BYE)


async def test_no_id_token_hint_no_redirect():
    """§2: without a hint nobody is redirected, though the URI is registered; the person can still log out."""
    world, browser, _ = await signed_in()
    asked = {"client_id": "app", "post_logout_redirect_uri": BYE, "state": "s"}
    outcome = await log_out(world, browser, **asked)
    assert isinstance(outcome, Confirm)
    assert outcome.client.client_id == "app"
    assert await is_signed_in(browser)
    assert await log_out(world, browser, confirmed=True, **asked) == SignedOut(None)
    assert not await is_signed_in(browser)


@pytest.mark.parametrize(
    "uri",
    ["https://evil.example.com/", BYE + "?a=b", BYE + "/", "javascript:alert(1)", "https://app.example.com"],
)
async def test_an_unregistered_uri_is_shown_and_changes_nothing(uri):
    """The page, never a redirect."""
    world, browser, tokens = await signed_in()
    with pytest.raises(InvalidRequest):
        await log_out(world, browser, id_token_hint=tokens.id_token.reveal(), post_logout_redirect_uri=uri)
    assert await is_signed_in(browser)


async def test_nobody_is_sent_to_a_client_that_is_disabled():
    """
    §3: every request of a disabled client is answered as if it were not registered. Who
    leaves it with the button signs out all the same.
    """
    world, browser, tokens = await signed_in()
    await world.storage.commit((SaveClient(replace(APP, disabled_at=world.clock.now())),))
    hint = tokens.id_token.reveal()
    with pytest.raises(InvalidRequest):
        await log_out(world, browser, id_token_hint=hint, post_logout_redirect_uri=BYE)
    asked = await log_out(world, browser, client_id="app")
    assert asked == Confirm(None)
    assert await log_out(world, browser, id_token_hint=hint) == SignedOut(None)


async def test_a_hint_signed_by_a_stranger_is_shown():
    world, browser, _ = await signed_in()
    stranger = await LocalSigner("RS256").sign(
        {"iss": ISSUER, "sub": "alice", "aud": "app", "exp": 1, "iat": 1}, alg="RS256", typ="JWT"
    )
    with pytest.raises(InvalidRequest):
        await log_out(world, browser, id_token_hint=stranger, post_logout_redirect_uri=BYE)


async def test_a_hint_with_alg_none_is_shown():
    world, browser, tokens = await signed_in()
    payload = tokens.id_token.reveal().split(".")[1]
    unsigned = f"{b64url_encode(dump_json({'alg': 'none'}))}.{payload}."
    with pytest.raises(InvalidRequest):
        await log_out(world, browser, id_token_hint=unsigned, post_logout_redirect_uri=BYE)
    assert await is_signed_in(browser)


@pytest.mark.parametrize("parameters", [{}, {"state": "s"}])
async def test_no_parameters_or_only_state_log_out_after_a_click(parameters):
    """An image tag signs nobody out."""
    world, browser, _ = await signed_in()
    assert await log_out(world, browser, **parameters) == Confirm(None)
    assert await log_out(world, browser, confirmed=True, **parameters) == SignedOut(None)
    assert not await is_signed_in(browser)


async def test_a_hint_without_uri_logs_out_and_stays():
    world, browser, tokens = await signed_in()
    assert await log_out(world, browser, id_token_hint=tokens.id_token.reveal()) == SignedOut(None)


async def test_an_expired_hint_is_still_good():
    """§2: SHOULD accept."""
    world, browser, tokens = await signed_in()
    world.clock.advance(7200)
    outcome = await log_out(
        world, browser, id_token_hint=tokens.id_token.reveal(), post_logout_redirect_uri=BYE
    )
    assert outcome == SignedOut(BYE)


async def test_a_hint_of_another_session_asks_first():
    """An old ID token of alice does not sign bob out of his browser."""
    world, browser, tokens = await signed_in()
    await browser.log_in("bob")
    asked = {"id_token_hint": tokens.id_token.reveal(), "post_logout_redirect_uri": BYE}
    assert isinstance(await log_out(world, browser, **asked), Confirm)
    assert await is_signed_in(browser)
    assert await log_out(world, browser, confirmed=True, **asked) == SignedOut(BYE)


async def test_client_id_must_be_the_audience_of_the_hint():
    """§2."""
    world, browser, tokens = await signed_in()
    with pytest.raises(InvalidRequest):
        await log_out(world, browser, id_token_hint=tokens.id_token.reveal(), client_id="other")
    good = await log_out(world, browser, id_token_hint=tokens.id_token.reveal(), client_id="app")
    assert good == SignedOut(None)


async def test_nobody_here_goes_straight_on():
    world, browser, tokens = await signed_in()
    asked = {"id_token_hint": tokens.id_token.reveal(), "post_logout_redirect_uri": BYE}
    await log_out(world, browser, **asked)
    assert await log_out(world, browser, **asked) == SignedOut(BYE)
    assert await log_out(world, world.browser()) == SignedOut(None)


async def test_tokens_of_the_session_die_and_offline_ones_live():
    """The grant hangs from the session, unless offline_access took it from there."""
    world, browser, tokens = await signed_in(scope="openid items:read")
    offline = await world.tokens(browser, scope="openid offline_access")
    await log_out(world, browser, confirmed=True)
    assert await read_access_token(tokens.access_token, world.server, world.clock.now()) is None
    assert await world.refresh(offline)
