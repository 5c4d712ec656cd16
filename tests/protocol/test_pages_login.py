"""/login. OpenID Connect Core §3.1.2.3."""

from dataclasses import replace

import pytest

from authwright.idp.writes import SaveAccount
from support.pages import PASSWORD, REDIRECT_URI, TRUSTED, run


def test_a_person_signs_in_for_an_app(browser, place):
    """The happy path: the login page of the app, then its consent page."""
    page = browser.authorize()
    assert page.path == "/login"
    assert "Sign in" in page.text
    assert "Garden planner" in page.text
    page = browser.sign_in(page=page)
    assert page.path == "/consent"
    assert "login.succeeded" in place.events()


def test_names_and_ids(browser):
    """What a script finds its way by."""
    html = browser.authorize().html
    for mark in ('name="login"', 'name="password"', 'id="aw-submit"', 'id="aw-cancel"'):
        assert mark in html
    assert 'autocomplete="username"' in html
    assert 'autocomplete="current-password"' in html


def test_registration_logo_uri_policy_uri_tos_uri(browser):
    """The login page shows logo, policy and terms of the client."""
    page = browser.authorize()
    assert 'src="https://cdn.example.com/logo.png"' in page.html
    assert 'href="https://app.example.com/privacy"' in page.html
    assert 'href="https://app.example.com/terms"' in page.html
    policy = page.headers["content-security-policy"]
    assert "img-src 'self' https://cdn.example.com;" in policy
    assert "form-action 'self' https://app.example.com;" in policy


def test_login_hint(browser):
    """The hint is filled in, and an unknown one is no error. OpenID Connect Core §3.1.2.1."""
    page = browser.authorize(login_hint='nobody"><script>@example.com')
    assert page.forms[0]["fields"]["login"] == 'nobody"><script>@example.com'
    assert "<script>" not in page.html
    assert len(browser.authorize(login_hint="x" * 2000).forms[0]["fields"]["login"]) == 254


def test_without_an_app(browser):
    """Signing in on one's own leads to one's account, and later straight there."""
    page = browser.sign_in()
    assert page.path == "/account"
    assert browser.get("/login").path == "/account"
    assert 'id="aw-cancel"' not in browser.place.browser().get("/login").html


def test_failures_are_alike(place):
    """Unknown, wrong and disabled: one text, one status."""
    disabled = place.add_account("carol")
    place.commit(SaveAccount(replace(disabled, disabled_at=place.clock.now())))
    pages = [
        place.browser().sign_in("alice", "not the password of alice"),
        place.browser().sign_in("nobody", "not the password of alice"),
        place.browser().sign_in("carol", PASSWORD),
    ]
    assert {page.status for page in pages} == {403}
    assert len({page.by_id("aw-problem") for page in pages}) == 1
    assert "not right" in pages[0].by_id("aw-problem")
    assert 'aria-describedby="aw-problem"' in pages[0].html
    assert all("retry-after" not in page.headers for page in pages)


def test_the_password_does_not_come_back(browser):
    """A wrong password is often a right one elsewhere."""
    page = browser.sign_in("alice", "hunter2hunter2")
    assert "hunter2" not in page.html
    assert page.forms[0]["fields"]["login"] == "alice"


@pytest.mark.parametrize("typed", [{"login": ""}, {"password": ""}])
def test_something_is_missing(browser, typed):
    page = browser.press(
        browser.get("/login"), "aw-submit", **{"login": "alice", "password": PASSWORD, **typed}
    )
    assert page.status == 422
    assert browser.cookie("session") is None


def test_throttled(browser, place):
    """A friendly text with the time to wait; also for the right password."""
    for _ in range(10):
        page = browser.sign_in("alice", "wrong wrong wrong")
    assert page.status == 403
    page = browser.sign_in("alice", PASSWORD)
    assert page.status == 429
    assert page.headers["retry-after"] == "900"
    assert "Try again in 15 minutes" in page.text
    place.clock.advance(900)
    assert browser.sign_in("alice", PASSWORD).path == "/account"


def test_cancel(browser):
    """No at the login page: the client learns access_denied."""
    browser.press(browser.authorize(), "aw-cancel")
    assert browser.left_for.startswith(REDIRECT_URI)
    answer = browser.answer()
    assert answer["error"] == "access_denied"
    assert answer["state"] == "af0ifjsldkj"
    assert "code" not in answer


def test_a_new_session_for_every_sign_in(browser):
    """The cookie changes and the old session is over: no fixation."""
    browser.sign_in()
    first = browser.cookie("session").value
    page = browser.press(
        browser.authorize("trusted", prompt="login"), "aw-submit", login="alice", password=PASSWORD
    )
    second = browser.cookie("session").value
    assert first != second
    assert page.status == 303
    old = browser.place.browser()
    old.client.cookies.set(browser.cookie("session").name, first)
    assert old.get("/account").path == "/login"


def test_a_planted_session_is_not_taken_over(browser, place):
    """Somebody plants their own session; whoever signs in over it gets another one."""
    browser.sign_in("bob")
    planted = browser.cookie("session").value
    page = browser.authorize("trusted", prompt="login")
    browser.press(page, "aw-submit", login="alice", password=PASSWORD)
    attacker = place.browser()
    attacker.client.cookies.set(browser.cookie("session").name, planted)
    assert attacker.get("/account").path == "/login"


def test_login_csrf(browser, place):
    """A login form of another browser is refused."""
    attackers = place.browser().get("/login").form("aw-submit")["fields"]
    browser.get("/login")
    page = browser.post("/login", {**attackers, "login": "alice", "password": PASSWORD})
    assert page.status == 400
    assert page.by_id("aw-error") == "invalid_request"
    assert browser.cookie("session") is None


def test_a_form_without_a_token(browser):
    page = browser.post("/login", {"login": "alice", "password": PASSWORD})
    assert page.status == 400
    assert browser.cookie("session") is None


def test_a_form_of_another_request(browser):
    """The form belongs to the authorization request that it was shown for."""
    one, other = browser.authorize(), browser.authorize()
    fields = {**one.form("aw-submit")["fields"], "interaction": other.forms[0]["fields"]["interaction"]}
    assert browser.post("/login", {**fields, "login": "alice", "password": PASSWORD}).status == 400


def test_a_link_to_the_login_page_is_useless_elsewhere(browser, place):
    """The request in progress belongs to the browser that began it."""
    address = browser.authorize().response.url
    page = place.browser().get(address.path + "?" + address.query.decode())
    assert page.status == 400
    assert "another browser" in page.text


def test_a_request_is_over_after_its_answer(browser):
    """Going back to the login page of a finished request: a page, no second code."""
    login = browser.authorize("trusted")
    browser.sign_in(page=login)
    assert "code" in browser.answer()
    page = browser.sign_in(page=login)
    assert page.status == 400
    assert browser.left_for is None


def test_a_request_takes_too_long(browser, place):
    page = browser.authorize()
    place.clock.advance(31 * 60)
    page = browser.sign_in(page=page)
    assert page.status == 400
    assert "took too long" in page.text


def test_a_request_by_post(browser, place):
    """
    OpenID Connect Core §3.1.2.1. From another site it comes without cookies and is asked again by GET; from
    a browser that shows its cookie it is answered. No parameter is lost, repeated ones neither.
    """
    fields = {
        "client_id": "trusted",
        "scope": "openid",
        "resource": ["https://a.example", "https://b.example"],
    }
    response = place.browser().client.post("/authorize", data=fields)
    assert response.status_code == 303
    assert response.headers["location"] == (
        "/authorize?client_id=trusted&scope=openid&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example"
    )
    browser.get("/login")
    assert browser.post("/authorize", {"client_id": "nobody"}).by_id("aw-error") == "invalid_request"
    assert len(browser.trail) == 1


def test_prompt_login(browser):
    """Asks again although the person is signed in, once; the page is recognisable: oidcc-prompt-login."""
    browser.sign_in()
    page = browser.authorize("trusted", prompt="login")
    assert page.path == "/login"
    assert "Sign in again" in page.text
    assert page.forms[0]["fields"]["login"] == "alice"
    browser.press(page, "aw-submit", password=PASSWORD)
    assert "code" in browser.answer()


def test_max_age_1(browser, place):
    """Two seconds later ``max_age=1`` wants a new login. oidcc-max-age-1."""
    browser.sign_in()
    place.clock.advance(2)
    assert "Sign in again" in browser.authorize("trusted", max_age=1).text


def test_sign_in_again_as_somebody_else(browser):
    """Whoever is asked again may be somebody else."""
    browser.sign_in()
    page = browser.authorize("trusted", prompt="login")
    href = page.html.partition('id="aw-other-account" href="')[2].partition('"')[0].replace("&amp;", "&")
    page = browser.get(href)
    assert "Sign in again" not in page.text
    assert page.forms[0]["fields"]["login"] == ""
    page = browser.press(page, "aw-submit", login="bob", password="wrong wrong wrong")
    assert "Sign in again" not in page.text
    browser.press(page, "aw-submit", login="bob", password=PASSWORD)
    assert "code" in browser.answer()
    assert "bob" in browser.get("/account").text


def test_the_hint_names_somebody_else(browser, place):
    """``id_token_hint`` of alice while bob is here: not "again", and bob's name is not filled in."""
    browser.sign_in("alice", page=browser.authorize("trusted"))
    id_token = browser.token(browser.answer()["code"], client=TRUSTED).json()["id_token"]
    browser.press(browser.get("/logout"), "aw-logout")
    browser.sign_in("bob")
    page = browser.authorize("trusted", id_token_hint=id_token)
    assert page.path == "/login"
    assert "Sign in again" not in page.text
    assert page.forms[0]["fields"]["login"] == ""


def test_a_session_ends_by_time(browser, place):
    browser.sign_in()
    place.clock.advance(12 * 3600)
    assert browser.get("/account").path == "/login"


def test_a_disabled_person_is_out(browser, place):
    """A session of somebody who left is worth nothing."""
    browser.sign_in()
    account = run(place.storage.account(place.subjects["alice"]))
    place.commit(SaveAccount(replace(account, disabled_at=place.clock.now())))
    assert browser.get("/account").path == "/login"


def test_the_password_is_in_no_log(browser, place):
    """Neither a right one, nor a wrong one, nor one that was typed as the username."""
    browser.sign_in("alice", "an unusual wrong password")
    browser.sign_in("an unusual wrong password", "x" * 20)
    browser.sign_in()
    assert "unusual" not in "".join(place.lines)
    assert PASSWORD not in "".join(place.lines)
