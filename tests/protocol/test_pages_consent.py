"""/consent and /select-account. OpenID Connect Core §3.1.2.4; MCP authorization."""

from dataclasses import replace

import pytest

from authwright.authorization_server.records import ScopeDescription
from authwright.authorization_server.writes import SaveProtectedResource
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId
from support.pages import ITEMS, PASSWORD, REDIRECT_URI, run

EVERYTHING = "openid profile email offline_access items:read items:write"


@pytest.fixture
def asked(browser):
    """The consent page that alice sees."""
    return browser.sign_in(page=browser.authorize(scope=EVERYTHING))


def consent(place, username="alice"):
    return run(place.storage.consent(place.subjects[username], ClientId("app")))


def test_the_question(asked):
    """Who asks, for which account, what for, and where the answer goes. MCP: show the redirect host."""
    assert asked.path == "/consent"
    for said in (
        "Allow Garden planner?",
        "Alice Example",
        "Not you?",
        "app.example.com",
        "see your e-mail address",
        "keep this access while you are away",
        "At Seed store",
        "see the seeds in your store",
        "change the seeds in your store",
    ):
        assert said in asked.text
    assert 'id="aw-allow"' in asked.html
    assert 'id="aw-deny"' in asked.html


def test_policy_and_terms(asked):
    """The client's logo, policy and terms are on the consent page too."""
    assert 'href="https://app.example.com/privacy"' in asked.html
    assert 'href="https://app.example.com/terms"' in asked.html
    assert 'src="https://cdn.example.com/logo.png"' in asked.html


def test_only_what_is_asked_is_said(browser):
    page = browser.sign_in(page=browser.authorize(scope="openid"))
    assert "recognise you" in page.text
    for unasked in ("e-mail", "profile", "seeds", "while you are away"):
        assert unasked not in page.text


def test_a_bare_scope_is_explained(browser):
    """A client may ask for nothing at all (no scope): the page says that, too."""
    page = browser.sign_in(page=browser.authorize(scope=None))
    assert "and nothing else" in page.text


def test_a_scope_without_a_description_is_named(browser, place):
    """Nothing that is asked is left out because nobody described it, and a name is not markup."""
    undescribed = replace(ITEMS, name="", scopes=(ScopeDescription("items:read", ""),))
    place.commit(SaveProtectedResource(undescribed))
    page = browser.sign_in(page=browser.authorize(scope="openid items:read"))
    assert "items:read" in page.text
    assert "At https://api.example.com" in page.text


SHED = replace(
    ITEMS,
    resource="https://shed.example.com",
    name="Shed",
    scopes=(ScopeDescription("items:read", "open it"),),
)
"""Another API, in which a scope token of the first means something else."""


def shed(place, **changes):
    api = replace(SHED, **changes)
    place.commit(SaveProtectedResource(api))
    return api.resource


def test_a_yes_for_one_api_is_none_for_another(browser, place):
    """
    RFC 8707 §2, RFC 6749 §3.1: scope tokens of two APIs may read alike, and what a person allows is what the
    page showed. Each is remembered.
    """
    resource, scope = shed(place), "openid items:read"
    browser.press(browser.sign_in(page=browser.authorize(scope=scope, resource=ITEMS.resource)), "aw-allow")
    page = browser.authorize(scope=scope, resource=resource)
    assert page.path == "/consent"
    assert "At Shed" in page.text
    assert "error=consent_required" in _silently(browser, scope=scope, resource=resource)
    browser.press(page, "aw-allow")
    for allowed in (ITEMS.resource, resource):
        assert "code=" in _silently(browser, scope=scope, resource=allowed)
    assert "At Shed" in browser.get("/account").text


def test_an_api_without_scope_is_asked_for_too(browser, place):
    """Nothing that is asked is left out: the token names the API, and the API learns who comes."""
    resource = shed(place, scopes=())
    browser.press(browser.sign_in(page=browser.authorize(scope="openid")), "aw-allow")
    page = browser.authorize(scope="openid", resource=resource)
    assert page.path == "/consent"
    assert "At Shed" in page.text
    browser.press(page, "aw-allow")
    assert "code=" in _silently(browser, scope="openid", resource=resource)
    assert "code=" in _silently(browser, scope="openid")


def _silently(browser, **parameters):
    browser.authorize(prompt="none", **parameters)
    return browser.left_for


def test_allow(browser, place, asked):
    """The yes is remembered with what was asked, and the client gets its code."""
    browser.press(asked, "aw-allow")
    assert browser.left_for.startswith(REDIRECT_URI)
    assert "code" in browser.answer()
    assert consent(place).scope == parse_scope(EVERYTHING)
    assert "consent.given" in place.events()


def test_a_remembered_yes(browser, asked):
    """Consent is remembered, so the next request is silent. oidcc-prompt-none-logged-in."""
    browser.press(asked, "aw-allow")
    browser.authorize(prompt="none")
    assert "code" in browser.answer()
    browser.authorize(scope="openid email")
    assert "code" in browser.answer()


def test_more_is_asked_anew_and_added(browser, place):
    browser.press(browser.sign_in(page=browser.authorize(scope="openid email")), "aw-allow")
    page = browser.authorize(scope="openid items:read")
    assert page.path == "/consent"
    browser.press(page, "aw-allow")
    assert consent(place).scope == parse_scope("openid email items:read")


def test_prompt_consent(browser, asked):
    """``prompt=consent`` asks again, once. OpenID Connect Core §3.1.2.1."""
    browser.press(asked, "aw-allow")
    page = browser.authorize(prompt="consent", scope=EVERYTHING)
    assert page.path == "/consent"
    browser.press(page, "aw-allow")
    assert "code" in browser.answer()


def test_deny(browser, place, asked):
    """No at consent: access_denied, and nothing is remembered."""
    browser.press(asked, "aw-deny")
    assert browser.answer()["error"] == "access_denied"
    assert "code" not in browser.answer()
    assert consent(place) is None


@pytest.mark.parametrize("action", [None, "", "Allow", "deny", "yes"])
def test_only_allow_is_a_yes(browser, place, asked, action):
    fields = asked.form("aw-allow")["fields"]
    browser.post("/consent", fields if action is None else {**fields, "action": action})
    assert browser.answer()["error"] == "access_denied"
    assert consent(place) is None


def test_consent_csrf(browser, place, asked):
    """A consent form that another site made is refused."""
    fields = {**asked.form("aw-allow")["fields"], "action": "allow"}
    for forged in (
        {**fields, "form_token": "A" * 43},
        {n: v for n, v in fields.items() if n != "form_token"},
    ):
        page = browser.post("/consent", forged)
        assert page.status == 400
    assert consent(place) is None


def test_a_yes_of_another_session(browser, place, asked):
    """Somebody else signed in since the page was shown: their yes is not this one."""
    browser.press(browser.get("/logout"), "aw-logout")
    browser.sign_in("bob")
    page = browser.press(asked, "aw-allow")
    assert page.status == 400
    assert consent(place) is None
    assert consent(place, "bob") is None


def test_a_yes_to_another_request(browser, place):
    """The form of one request cannot answer another."""
    small = browser.sign_in(page=browser.authorize(scope="openid"))
    large = browser.authorize(scope=EVERYTHING)
    fields = {
        **small.form("aw-allow")["fields"],
        "interaction": large.forms[0]["fields"]["interaction"],
        "action": "allow",
    }
    assert browser.post("/consent", fields).status == 400
    assert consent(place) is None


def test_a_yes_to_another_request_for_the_same(browser, place):
    """Also when both ask for the same: the other may be answered elsewhere."""
    one = browser.sign_in(page=browser.authorize())
    other = browser.authorize()
    fields = {**one.form("aw-allow")["fields"], "interaction": other.forms[0]["fields"]["interaction"]}
    assert browser.post("/consent", {**fields, "action": "allow"}).status == 400
    assert consent(place) is None


def test_a_yes_to_what_was_not_shown(browser, place):
    """The API changed its scopes while the page was open: what was not read was not allowed."""
    place.commit(SaveProtectedResource(replace(ITEMS, scopes=ITEMS.scopes[:1])))
    page = browser.sign_in(page=browser.authorize(scope="openid items:read items:write"))
    assert "change the seeds" not in page.text
    place.commit(SaveProtectedResource(ITEMS))
    assert browser.press(page, "aw-allow").status == 400
    assert consent(place) is None


def test_twice(browser, asked):
    """The second press of Allow gives a page and no second code."""
    browser.press(asked, "aw-allow")
    page = browser.press(asked, "aw-allow")
    assert page.status == 400
    assert browser.left_for is None


def test_the_session_ended_meanwhile(browser, place, asked):
    """Whoever is signed out in between signs in first, and then is asked again."""
    place.clock.advance(60)
    browser.press(browser.get("/logout"), "aw-logout")
    page = browser.press(asked, "aw-allow")
    assert page.path == "/login"
    assert "Garden planner" in page.text
    assert browser.sign_in(page=page).path == "/consent"


def test_switch_account(browser, place, asked):
    """ "Not you?" leads to the login page and on, as somebody else."""
    href = asked.html.partition('id="aw-switch" href="')[2].partition('"')[0].replace("&amp;", "&")
    page = browser.get(href)
    assert page.path == "/login"
    page = browser.press(page, "aw-submit", login="bob", password=PASSWORD)
    assert page.path == "/consent"
    assert page.by_id("aw-account") == "bob"
    browser.press(page, "aw-allow")
    assert consent(place, "bob") is not None
    assert consent(place) is None


def test_an_app_on_this_device(browser):
    """Any program of the machine can answer on loopback: the person is told. RFC 8252 §8.6."""
    page = browser.authorize("native", redirect_uri="http://127.0.0.1:41234/callback")
    page = browser.sign_in(page=page)
    assert "an app on this device" in page.text
    assert "127.0.0.1:41234" in page.text
    assert "form-action 'self' http://127.0.0.1:41234;" in page.headers["content-security-policy"]


def test_without_a_request(browser):
    for path in ("/consent", "/select-account"):
        page = browser.get(path)
        assert page.status == 400
        assert page.by_id("aw-error") == "invalid_request"


class TestSelectAccount:
    """``prompt=select_account``. OpenID Connect Core §3.1.2.1."""

    @pytest.fixture
    def choice(self, browser):
        browser.sign_in()
        return browser.authorize("trusted", prompt="select_account")

    def test_continue(self, browser, choice):
        assert choice.path == "/select-account"
        assert "Continue as Alice Example" in choice.text
        browser.press(choice, "aw-continue")
        assert "code" in browser.answer()

    def test_another_account(self, browser, choice):
        href = choice.html.partition('id="aw-other-account" href="')[2].partition('"')[0]
        page = browser.get(href.replace("&amp;", "&"))
        browser.press(page, "aw-submit", login="bob", password=PASSWORD)
        assert "code" in browser.answer()
        assert "bob" in browser.get("/account").text

    def test_cancel(self, browser, choice):
        browser.press(choice, "aw-cancel")
        assert browser.answer()["error"] == "access_denied"

    def test_forged(self, browser, choice):
        fields = choice.form("aw-continue")["fields"]
        forged = {**fields, "form_token": "A" * 43, "action": "continue"}
        assert browser.post("/select-account", forged).status == 400

    def test_too_late(self, browser, choice):
        browser.press(choice, "aw-continue")
        assert browser.press(choice, "aw-continue").status == 400
