"""The pages in a real Chromium, without JavaScript, as a person meets them."""

import pytest
from playwright.sync_api import expect

from support.pages import GOODBYE_URI, PASSWORD

pytestmark = pytest.mark.browser


def at_the_app(visitor):
    """The parameters that the app received."""
    expect(visitor.page.locator("h1")).to_have_text("The app")
    return visitor.page.locator("li").all_inner_texts()


def test_sign_in_and_allow(visitor):
    """Login, consent, and back at the app with a code. The browser follows the redirect after the POST."""
    visitor.authorize()
    expect(visitor.page.locator("h1")).to_have_text("Sign in")
    visitor.shot("login")
    visitor.sign_in()
    expect(visitor.page.locator("h1")).to_have_text("Allow Garden planner?")
    assert visitor.page.locator("img.tile").evaluate("e => e.naturalWidth") > 0
    visitor.shot("consent")
    visitor.page.click("#aw-allow")
    assert at_the_app(visitor) == ["code", "state", "iss"]
    visitor.authorize()
    assert "code" in at_the_app(visitor)


def test_wrong_password(visitor):
    visitor.authorize()
    visitor.sign_in(password="not the password")
    expect(visitor.page.locator("[role=alert]")).to_contain_text("not right")
    expect(visitor.page.locator("[name=password]")).to_be_focused()
    visitor.shot("login-wrong-password")
    visitor.sign_in()
    expect(visitor.page.locator("#aw-allow")).to_be_visible()


def test_deny(visitor):
    visitor.authorize()
    visitor.sign_in()
    visitor.page.click("#aw-deny")
    assert "error" in at_the_app(visitor)


def test_cancel(visitor):
    """Cancel works with empty fields."""
    visitor.authorize()
    visitor.page.click("#aw-cancel")
    assert "error" in at_the_app(visitor)


def test_switch_account(visitor):
    visitor.authorize()
    visitor.sign_in()
    visitor.page.click("#aw-switch")
    expect(visitor.page.locator("h1")).to_have_text("Sign in")
    visitor.sign_in("bob")
    expect(visitor.page.locator("#aw-account")).to_have_text("bob")
    visitor.page.click("#aw-allow")
    assert "code" in at_the_app(visitor)


def test_choose_an_account(visitor):
    visitor.goto("/login")
    visitor.sign_in()
    visitor.authorize(prompt="select_account")
    visitor.shot("select-account")
    visitor.page.click("#aw-continue")
    visitor.page.click("#aw-allow")
    assert "code" in at_the_app(visitor)


def test_sign_in_again(visitor):
    visitor.goto("/login")
    visitor.sign_in()
    visitor.authorize(prompt="login")
    expect(visitor.page.locator("h1")).to_have_text("Sign in again")
    visitor.shot("login-again")
    expect(visitor.page.locator("[name=login]")).to_have_value("alice")
    visitor.page.fill("[name=password]", PASSWORD)
    visitor.page.click("#aw-submit")
    expect(visitor.page.locator("#aw-allow")).to_be_visible()


def test_an_unregistered_redirect_uri(visitor):
    """A page, here, and never a redirect. oidcc-ensure-registered-redirect-uri."""
    response = visitor.authorize(redirect_uri="https://evil.example/callback")
    assert response.status == 400
    assert visitor.path == "/authorize"
    expect(visitor.page.locator("h1")).to_have_text("Something went wrong")
    expect(visitor.page.locator("#aw-error")).to_have_text("invalid_request")
    visitor.shot("error")


def test_sign_out(visitor):
    visitor.goto("/login")
    visitor.sign_in()
    visitor.page.click("#aw-sign-out")
    expect(visitor.page.locator("h1")).to_have_text("Sign out?")
    visitor.shot("logout")
    visitor.page.click("#aw-stay")
    assert visitor.path == "/account"
    visitor.page.click("#aw-sign-out")
    visitor.page.click("#aw-logout")
    expect(visitor.page.locator("h1")).to_have_text("You are signed out")
    visitor.shot("signed-out")
    visitor.goto("/account")
    assert visitor.path == "/login"


def test_logout_without_a_hint_stays_here(visitor):
    visitor.goto("/login")
    visitor.sign_in()
    visitor.goto("/logout", post_logout_redirect_uri=GOODBYE_URI, client_id="garden", state="s")
    visitor.page.click("#aw-logout")
    expect(visitor.page.locator("h1")).to_have_text("You are signed out")


def test_my_account(visitor):
    """An app is connected, shown, and disconnected; another session is ended."""
    visitor.authorize()
    visitor.sign_in()
    visitor.page.click("#aw-allow")
    visitor.goto("/account")
    visitor.page.click("summary")
    expect(visitor.page.locator("details")).to_contain_text("see the seeds in your store")
    visitor.shot("account")
    visitor.page.get_by_role("button", name="Disconnect Garden planner").click()
    expect(visitor.page.locator("#aw-done")).to_contain_text("disconnected")
    expect(visitor.page.locator("body")).to_contain_text("No app has access")


def test_change_password(visitor):
    visitor.goto("/login")
    visitor.sign_in()
    visitor.page.click("#aw-change-password")
    for field, value in (("password", PASSWORD), ("new_password", "short"), ("new_password_again", "short")):
        visitor.page.fill(f"[name={field}]", value)
    visitor.page.click("#aw-submit")
    expect(visitor.page.locator("[role=alert]")).to_contain_text("at least 12")
    visitor.shot("password-refused")
    new = "quarry lantern thimble orchard"
    for field, value in (("password", PASSWORD), ("new_password", new), ("new_password_again", new)):
        visitor.page.fill(f"[name={field}]", value)
    visitor.page.click("#aw-submit")
    expect(visitor.page.locator("#aw-done")).to_contain_text("Your password is changed")


def test_keyboard_only(visitor):
    """The whole way without a mouse: where the focus is can be seen, and Enter does the main thing."""
    page, press = visitor.page, visitor.page.keyboard.press
    visitor.authorize()
    expect(page.locator("[name=login]")).to_be_focused()
    page.keyboard.type("alice")
    press("Tab")
    page.keyboard.type(PASSWORD)
    press("Enter")
    expect(page.locator("h1")).to_have_text("Allow Garden planner?")
    press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    for _ in range(10):
        press("Tab")
        if page.locator("#aw-allow").evaluate("e => e === document.activeElement"):
            break
    expect(page.locator("#aw-allow")).to_be_focused()
    assert page.locator("#aw-allow").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    visitor.shot("consent-focus")
    press("Enter")
    assert "code" in at_the_app(visitor)


def test_a_request_by_post_from_the_app(visitor):
    """
    OpenID Connect Core §3.1.2.1 by POST, from another site: whoever is signed in is not asked again, and a
    login page in another window still works.
    """
    visitor.goto("/login")
    visitor.sign_in()
    window = visitor.page.context.new_page()
    window.goto(visitor.url("/authorize", **visitor.request(prompt="login")))
    visitor.post("/authorize", **visitor.request())
    expect(visitor.page.locator("h1")).to_have_text("Allow Garden planner?")
    visitor.page.click("#aw-allow")
    assert "code" in at_the_app(visitor)
    window.fill("[name=password]", PASSWORD)
    window.click("#aw-submit")
    expect(window.locator("h1")).to_have_text("The app")


def test_a_logout_by_post_from_the_app(visitor):
    """RP-Initiated Logout §2 by POST, from another site: the session is known, and the person is asked."""
    visitor.goto("/login")
    visitor.sign_in()
    visitor.post("/logout", client_id="garden")
    expect(visitor.page.locator("h1")).to_have_text("Sign out?")
    visitor.goto("/account")
    assert visitor.path == "/account"


def test_no_script_and_nothing_from_elsewhere(visitor):
    """The policy blocks nothing of ours, because nothing needs it; only the client's logo is fetched."""
    fetched, complaints = [], []
    visitor.page.on("request", lambda request: fetched.append(request.url))
    visitor.page.on("console", lambda message: complaints.append(message.text))
    visitor.authorize()
    visitor.sign_in()
    visitor.page.wait_for_load_state()
    elsewhere = {url for url in fetched if not url.startswith(visitor.place.issuer)}
    assert elsewhere == {visitor.place.redirect_uri.replace("/callback", "/logo.svg")}
    assert complaints == []
