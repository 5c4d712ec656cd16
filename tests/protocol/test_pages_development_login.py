"""
The first five minutes: click to sign in, and a client with any loopback redirect.

On a development server, and nowhere else.
"""

import asyncio
from dataclasses import replace

import pytest

from authwright.authorization_server.writes import SaveClient
from authwright.idp.settings import DEVELOPMENT_CLIENT
from authwright.idp.writes import SaveAccount
from support.pages import NATIVE, TRUSTED, make_place
from support.pkce import VERIFIER

ISSUER = "http://localhost:9000"


def place_of(*, dev):
    place = asyncio.run(make_place(ISSUER, dev=dev))
    place.add_account("alice", name="Alice Example")
    place.add_account("bob")
    return place


@pytest.fixture
def place():
    return place_of(dev=True)


def test_a_click_signs_in_for_an_app(place):
    """One button for each person; a click does what the password would have done, and the app goes on."""
    browser = place.browser()
    page = browser.authorize(TRUSTED.client_id)
    assert list(page.form("aw-as-alice")["buttons"]) == ["aw-as-alice", "aw-as-bob"]
    assert "Sign in as alice" in page.text
    browser.press(page, "aw-as-alice")
    assert "code" in browser.answer()
    assert "login.succeeded" in place.events()


def test_a_click_signs_in_without_an_app(place):
    """To one's own account."""
    browser = place.browser()
    page = browser.press(browser.get("/login"), "aw-as-bob")
    assert page.path == "/account"
    assert "bob" in page.text


def test_the_session_is_that_of_a_password_login(place):
    """A cookie from before the sign-in is worth nothing after it; somebody else's session is over."""
    browser = place.browser()
    browser.press(browser.get("/login"), "aw-as-alice")
    first = browser.cookie("session").value
    browser.press(browser.authorize(prompt="login"), "aw-as-bob")
    assert browser.cookie("session").value != first
    assert "session.ended" in place.events()


def test_the_password_works_beside_it(place):
    """The form of every server is there too: its ids are what programs find their way by."""
    assert place.browser().sign_in().path == "/account"


@pytest.mark.parametrize("dev", [True, False])
def test_only_a_development_server_shows_buttons(dev):
    """Nothing turns it on: `Settings.dev` is no setting."""
    page = place_of(dev=dev).browser().get("/login")
    assert ("sign_in_as" in page.html) is dev


def test_no_other_server_takes_the_form():
    """A form with a good token and no password is refused by a server that is not for development."""
    place = place_of(dev=False)
    browser = place.browser()
    form = browser.get("/login").form("aw-submit")
    page = browser.post("/login", {**form["fields"], "login": "alice", "sign_in_as": "alice"})
    assert page.status == 400
    assert browser.cookie("session") is None
    assert "login.succeeded" not in place.events()


def test_another_site_cannot_press_the_button(place):
    """Login CSRF: the form token is of this browser and of this request."""
    browser = place.browser()
    fields = browser.get("/login").form("aw-as-alice")["fields"]
    stranger = place.browser()
    stranger.get("/login")
    for foreign in ({"sign_in_as": "alice"}, {**fields, "sign_in_as": "alice"}):
        assert stranger.post("/login", foreign).status == 400
    assert stranger.cookie("session") is None


@pytest.mark.parametrize("host", ["evil.example:9000", "127.0.0.1:9000", "localhost", ""])
def test_a_rebound_name_is_not_this_server(place, host):
    """
    DNS rebinding: a site whose name leads here could read the page, but its name is in ``Host``.

    It is shown no button, and is refused with one that it got elsewhere.
    """
    browser = place.browser()
    fields = browser.get("/login").form("aw-as-alice")["fields"]
    browser.client.headers["host"] = host
    assert "sign_in_as" not in browser.get("/login").html
    assert browser.post("/login", {**fields, "sign_in_as": "alice"}).status == 400
    assert "login.succeeded" not in place.events()


def test_whoever_is_disabled_or_unknown_is_nobody(place):
    """As with a password."""
    browser = place.browser()
    fields = browser.get("/login").form("aw-as-alice")["fields"]
    carol = place.add_account("carol")
    place.commit(SaveAccount(replace(carol, disabled_at=place.clock.now())))
    assert "aw-as-carol" not in browser.get("/login").html
    for name in ("carol", "nobody"):
        assert browser.post("/login", {**fields, "sign_in_as": name}).status == 400
    assert browser.cookie("session") is None


ANYWHERE = "http://127.0.0.1:5173/some/path/that/nobody/registered?tenant=1"
WEB = replace(
    NATIVE,
    client_id=DEVELOPMENT_CLIENT,
    require_consent=False,
    redirect_uris=("http://localhost/",),
    post_logout_redirect_uris=(),
)


def test_any_loopback_redirect(place):
    """RFC 8252 §7.3, and the path is free too: whatever is being built works without registering it."""
    place.commit(SaveClient(WEB))
    browser = place.browser()
    page = browser.authorize(DEVELOPMENT_CLIENT, redirect_uri=ANYWHERE)
    browser.press(page, "aw-as-alice")
    assert browser.left_for.startswith(ANYWHERE + "&code=")
    fields = {"grant_type": "authorization_code", "code": browser.answer()["code"], "client_id": "web"}
    proof = {"code_verifier": VERIFIER, "redirect_uri": ANYWHERE}
    wrong = {**proof, "redirect_uri": ANYWHERE + "1"}
    assert browser.client.post("/token", data={**fields, **wrong}).json()["error"] == "invalid_grant"
    tokens = browser.client.post("/token", data={**fields, **proof}).json()
    assert tokens["token_type"] == "Bearer"
    page = browser.get("/logout", id_token_hint=tokens["id_token"], post_logout_redirect_uri=ANYWHERE)
    assert browser.left_for == ANYWHERE


@pytest.mark.parametrize(
    ("dev", "client", "redirect_uri"),
    [
        (False, WEB, ANYWHERE),
        (True, NATIVE, ANYWHERE),
        (True, WEB, "https://app.example.com/callback"),
        (True, WEB, "http://127.0.0.1.evil.example/"),
    ],
)
def test_no_other_redirect(dev, client, redirect_uri):
    """Another server, another client, another machine: never redirected, RFC 9700 §4.1.3."""
    place = place_of(dev=dev)
    place.commit(SaveClient(WEB))
    browser = place.browser()
    page = browser.authorize(client.client_id, redirect_uri=redirect_uri)
    assert page.status == 400
    assert page.path == "/authorize"
    assert browser.left_for is None
