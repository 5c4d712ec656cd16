"""OpenID Connect Core §3.1.2: prompt, max_age, hints, consent; what the person is asked, and how often."""

from dataclasses import replace

import pytest

from authwright.authorization_server.decisions import Interact
from authwright.authorization_server.records import Step
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import EndSession, SaveClient
from authwright.oauth.types import Seconds
from support.authorization_server import ALICE, APP, answer, make_world


def step(outcome) -> Step:
    assert isinstance(outcome, Interact), outcome
    return outcome.step


async def signed_in():
    world = await make_world()
    browser = world.browser()
    await browser.log_in()
    return world, browser


async def test_nobody_here_leads_to_login():
    world = await make_world()
    assert step(await world.browser().authorize()) is Step.LOGIN


async def test_somebody_here_is_not_asked_again():
    """§3.1.2.3."""
    _, browser = await signed_in()
    assert answer(await browser.authorize())["code"]


async def test_prompt_none_not_logged_in():
    """§3.1.2.6: login_required, with the state intact."""
    world = await make_world()
    response = answer(await world.browser().authorize(prompt="none", state="s" * 128))
    assert response["error"] == "login_required"
    assert response["state"] == "s" * 128


async def test_prompt_none_logged_in():
    _, browser = await signed_in()
    assert answer(await browser.authorize(prompt="none"))["code"]


async def test_prompt_login_asks_once_though_somebody_is_here():
    """§3.1.2.1: SHOULD reauthenticate; after it, auth_time is later."""
    world, browser = await signed_in()
    before = (await browser.current()).authenticated_at
    world.clock.advance(5)
    assert step(await browser.authorize(prompt="login")) is Step.LOGIN
    assert step(await browser.resume()) is Step.LOGIN  # coming back without having signed in changes nothing
    await browser.log_in()
    assert answer(await browser.resume())["code"]
    assert (await browser.current()).authenticated_at > before


async def test_max_age_1():
    """Two seconds later, max_age=1 asks again."""
    world, browser = await signed_in()
    world.clock.advance(2)
    assert step(await browser.authorize(max_age=1)) is Step.LOGIN
    await browser.log_in()
    assert answer(await browser.resume())["code"]


async def test_max_age_10000():
    _, browser = await signed_in()
    assert answer(await browser.authorize(max_age=10_000))["code"]


async def test_max_age_with_prompt_none_is_an_error_when_too_old():
    world, browser = await signed_in()
    world.clock.advance(10)
    assert answer(await browser.authorize(max_age=5, prompt="none"))["error"] == "login_required"


async def test_default_max_age_of_the_client():
    """Dynamic Client Registration §2; the request's own max_age wins."""
    world, browser = await signed_in()
    await world.storage.commit((SaveClient(replace(APP, default_max_age=Seconds(5))),))
    world.clock.advance(10)
    assert step(await browser.authorize()) is Step.LOGIN
    assert answer(await browser.authorize(max_age=60))["code"]


async def test_select_account_is_asked_once():
    _, browser = await signed_in()
    assert step(await browser.authorize(prompt="select_account")) is Step.SELECT_ACCOUNT
    await browser.complete(Step.SELECT_ACCOUNT)
    assert answer(await browser.resume())["code"]


async def test_signing_in_as_another_is_a_selection_too():
    _, browser = await signed_in()
    await browser.authorize(prompt="select_account")
    await browser.log_in("bob")
    assert answer(await browser.resume())["code"]


async def test_prompt_consent_asks_though_nothing_is_missing():
    """§3.1.2.1: SHOULD prompt for consent; the answer needs both the yes and the page."""
    world, browser = await signed_in()
    assert step(await browser.authorize(prompt="consent")) is Step.CONSENT
    await browser.allow()
    assert answer(await browser.resume())["code"]
    assert step(await browser.authorize(prompt="consent")) is Step.CONSENT
    assert world


async def test_prompt_login_and_consent_ask_both():
    _, browser = await signed_in()
    assert step(await browser.authorize(prompt="login consent")) is Step.LOGIN
    await browser.log_in()
    assert step(await browser.resume()) is Step.CONSENT
    await browser.allow()
    assert answer(await browser.resume())["code"]


async def consenting():
    world, browser = await signed_in()
    await world.storage.commit((SaveClient(replace(APP, require_consent=True)),))
    return world, browser


async def test_consent_is_remembered_for_its_scope():
    """prompt-none-logged-in wants it; a larger scope is asked anew."""
    _, browser = await consenting()
    assert step(await browser.authorize(scope="openid email")) is Step.CONSENT
    await browser.allow("openid email")
    assert answer(await browser.resume())["code"]
    assert answer(await browser.authorize(scope="openid", prompt="none"))["code"]
    assert step(await browser.authorize(scope="openid phone")) is Step.CONSENT


async def test_consent_required_when_silent():
    _, browser = await consenting()
    assert answer(await browser.authorize(prompt="none"))["error"] == "consent_required"


async def test_one_persons_consent_is_not_anothers():
    """What one person allowed a client, another who signs in in the same browser did not."""
    _, browser = await consenting()
    await browser.authorize()
    await browser.allow()
    await browser.resume()
    await browser.log_in("bob")
    assert step(await browser.authorize()) is Step.CONSENT


async def test_consenting_and_then_switching_account_asks_the_other_person():
    """The completed step is of the request, the consent is of the person; both are needed."""
    _, browser = await consenting()
    await browser.authorize(prompt="consent")
    await browser.allow()
    await browser.log_in("bob")
    assert step(await browser.resume()) is Step.CONSENT


async def test_id_token_hint_of_who_is_here_succeeds_silently():
    """oidcc id-token-hint; an expired hint too."""
    world, browser = await signed_in()
    tokens = await world.tokens(browser)
    world.clock.advance(3600)
    outcome = await browser.authorize(prompt="none", id_token_hint=tokens.id_token.reveal())
    assert answer(outcome)["code"]


async def test_id_token_hint_of_somebody_else():
    """§3.1.2.1: an error when silent; otherwise the hinted person must sign in, and nobody else will do."""
    world, browser = await signed_in()
    hint = (await world.tokens(browser)).id_token.reveal()
    await browser.log_in("bob")
    assert answer(await browser.authorize(prompt="none", id_token_hint=hint))["error"] == "login_required"
    assert step(await browser.authorize(id_token_hint=hint)) is Step.LOGIN
    await browser.log_in("bob")
    assert answer(await browser.resume())["error"] == "login_required"


async def test_id_token_hint_of_another_client_is_refused():
    world, browser = await signed_in()
    hint = (await world.tokens(browser)).id_token.reveal()
    outcome = await browser.authorize(
        client_id="other", redirect_uri="https://other.example.com/callback", id_token_hint=hint
    )
    assert answer(outcome)["error"] == "invalid_request"


@pytest.mark.parametrize("change", ["ended", "expired", "disabled", "gone"])
async def test_a_session_that_is_over_is_nobody(change):
    """A session ends on the server."""
    world, browser = await signed_in()
    session = await browser.current()
    match change:
        case "ended":
            await world.storage.commit((EndSession(session.session_id, world.clock.now()),))
        case "expired":
            world.clock.advance(43_200)
        case "disabled":
            world.people.by_subject[ALICE.subject] = replace(ALICE, active=False)
        case "gone":
            del world.people.by_subject[ALICE.subject]
    assert answer(await browser.authorize(prompt="none"))["error"] == "login_required"


async def test_a_session_that_ends_while_the_code_is_made_gives_none():
    """The guard of AddGrant: signing out wins the race."""
    world, browser = await signed_in()
    session = await browser.current()
    original = world.storage.commit

    async def race(writes):
        await original((EndSession(session.session_id, world.clock.now()),))
        await original(writes)

    world.storage.commit = race
    assert answer(await browser.authorize(prompt="none"))["error"] == "login_required"


async def test_every_race_lost_is_temporarily_unavailable():
    world, browser = await signed_in()

    async def always(_writes):
        raise Conflict(object())

    world.storage.commit = always
    assert answer(await browser.authorize())["error"] == "temporarily_unavailable"
    with pytest.raises(Exception, match="lost every race"):
        await world.token(authorization="app", grant_type="refresh_token", refresh_token="x")
