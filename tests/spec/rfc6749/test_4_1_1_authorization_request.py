"""RFC 6749 §4.1.1 and §3.1.2: who may be answered, and where."""

from dataclasses import replace

import pytest

from authwright.authorization_server.decisions import Interact
from authwright.authorization_server.endpoints.authorization import pending, resume
from authwright.authorization_server.records import Step
from authwright.authorization_server.requests import BrowserRequest
from authwright.authorization_server.writes import EndInteraction, SaveClient
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Secret, Timestamp
from support.authorization_server import (
    API,
    APP,
    ISSUER,
    REDIRECT_URI,
    answer,
    make_world,
    query,
    shown_error,
)

LONG_STATE = "s" * 128
EVIL = "https://evil.example.com/callback"

MISTAKES = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": "none"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"response_mode": "form_post.jwt"}, "invalid_request"),
    ({"request": "x"}, "request_not_supported"),
    ({"request_uri": "https://app.example.com/r"}, "request_uri_not_supported"),
    ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "request_uri_not_supported"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"scope": "unheard-of"}, "invalid_scope"),
    ({"scope": 'a"b'}, "invalid_scope"),
    ({"scope": "secrets:read", "resource": API}, "invalid_scope"),
    ({"scope": "items:read secrets:read"}, "invalid_scope"),
    ({"resource": "https://nobody.example.com"}, "invalid_target"),
    ({"resource": "no-uri"}, "invalid_target"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"nonce": "n" * 4097}, "invalid_request"),
    ({"id_token_hint": "x.y.z"}, "invalid_request"),
]


async def asked(**parameters):
    world = await make_world()
    return await world.browser().authorize(**parameters)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example.com/callback",
        REDIRECT_URI + "/",
        REDIRECT_URI + "?a=b",
        REDIRECT_URI.upper(),
        "https://app.example.com\\@evil.example.com/callback",
        "https://app.example.com/callback/../../evil",
        "https://app.example.com/%63allback",
        "https://app.example.com:443/callback",
        "http://app.example.com/callback",
        "javascript:alert(1)",
        REDIRECT_URI + "#fragment",
        "https://evil.example.com/https://app.example.com/callback",
        None,
    ],
)
async def test_ensure_registered_redirect_uri(redirect_uri):
    """§3.1.2.4: MUST NOT redirect; certification: a page, never a redirect."""
    assert shown_error(await asked(redirect_uri=redirect_uri, state="s"))


@pytest.mark.parametrize(
    "parameters", [{"scope": None}, {"scope": "items:read"}, *(parameters for parameters, _ in MISTAKES)]
)
@pytest.mark.parametrize("unproven", [{"redirect_uri": EVIL}, {"redirect_uri": EVIL, "client_id": "nobody"}])
async def test_no_other_mistake_leads_to_an_unproven_redirect_uri(unproven, parameters):
    """
    §4.1.2.1: nobody is redirected before the URI is proven, whatever else is wrong or left out.
    CVE-2026-44681.
    """
    assert shown_error(await asked(state="s", **unproven, **parameters))


@pytest.mark.parametrize("client_id", [None, "nobody", "APP", "app ", "https://evil.example.com/client.json"])
async def test_an_unknown_client_is_shown_and_not_redirected(client_id):
    """§4.1.2.1."""
    assert shown_error(await asked(client_id=client_id))


async def test_a_disabled_client_is_shown_and_not_redirected():
    world = await make_world()
    await world.storage.commit((SaveClient(replace(APP, disabled_at=Timestamp(1))),))
    assert shown_error(await world.browser().authorize())


@pytest.mark.parametrize(("parameters", "error"), MISTAKES)
async def test_errors_go_to_the_proven_redirect_uri_with_state_and_iss(parameters, error):
    """§4.1.2.1; RFC 9207 §2: iss in errors too. No code beside an error."""
    outcome = await asked(state=LONG_STATE, **parameters)
    response = answer(outcome)
    assert response["error"] == error
    assert response["state"] == LONG_STATE
    assert response["iss"] == ISSUER
    assert "code" not in response
    assert set(response) == {"error", "error_description", "state", "iss"}


async def test_ensure_request_object_with_redirect_uri():
    """Certification: the redirect_uri inside a request object is never replaced by a default."""
    assert shown_error(await asked(redirect_uri=None, scope="items:read", request="x"))


async def test_two_registered_and_none_sent_is_shown():
    """§3.1.2.3."""
    world = await make_world()
    two = replace(APP, redirect_uris=(REDIRECT_URI, REDIRECT_URI + "2"))
    await world.storage.commit((SaveClient(two),))
    assert shown_error(await world.browser().authorize(redirect_uri=None, scope="items:read"))


async def test_a_client_without_the_code_grant_is_told():
    world = await make_world()
    await world.storage.commit((SaveClient(replace(APP, response_types=frozenset())),))
    assert answer(await world.browser().authorize())["error"] == "unauthorized_client"


async def test_a_success_has_code_state_iss_and_nothing_else():
    """§4.1.2, RFC 9207 §2; the redirect URI's own query is kept."""
    world = await make_world()
    uri = REDIRECT_URI + "?tenant=1"
    await world.storage.commit((SaveClient(replace(APP, redirect_uris=(uri,))),))
    browser = world.browser()
    await browser.authorize(redirect_uri=uri, state=LONG_STATE)
    await browser.log_in()
    outcome = await browser.resume()
    assert set(query(outcome.location)) == {"tenant", "code", "state", "iss"}
    assert query(outcome.location)["state"] == LONG_STATE
    assert len(query(outcome.location)["code"]) == 43


async def test_without_state_none_is_returned():
    """§4.1.2: REQUIRED if present in the request, and not otherwise."""
    assert "state" not in answer(await asked(prompt="none"))


async def test_unknown_parameters_are_ignored():
    """oidcc ensure-request-with-unknown-parameter-succeeds; §3.1."""
    assert isinstance(await asked(extra="foobar"), Interact)


async def test_unknown_scopes_of_an_openid_request_are_left_out():
    """OpenID Connect Core §3.1.2.1: SHOULD be ignored; the answer tells what was granted."""
    world = await make_world()
    assert (await world.tokens(scope="openid unheard-of")).scope == "openid"


async def test_a_scope_beyond_the_clients_is_refused():
    """§4.1.2.1: invalid_scope for what the client did not register."""
    world = await make_world()
    await world.storage.commit((SaveClient(replace(APP, scope=parse_scope("openid"))),))
    assert answer(await world.browser().authorize(scope="openid email"))["error"] == "invalid_scope"


async def test_an_interaction_works_only_in_its_browser():
    """A link to another's login page is worth nothing."""
    world = await make_world()
    browser, thief = world.browser(), world.browser()
    await browser.authorize()
    thief.browser, thief.interaction = Secret("another"), browser.interaction
    assert "another browser" in shown_error(await thief.resume())
    thief.browser, thief.interaction = None, browser.interaction
    assert "another browser" in shown_error(await thief.resume())
    with pytest.raises(InvalidRequest):
        await pending(BrowserRequest(Parameters()), browser.interaction, world.server)


async def test_an_unknown_interaction_is_shown():
    world = await make_world()
    browser = world.browser()
    browser.interaction = Secret("made-up")
    assert "unknown" in shown_error(await browser.resume())


async def test_an_interaction_expires():
    world = await make_world()
    browser = world.browser()
    await browser.authorize()
    world.clock.advance(30 * 60)
    assert "too long" in shown_error(await browser.resume())
    browser = world.browser()
    await browser.authorize()
    interaction = browser.interaction
    world.clock.advance(30 * 60)
    browser.interaction = interaction
    assert shown_error(await browser.deny())


async def test_one_interaction_gives_one_answer():
    world = await make_world()
    browser = world.browser()
    await browser.authorize()
    await browser.log_in()
    interaction = browser.interaction
    assert answer(await browser.resume())["code"]
    browser.interaction = interaction
    assert "before" in shown_error(await browser.resume())


async def test_an_interaction_that_ends_in_the_middle_is_shown():
    """Two tabs press the button: the guard lets one answer."""
    world = await make_world()
    browser = world.browser()
    await browser.authorize()
    await browser.log_in()
    interaction = browser.interaction
    original = world.storage.commit

    async def race(writes):
        if any(isinstance(write, EndInteraction) for write in writes):
            await original((EndInteraction(interaction.digest(), world.clock.now()),))
        await original(writes)

    world.storage.commit = race
    assert "over" in shown_error(await browser.resume())


async def test_a_refusal_is_answered_once():
    """access_denied at login or consent: never to an unproven URI."""
    world = await make_world()
    browser = world.browser()
    await browser.authorize(state="s")
    interaction = browser.interaction
    response = answer(await browser.deny())
    assert (response["error"], response["state"]) == ("access_denied", "s")
    browser.interaction = interaction
    assert shown_error(await browser.deny())


async def test_the_redirect_uri_is_proven_again_when_the_request_is_resumed():
    """An operator who removes a redirect URI stops the requests in progress too."""
    world = await make_world()
    browser = world.browser()
    await browser.authorize()
    await browser.log_in()
    await world.storage.commit((SaveClient(replace(APP, redirect_uris=("https://new.example.com/",))),))
    assert shown_error(await browser.resume())


async def test_what_the_browser_sends_later_changes_nothing_of_the_request():
    """What is answered is the request that was checked and stored, and no other flow. CVE-2026-7571."""
    world = await make_world()
    browser = world.browser()
    await browser.authorize(state="s")
    await browser.log_in()
    changed = (
        ("client_id", "other"),
        ("redirect_uri", EVIL),
        ("response_type", "token"),
        ("scope", "openid items:read"),
        ("state", "t"),
    )
    request = BrowserRequest(Parameters(changed), browser.session, browser.browser)
    outcome = await resume(request, browser.interaction, world.server)
    assert outcome.location.startswith(REDIRECT_URI + "?")
    assert set(answer(outcome)) == {"code", "state", "iss"}
    assert answer(outcome)["state"] == "s"
    assert (await world.redeem(answer(outcome)["code"])).scope == "openid"


async def test_a_flow_that_was_switched_off_ends_the_requests_in_progress():
    """A client that may not use the code flow any more gets no code. CVE-2026-7571."""
    world = await make_world()
    browser = world.browser()
    await browser.authorize()
    await browser.log_in()
    await world.storage.commit((SaveClient(replace(APP, response_types=frozenset())),))
    assert answer(await browser.resume())["error"] == "unauthorized_client"


async def test_pending_tells_the_page_what_it_is_about():
    world = await make_world()
    browser = world.browser()
    outcome = await browser.authorize(scope="openid items:read", login_hint="alice")
    found = await pending(
        BrowserRequest(Parameters(), browser=browser.browser), outcome.interaction, world.server
    )
    assert found.request.proven.client == APP
    assert found.request.authentication.login_hint == "alice"
    assert found.request.target.resources == (API,)
    assert outcome.step is Step.LOGIN


async def test_a_browser_without_a_cookie_cannot_begin():
    world = await make_world()
    browser = world.browser()
    browser.browser = None
    assert answer(await browser.authorize())["error"] == "invalid_request"


async def test_a_request_that_is_too_long_to_be_kept_is_refused():
    """Anybody may begin a request, and nobody may fill the disk by it; `state` comes back with the error."""
    world = await make_world()
    kept = await world.browser().authorize(whatever="x" * 15_000)
    assert isinstance(kept, Interact)
    refused = answer(await world.browser().authorize(state="s", whatever="x" * 16_384))
    assert (refused["error"], refused["state"]) == ("invalid_request", "s")
