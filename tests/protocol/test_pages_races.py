"""What happens between the look and the commit: pages that lose a race."""

import asyncio
from dataclasses import replace

import httpx2
import pytest

from authwright.authorization_server.writes import (
    AddSession,
    CompleteStep,
    DisconnectClient,
    EndInteraction,
    EndSessionsOf,
    RenewSession,
)
from authwright.idp.one_time_code import code_digest
from authwright.idp.records import OneTimeLink
from authwright.idp.writes import (
    AddOneTimeLink,
    ClearAttempts,
    DeleteAccount,
    SaveAccount,
    SetPassword,
    UseOneTimeLink,
)
from authwright.oauth.types import ClientId, Secret, Timestamp
from support.pages import PASSWORD, TRUSTED, run

CODE = "7Q4K-M2ZD"
NEW_PASSWORD = "quarry lantern thimble orchard"
TYPED = {"new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD}


class SomebodyWasFaster:
    """The storage of *place*, in which *first* is committed just before whatever holds a write of *kind*."""

    def __init__(self, place, kind, *first):
        self._storage, self._kind, self._first = place.storage, kind, first
        object.__setattr__(place.idp, "storage", self)
        object.__setattr__(place.idp.server, "storage", self)

    def __getattr__(self, name):
        return getattr(self._storage, name)

    async def commit(self, writes):
        if any(isinstance(write, self._kind) for write in writes):
            first, self._first = self._first, ()
            await self._storage.commit(first)
        await self._storage.commit(writes)


def over(place, page):
    """The end of the request that *page* is about."""
    interaction = Secret(page.forms[0]["fields"]["interaction"])
    return EndInteraction(interaction.digest(), place.clock.now())


def add_link(place, purpose, subject=None):
    expires_at = Timestamp(place.clock.now() + 600)
    place.commit(AddOneTimeLink(OneTimeLink(code_digest(CODE), purpose, subject, expires_at)))
    return UseOneTimeLink(code_digest(CODE), place.clock.now())


def test_the_request_ends_during_the_login(browser, place):
    """Nobody is signed in by a request that was answered meanwhile, and no code is issued."""
    page = browser.authorize("trusted")
    SomebodyWasFaster(place, CompleteStep, over(place, page))
    page = browser.sign_in(page=page)
    assert page.status == 400
    assert browser.left_for is None
    assert browser.cookie("session") is None
    assert run(place.storage.sessions_of(place.subjects["alice"])) == ()


def test_the_request_ends_during_the_consent(browser, place):
    """A yes to a request that was answered meanwhile is not remembered."""
    page = browser.sign_in(page=browser.authorize())
    SomebodyWasFaster(place, CompleteStep, over(place, page))
    page = browser.press(page, "aw-allow")
    assert page.status == 400
    assert browser.left_for is None
    assert run(place.storage.consent(place.subjects["alice"], ClientId("app"))) is None


def test_the_link_is_used_during_the_post(browser, place):
    """Of two who use the link at once, one makes an account."""
    used = add_link(place, "first_admin")
    page = browser.get(f"/first/{CODE}")
    SomebodyWasFaster(place, UseOneTimeLink, used)
    page = browser.press(page, "aw-submit", login="root", **TYPED)
    assert page.status == 404
    assert run(place.storage.account_by_username("root")) is None
    assert browser.cookie("session") is None


@pytest.mark.parametrize("what", ["link", "account"])
def test_recovery_loses(browser, place, what):
    """The link was used, or the account deleted, while the new password was being hashed."""
    used = add_link(place, "recovery", place.subjects["alice"])
    page = browser.get(f"/recover/{CODE}")
    gone = DeleteAccount(place.subjects["alice"])
    SomebodyWasFaster(place, UseOneTimeLink, used if what == "link" else gone)
    assert browser.press(page, "aw-submit", **TYPED).status == 404
    assert place.browser().sign_in("alice", NEW_PASSWORD).status == 403


def recovered(place):
    """What a recovery commits: a new password, and the end of every session."""
    alice, now = place.subjects["alice"], place.clock.now()
    account = run(place.storage.account(alice))
    password_hash = run(place.idp.accounts.new_hash(account, Secret(NEW_PASSWORD)))
    return SetPassword(alice, password_hash, now), EndSessionsOf(alice, now)


def disabled(place):
    alice, now = place.subjects["alice"], place.clock.now()
    account = run(place.storage.account(alice))
    return SaveAccount(replace(account, disabled_at=now)), EndSessionsOf(alice, now)


@pytest.mark.parametrize("kind", [AddSession, RenewSession])
@pytest.mark.parametrize("meanwhile", [recovered, disabled])
def test_the_old_password_begins_no_session(browser, place, kind, meanwhile):
    """
    NIST SP 800-63B-4 §3.1.1.2. The account got a new password, or was disabled, while the
    old one was being hashed: what ended its sessions would miss the one that begins. The answer is the one
    to a wrong password.
    """
    page = browser.authorize("trusted")
    if kind is RenewSession:
        browser.sign_in(page=page)
        page = browser.authorize("trusted", prompt="login")
        browser.left_for = None
    cookie = browser.cookie("session")
    SomebodyWasFaster(place, kind, *meanwhile(place))
    page = browser.sign_in(page=page)
    assert page.status == 403
    assert browser.left_for is None
    assert browser.cookie("session") == cookie
    assert run(place.storage.sessions_of(place.subjects["alice"])) == ()


def test_who_holds_the_old_password_does_not_change_the_new_one(browser, place):
    """
    NIST SP 800-63B-4 §3.1.1.2. The owner recovered the account while somebody in it
    was changing the password: the owner's stands.
    """
    browser.sign_in()
    page = browser.get("/account/password")
    SomebodyWasFaster(place, ClearAttempts, *recovered(place))
    strangers = "pewter violin cabbage monsoon"
    typed = {"new_password": strangers, "new_password_again": strangers}
    assert browser.press(page, "aw-submit", password=PASSWORD, **typed).path == "/login"
    assert place.browser().sign_in("alice", strangers).status == 403
    assert place.browser().sign_in("alice", NEW_PASSWORD).path == "/account"


def test_the_account_is_deleted(browser, place):
    """A person whose account is gone is signed out, everywhere."""
    browser.sign_in()
    place.commit(DeleteAccount(place.subjects["alice"]))
    assert browser.get("/account/password").path == "/login"


def test_disconnecting_during_the_next_authorization(browser, place):
    """The app is disconnected while its own page is answered: the next request asks again."""
    browser.press(browser.sign_in(page=browser.authorize()), "aw-allow")
    place.commit(DisconnectClient(place.subjects["alice"], ClientId("app"), place.clock.now()))
    code = browser.answer()["code"]
    assert browser.token(code).json()["error"] == "invalid_grant"
    assert browser.authorize().path == "/consent"


async def test_ten_logins_at_once(place):
    """Ten posts of one login form: one code, and the other nine get a page."""
    browser = place.browser()
    page = browser.authorize(TRUSTED.client_id)
    fields = {**page.form("aw-submit")["fields"], "login": "alice", "password": PASSWORD}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(place.app), base_url=place.issuer, cookies=browser.client.cookies
    ) as client:
        answers = await asyncio.gather(*(client.post("/login", data=fields) for _ in range(10)))
    locations = [answer.headers.get("location", "") for answer in answers]
    assert sum("code=" in location for location in locations) == 1
    assert all(answer.status_code in {303, 400} for answer in answers)
