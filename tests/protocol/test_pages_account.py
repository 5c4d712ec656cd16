"""/account and /account/password: what a person sees and takes back."""

import pytest

from authwright.authorization_server.writes import DeleteClient
from authwright.oauth.types import ClientId
from support.pages import PASSWORD, TRUSTED, run

NEW_PASSWORD = "quarry lantern thimble orchard"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1"


@pytest.fixture
def phone(place):
    """Alice's other browser."""
    phone = place.browser(address="198.51.100.7", user_agent=IPHONE)
    phone.sign_in()
    return phone


def connect(browser, scope="openid offline_access items:read", client_id="app"):
    """Sign in for the app, allow it everything, and give it its tokens."""
    page = browser.authorize(client_id, scope=scope)
    if page.path == "/login":
        page = browser.sign_in(page=page)
    if browser.left_for is None:
        browser.press(page, "aw-allow")
    client = TRUSTED if client_id == "trusted" else None
    return browser.token(browser.answer()["code"], **({} if client is None else {"client": client})).json()


def userinfo(browser, tokens):
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    return browser.client.get("/userinfo", headers=bearer).status_code


@pytest.mark.parametrize("path", ["/", "/account", "/account/password"])
def test_signed_out(browser, path):
    assert browser.get(path).path == "/login"


def test_who_is_here(browser):
    browser.sign_in()
    page = browser.get("/")
    assert page.path == "/account"
    assert "Alice Example" in page.text
    assert "Signed in as alice" in page.text
    assert "No app has access" in page.text


def test_sessions(browser, phone, place):
    """Device, network and time of each session; this one is marked and comes first."""
    place.clock.advance(7200)
    browser.sign_in()
    text = browser.get("/account").text
    assert text.index("Firefox on Linux This browser") < text.index("Safari on iPhone")
    assert "Signed in 2 hours ago from 198.51.100.7" in text


def test_a_session_that_is_over_by_time_is_not_listed(browser, phone, place):
    place.clock.advance(11 * 3600)
    browser.sign_in()
    place.clock.advance(2 * 3600)
    assert "iPhone" not in browser.get("/account").text


def test_sign_out_another_session(browser, phone, place):
    browser.sign_in()
    page = browser.press(browser.get("/account"), "Sign out Safari on iPhone, signed in just now")
    assert page.by_id("aw-done") == "That session is signed out."
    assert "iPhone" not in page.text
    assert phone.get("/account").path == "/login"
    assert place.events()[0] == "session.ended"


def test_sign_out_this_session(browser):
    browser.sign_in()
    page = browser.press(browser.get("/account"), "Sign out Firefox on Linux, signed in just now")
    assert "You are signed out" in page.text
    assert browser.cookie("session") is None


def test_sign_out_everywhere_else(browser, phone, place):
    browser.sign_in()
    page = browser.press(browser.get("/account"), "aw-end-others")
    assert "signed out everywhere else" in page.by_id("aw-done")
    assert phone.get("/account").path == "/login"
    assert browser.get("/account").path == "/account"
    assert "aw-end-others" not in page.html


def test_the_session_of_somebody_else(browser, place):
    """The identifier of another person's session ends nothing."""
    bob = place.browser()
    bob.sign_in("bob")
    theirs = run(place.storage.sessions_of(place.subjects["bob"]))[0].session_id
    browser.sign_in()
    page = browser.get("/account")
    form = page.form("Sign out Firefox on Linux, signed in just now")
    browser.post(form["action"], {**form["fields"], "session_id": theirs})
    assert bob.get("/account").path == "/account"


def test_connected_apps(browser, place):
    """What each app may do, since when, and whether it stays. GDPR Art. 7(3)."""
    connect(browser)
    place.clock.advance(86_400 // 2 - 60)
    text = browser.get("/account").text
    for said in ("Garden planner", "Since 11 hours ago", "keeps access while you are away", "see the seeds"):
        assert said in text


def test_a_trusted_app_is_listed_while_it_has_a_grant(browser, place):
    """Apps that need no consent are connected by their grants; without offline_access with the session."""
    connect(browser, "openid", "trusted")
    text = browser.get("/account").text
    assert "Intranet" in text
    assert "while you are away" not in text
    browser.press(browser.get("/logout"), "aw-logout")
    browser.sign_in()
    assert "No app has access" in browser.get("/account").text


def test_a_grant_dies_with_a_session_that_only_ran_out(browser, place):
    connect(browser, "openid", "trusted")
    place.clock.advance(12 * 3600)
    browser.sign_in()
    assert "No app has access" in browser.get("/account").text


def test_an_app_that_is_gone(browser, place):
    connect(browser)
    place.commit(DeleteClient(ClientId("app")))
    assert "No app has access" in browser.get("/account").text


def test_disconnect(browser, place):
    """The consent is forgotten, and what the app holds is worth nothing at once."""
    tokens = connect(browser)
    assert userinfo(browser, tokens) == 200
    page = browser.press(browser.get("/account"), "Disconnect Garden planner")
    assert "disconnected" in page.by_id("aw-done")
    assert "No app has access" in page.text
    assert userinfo(browser, tokens) == 401
    assert browser.authorize().path == "/consent"
    assert "consent.revoked" in place.events()


@pytest.mark.parametrize("client_id", ["trusted", "nobody", "n" * 50_000, ""])
def test_only_an_app_that_is_connected_is_disconnected(browser, place, client_id):
    """The audit log tells what happened, and not what somebody typed."""
    connect(browser)
    form = browser.get("/account").forms[0]["fields"]
    page = browser.post("/account/apps/disconnect", {**form, "client_id": client_id})
    assert page.path == "/account"
    assert "consent.revoked" not in place.events()
    assert "Garden planner" in browser.get("/account").text


@pytest.mark.parametrize(
    "path",
    [
        "/account/apps/disconnect",
        "/account/sessions/end",
        "/account/sessions/end-others",
        "/account/password",
    ],
)
def test_account_csrf(browser, place, path):
    """No button works from another site, another person's page, or without a session."""
    foreign = place.browser()
    foreign.sign_in("bob")
    fields = {"form_token": foreign.get("/account").forms[0]["fields"]["form_token"], "client_id": "app"}
    browser.sign_in()
    assert browser.post(path, fields).status == 400
    assert browser.post(path, {}).status == 400
    assert place.browser().post(path, fields).path == "/login"


def test_what_was_done_is_one_of_ours(browser):
    """The address says which text to show, never the text."""
    browser.sign_in()
    page = browser.get("/account", done="<b>you won</b>")
    assert "you won" not in page.html
    assert 'id="aw-done"' not in page.html


class TestPassword:
    """A person changes their password. NIST SP 800-63B-4 §3.1.1.2."""

    @pytest.fixture
    def page(self, browser):
        browser.sign_in()
        return browser.get("/account/password")

    @staticmethod
    def change(browser, page, password=PASSWORD, new=NEW_PASSWORD, again=None):
        typed = {"password": password, "new_password": new, "new_password_again": again or new}
        return browser.press(page, "aw-submit", **typed)

    def test_change(self, browser, phone, page, place):
        """The new one works, the old one does not, and everybody else is out."""
        shown = self.change(browser, page)
        assert shown.path == "/account"
        assert "changed" in shown.by_id("aw-done")
        assert phone.get("/account").path == "/login"
        assert place.browser().sign_in("alice", PASSWORD).status == 403
        assert place.browser().sign_in("alice", NEW_PASSWORD).path == "/account"
        assert "password.changed" in place.events()

    def test_managers_may_help(self, page):
        """Pasting is not hindered, and managers learn whose password it is."""
        assert page.html.count('autocomplete="new-password"') == 2
        assert page.form("aw-submit")["fields"]["login"] == "alice"
        assert "onpaste" not in page.html

    def test_the_current_password_is_wrong(self, browser, page, place):
        shown = self.change(browser, page, password="not the current one")
        assert shown.status == 422
        assert "current password is not right" in shown.by_id("aw-problem")
        assert "password.changed" not in place.events()

    @pytest.mark.parametrize(
        ("new", "taught"),
        [("short", "At least 12"), ("alice in her garden", "user name"), ("passwordpassword", "guess")],
    )
    def test_rules_teach(self, browser, page, new, taught):
        shown = self.change(browser, page, new=new)
        assert shown.status == 422
        assert taught in shown.text
        assert new not in shown.html

    def test_typed_differently(self, browser, page):
        shown = self.change(browser, page, again="something else entirely")
        assert "not the same" in shown.by_id("aw-problem")

    def test_missing(self, browser, page):
        assert "every field" in browser.press(page, "aw-submit", password=PASSWORD).by_id("aw-problem")

    def test_guessing_is_counted(self, browser, page, place):
        """An unattended browser is no oracle for its owner's password."""
        for _ in range(9):
            self.change(browser, page, password="not the current one")
        self.change(browser, page, password="not the current one")
        shown = self.change(browser, page)
        assert shown.status == 429
        assert shown.headers["retry-after"] == "900"
        assert "password.changed" not in place.events()

    def test_a_success_clears_the_count(self, browser, page, place):
        """The owner's typing errors are forgotten, and a changed password is no sign-in in the audit log."""
        for _ in range(8):
            self.change(browser, page, password="not the current one")
        assert self.change(browser, page).path == "/account"
        for _ in range(8):
            assert place.browser().sign_in("alice", "wrong wrong wrong").status == 403
        assert place.events().count("login.succeeded") == 1
