"""/logout. OpenID Connect RP-Initiated Logout 1.0."""

import pytest

from support.pages import GOODBYE_URI, TRUSTED


@pytest.fixture
def id_token(browser):
    """What the app holds of alice, who is signed in."""
    browser.sign_in(page=browser.authorize("trusted"))
    return browser.token(browser.answer()["code"], client=TRUSTED).json()["id_token"]


def signed_in(browser):
    return browser.get("/account").path == "/account"


def test_rp_initiated_logout(browser, id_token):
    """A valid hint, a registered URI and state: out, and back with exactly that state."""
    browser.get("/logout", id_token_hint=id_token, post_logout_redirect_uri=GOODBYE_URI, state="x&y=z")
    assert browser.left_for == GOODBYE_URI + "?state=x%26y%3Dz"
    assert browser.cookie("session") is None
    assert not signed_in(browser)
    browser.authorize("trusted", prompt="none")
    assert browser.answer()["error"] == "login_required"


def test_without_state(browser, id_token):
    browser.get("/logout", id_token_hint=id_token, post_logout_redirect_uri=GOODBYE_URI)
    assert browser.left_for == GOODBYE_URI


def test_by_post(browser, id_token):
    """
    A client's POST comes without the cookie (SameSite) and is asked again by GET, where it comes along.
    """
    fields = {"id_token_hint": id_token, "post_logout_redirect_uri": GOODBYE_URI, "state": "s", "junk": "j"}
    browser.post("/logout", fields)
    again = browser.trail[0].headers["location"]
    assert again.startswith("/logout?id_token_hint=")
    assert "junk" not in again
    assert browser.left_for == GOODBYE_URI + "?state=s"
    assert not signed_in(browser)


def test_the_question(browser):
    """Without a hint anybody may have sent the person here: they are asked. ASVS 10.6.2."""
    browser.sign_in()
    page = browser.get("/logout")
    assert page.status == 200
    assert page.by_id("aw-logout") is not None
    assert page.by_id("aw-stay") is not None
    assert signed_in(browser)


def test_yes(browser, place):
    browser.sign_in()
    page = browser.press(browser.get("/logout"), "aw-logout")
    assert "You are signed out" in page.text
    assert browser.cookie("session") is None
    assert not signed_in(browser)
    assert place.events()[0] == "logout"


def test_no_hint_no_redirect(browser):
    """No id_token_hint but a post_logout_redirect_uri: out when confirmed, and no redirect."""
    browser.sign_in()
    page = browser.get("/logout", post_logout_redirect_uri=GOODBYE_URI, client_id="trusted")
    assert "Intranet asks to sign you out" in page.text
    page = browser.press(page, "aw-logout")
    assert "You are signed out" in page.text
    assert browser.left_for is None


def test_the_button_carries_the_request(browser, place, id_token):
    """Asked by an app that knew another session: after the button, the app's own redirect."""
    browser.sign_in("bob", page=browser.authorize("trusted", prompt="login"))
    page = browser.get("/logout", id_token_hint=id_token, post_logout_redirect_uri=GOODBYE_URI, state='"><b>')
    assert page.path == "/logout"
    assert (
        f"form-action 'self' {GOODBYE_URI.removesuffix('/bye')};" in page.headers["content-security-policy"]
    )
    assert "<b>" not in page.html
    browser.press(page, "aw-logout")
    assert browser.left_for == GOODBYE_URI + "?state=%22%3E%3Cb%3E"


@pytest.mark.parametrize(
    "uri", ["https://evil.example/", GOODBYE_URI + "?a=b", GOODBYE_URI + "/", "javascript:alert(1)"]
)
def test_an_unregistered_uri(browser, id_token, uri):
    """A bad, query-added or unregistered URI: a page, never a redirect."""
    page = browser.get("/logout", id_token_hint=id_token, post_logout_redirect_uri=uri)
    assert page.status == 400
    assert page.by_id("aw-error") == "invalid_request"
    assert browser.left_for is None


@pytest.mark.parametrize("hint", ["rubbish", "eyJhbGciOiJub25lIn0.e30."])
def test_a_strange_hint(browser, hint):
    """A hint of a stranger, or with alg none: a page."""
    browser.sign_in()
    page = browser.get("/logout", id_token_hint=hint, post_logout_redirect_uri=GOODBYE_URI)
    assert page.status == 400
    assert signed_in(browser)


def test_an_expired_hint(browser, place, id_token):
    """Expired ID tokens are still hints."""
    place.clock.advance(3600)
    browser.get("/logout", id_token_hint=id_token, post_logout_redirect_uri=GOODBYE_URI)
    assert browser.left_for == GOODBYE_URI


@pytest.mark.parametrize("query", [{}, {"state": "s"}, {"client_id": "trusted"}])
def test_nobody_is_here(browser, query):
    """Nothing to end: said so, by GET and by POST."""
    assert "You are signed out" in browser.get("/logout", **query).text
    assert "You are signed out" in browser.post("/logout", query).text


def test_forced_logout_by_get(browser):
    """An image tag changes nothing."""
    browser.sign_in()
    browser.client.get("/logout")
    assert signed_in(browser)


def test_forced_logout_by_post(browser, place):
    """Another site posts our own form's fields: asked again, and the cookie stays."""
    foreign = place.browser()
    foreign.sign_in("bob")
    stolen = foreign.get("/logout").form("aw-logout")["fields"]
    browser.sign_in()
    page = browser.post("/logout", stolen)
    assert page.by_id("aw-logout") is not None
    assert signed_in(browser)


def test_a_post_without_the_cookie_does_not_take_it_away(browser, place):
    """What a cross-site POST looks like here: no cookie. Its answer must not clear the one that is there."""
    response = place.browser().client.post("/logout", data={"form_token": "x"})
    assert response.status_code == 303
    response = place.browser().client.get("/logout")
    assert not any("aw_session" in value for value in response.headers.get_list("set-cookie"))


def test_a_button_pressed_twice(browser):
    browser.sign_in()
    page = browser.get("/logout")
    browser.press(page, "aw-logout")
    assert "You are signed out" in browser.press(page, "aw-logout").text
