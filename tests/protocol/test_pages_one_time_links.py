"""/first/… and /recover/…: links that work once."""

from dataclasses import replace

import pytest

from authwright.idp.one_time_code import code_digest
from authwright.idp.records import OneTimeLink
from authwright.idp.writes import AddOneTimeLink, SaveAccount
from authwright.oauth.types import Timestamp
from support.pages import PASSWORD, run

CODE = "7Q4K-M2ZD"
NEW_PASSWORD = "quarry lantern thimble orchard"
TYPED = {"login": "root", "new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD}


def add_link(place, purpose="first_admin", subject=None):
    expires_at = Timestamp(place.clock.now() + 600)
    place.commit(AddOneTimeLink(OneTimeLink(code_digest(CODE), purpose, subject, expires_at)))


@pytest.fixture
def first(place, browser):
    """The page that the link shows."""
    add_link(place)
    return browser.get(f"/first/{CODE}")


@pytest.fixture
def recover(place, browser):
    add_link(place, "recovery", place.subjects["alice"])
    return browser.get(f"/recover/{CODE}")


def link(place):
    return run(place.storage.one_time_link(code_digest(CODE)))


def account(place, username):
    return run(place.storage.account_by_username(username))


def is_over(page):
    return page.status == 404 and "This link does not work" in page.text


def test_the_first_administrator(place, browser, first):
    """Username and password, role admin, and signed in at once."""
    page = browser.press(first, "aw-submit", **TYPED)
    assert page.path == "/account"
    assert "first administrator" in page.by_id("aw-done")
    assert account(place, "root").roles == ("admin",)
    assert link(place).used_at is not None
    assert "account.saved" in place.events()[:1]
    assert place.browser().sign_in("root", NEW_PASSWORD).path == "/account"


def test_looking_uses_nothing_up(place, browser, first):
    """Mail scanners and chat previews follow links: a GET, however often, leaves the link good."""
    for _ in range(3):
        assert browser.get(f"/first/{CODE}").status == 200
    assert link(place).used_at is None


@pytest.mark.parametrize("spelling", ["7q4k-m2zd", "7Q4KM2ZD", "7q4km2zd"])
def test_however_it_is_typed(place, browser, spelling):
    add_link(place)
    page = browser.get(f"/first/{spelling}")
    assert browser.press(page, "aw-submit", **TYPED).path == "/account"


def test_it_works_once(place, browser, first):
    browser.press(first, "aw-submit", **TYPED)
    other = place.browser(address="198.51.100.7")
    assert is_over(other.get(f"/first/{CODE}"))
    assert is_over(browser.press(first, "aw-submit", **{**TYPED, "login": "second"}))
    assert account(place, "second") is None


def test_it_is_used_by_one_of_two(place, browser, first):
    """Two people have the page open; the one who is second makes no account."""
    other = place.browser(address="198.51.100.7")
    theirs = other.get(f"/first/{CODE}")
    assert browser.press(first, "aw-submit", **TYPED).path == "/account"
    assert is_over(other.press(theirs, "aw-submit", **{**TYPED, "login": "second"}))
    assert account(place, "second") is None


def test_it_ends(place, browser, first):
    place.clock.advance(600)
    assert is_over(browser.get(f"/first/{CODE}"))
    assert is_over(browser.press(first, "aw-submit", **TYPED))
    assert account(place, "root") is None


@pytest.mark.parametrize("path", ["/first/0000-0000", f"/recover/{CODE}", "/first/%00", "/recover/x"])
def test_wrong_links(place, browser, path):
    """Unknown, and of another purpose: the same page."""
    add_link(place)
    assert is_over(browser.get(path))


def test_a_link_for_somebody_is_not_one_for_the_first(place, browser):
    add_link(place, "recovery", place.subjects["alice"])
    assert is_over(browser.get(f"/first/{CODE}"))


def test_forged(place, browser, first):
    assert browser.post(f"/first/{CODE}", TYPED).status == 400
    foreign = place.browser(address="198.51.100.7").get(f"/first/{CODE}")
    assert browser.post(f"/first/{CODE}", {**foreign.form("aw-submit")["fields"], **TYPED}).status == 400
    assert account(place, "root") is None


@pytest.mark.parametrize(
    ("typed", "taught"),
    [
        ({"login": ""}, "at least one character"),
        ({"login": "two words"}, "no spaces"),
        ({"login": "ALICE"}, "with this username already"),
        ({"new_password": "short", "new_password_again": "short"}, "at least 12"),
        ({"new_password_again": "another one entirely"}, "not the same"),
        ({"new_password": ""}, "every field"),
    ],
)
def test_what_will_not_do(place, browser, first, typed, taught):
    """The problem is taught, the username kept, the password not, and the link still good."""
    page = browser.press(first, "aw-submit", **{**TYPED, **typed})
    assert page.status == 422
    assert taught in page.by_id("aw-problem")
    assert NEW_PASSWORD not in page.html
    assert page.form("aw-submit")["fields"]["login"] == typed.get("login", "root")
    assert link(place).used_at is None
    assert browser.press(page, "aw-submit", **TYPED).path == "/account"


def test_guessing_is_counted(place, browser):
    """Per network: forty bits that live ten minutes and are tried thirty times are not found."""
    add_link(place)
    for number in range(30):
        assert is_over(browser.get(f"/first/0000-{number:04}"))
    page = browser.get(f"/first/{CODE}")
    assert page.status == 429
    assert page.headers["retry-after"] == "900"
    assert "Try again in 15 minutes" in page.text
    assert place.browser(address="198.51.100.7").get(f"/first/{CODE}").status == 200


def test_the_code_is_in_no_log(place, browser, first):
    browser.press(first, "aw-submit", **{**TYPED, "form_token": "x"})
    browser.client.post(f"/first/{CODE}", content=b"%", headers={"content-type": "text/plain"})
    assert place.lines
    assert CODE not in "".join(place.lines)


def test_recovery(place, browser, recover):
    """A new password, everybody out, and the person shows at once that they know it."""
    alice = place.browser()
    alice.sign_in()
    assert "alice" in recover.text
    page = browser.press(recover, "aw-submit", new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
    assert page.path == "/login"
    assert "Sign in with it" in page.text
    assert alice.get("/account").path == "/login"
    assert browser.sign_in("alice", NEW_PASSWORD, page=page).path == "/account"
    assert place.browser().sign_in("alice", PASSWORD).status == 403
    assert "admin.recovered" in place.events()
    assert is_over(browser.get(f"/recover/{CODE}"))


@pytest.mark.parametrize(
    ("typed", "taught"),
    [
        ({"new_password": "short", "new_password_again": "short"}, "at least 12"),
        ({"new_password": NEW_PASSWORD, "new_password_again": "other"}, "not the same"),
    ],
)
def test_recovery_teaches(place, browser, recover, typed, taught):
    page = browser.press(recover, "aw-submit", **typed)
    assert page.status == 422
    assert taught in page.by_id("aw-problem")
    assert link(place).used_at is None


def test_recovery_of_two(place, browser, recover):
    theirs = place.browser(address="198.51.100.7")
    page = theirs.get(f"/recover/{CODE}")
    typed = {"new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD}
    browser.press(recover, "aw-submit", **typed)
    assert is_over(theirs.press(page, "aw-submit", **typed))


def test_recovery_of_nobody(place, browser):
    """A disabled account is not recovered by a link from before, and neither is none."""
    add_link(place, "recovery", place.subjects["alice"])
    alice = account(place, "alice")
    place.commit(SaveAccount(replace(alice, disabled_at=place.clock.now())))
    assert is_over(browser.get(f"/recover/{CODE}"))
    add_link(place, "recovery", None)
    assert is_over(browser.get(f"/recover/{CODE}"))
