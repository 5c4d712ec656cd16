"""authwright.idp.accounts.accounts: people, and whether they are who they say."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from argon2 import PasswordHasher

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.records import Session
from authwright.authorization_server.writes import AddSession
from authwright.idp.accounts.accounts import (
    LoginAttempt,
    LoginFailed,
    LoginSucceeded,
    LoginThrottled,
    StoredAccounts,
    UsernameTaken,
)
from authwright.idp.accounts.known_browsers import KnownBrowsers
from authwright.idp.accounts.password import Argon2Parameters, PasswordHashes
from authwright.idp.accounts.password_rules import PasswordRefused
from authwright.idp.accounts.username import InvalidUsername
from authwright.idp.records import Account, Group
from authwright.idp.storage.sqlite import SqliteStorage
from authwright.idp.writes import AddAccount, SaveAccount, SaveGroup
from authwright.oauth.types import Secret, SessionId, Subject, Timestamp, digest
from authwright.testing.clock import FrozenClock
from authwright.testing.entropy import CountingEntropy
from authwright.testing.memory_storage import MemoryStorage

RIGHT = "correct horse battery"
WRONG = "wrong horse battery"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.1"
CHEAP = Argon2Parameters(memory_kib=8, passes=1)


@dataclass
class World:
    storage: object
    accounts: StoredAccounts
    clock: FrozenClock
    hashes: PasswordHashes

    async def add(self, username="alice", password=RIGHT, **more):
        return await self.accounts.add(username, password=Secret(password), now=self.clock.now(), **more)

    async def try_(self, password, username="alice", *, network=HOME, cookie=""):
        attempt = LoginAttempt(username, Secret(password), network, cookie)
        return await self.accounts.authenticate(attempt, self.clock.now())

    async def sign_in(self, **more):
        result = await self.try_(RIGHT, **more)
        assert isinstance(result, LoginSucceeded)
        await self.storage.commit(result.writes)
        return result

    async def kinds(self):
        return Counter(event.kind for event in await self.storage.events(limit=1000))


@pytest.fixture(params=["memory", "sqlite"])
def world(request, tmp_path):
    hashes = PasswordHashes(parameters=CHEAP, waiting=100)
    storage = MemoryStorage() if request.param == "memory" else SqliteStorage.open(tmp_path / "test.db")
    accounts = StoredAccounts(
        storage,
        hashes=hashes,
        known_browsers=KnownBrowsers(bytes(range(32)), CountingEntropy("browsers")),
        entropy=CountingEntropy(),
        issuer="https://id.acme.example",
    )
    yield World(storage, accounts, FrozenClock(), hashes)
    asyncio.run(storage.close())
    hashes.close()


async def test_sign_in(world):
    """The right password signs in, in every spelling of the username; its writes record the success."""
    alice = await world.add("Alice")
    result = await world.try_(RIGHT, "  aLICE ")
    assert isinstance(result, LoginSucceeded)
    assert result.account == alice
    assert EventKind.LOGIN_SUCCEEDED not in await world.kinds()
    await world.storage.commit(result.writes)
    assert (await world.kinds())[EventKind.LOGIN_SUCCEEDED] == 1


async def test_unknown_wrong_disabled_and_passwordless_are_one_answer(world, monkeypatch):
    """Same result, and one verification of the same cost each."""
    await world.add("alice")
    bob = await world.add("bob")
    await world.accounts.disable(bob, now=world.clock.now())
    await world.accounts.add("carol", now=world.clock.now())
    costs = []
    original = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, *a: costs.append(a[0].split("$")[1:4]) or original(self, *a)
    )
    answers = [
        await world.try_(WRONG, "alice"),
        await world.try_(RIGHT, "nobody"),
        await world.try_(RIGHT, "bob"),
        await world.try_(RIGHT, "carol"),
        await world.try_(RIGHT, "no such\nname"),
    ]
    assert answers == [LoginFailed()] * 5
    assert costs == [["argon2id", "v=19", "m=8,t=1,p=1"]] * 5
    events = [event for event in await world.storage.events() if event.kind is EventKind.LOGIN_FAILED]
    assert [event.detail for event in reversed(events)] == [
        "the password is wrong",
        "no account has this username",
        "the account is disabled",
        "the account has no password",
        "no account has this username",
    ]
    assert {event.network for event in events} == {HOME}


async def test_nothing_that_was_typed_is_recorded(world):
    """A password in the username field reaches neither the audit log nor the counts."""
    await world.try_(WRONG, "hunter2-hunter2")
    assert "hunter2" not in repr(await world.storage.events())


async def test_the_eleventh_guess_is_not_looked_at(world):
    """Ten attempts on an account from one network in 15 minutes; then even the right password waits."""
    await world.add()
    for _ in range(10):
        assert isinstance(await world.try_(WRONG), LoginFailed)
    assert await world.try_(RIGHT) == LoginThrottled(900)
    world.clock.advance(899)
    assert isinstance(await world.try_(RIGHT), LoginThrottled)
    world.clock.advance(1)
    assert isinstance(await world.try_(RIGHT), LoginSucceeded)


async def test_parallel_guesses_do_not_pass_the_limit(world, monkeypatch):
    """Of 50 guesses at once no more than ten are looked at. CVE-2024-4629."""
    await world.add()
    looked_at = []
    original = PasswordHashes.verify

    async def verify(self, *a):
        looked_at.append(a)
        return await original(self, *a)

    monkeypatch.setattr(PasswordHashes, "verify", verify)
    answers = await asyncio.gather(*(world.try_(f"wrong horse {number:02}") for number in range(50)))
    assert Counter(map(type, answers)) == {LoginFailed: 10, LoginThrottled: 40}
    assert len(looked_at) == 10


async def test_unknown_accounts_are_throttled_the_same(world):
    """That there is no account does not show in the throttle either."""
    answers = [await world.try_(WRONG, "nobody") for _ in range(12)]
    assert answers == [LoginFailed()] * 10 + [LoginThrottled(900)] * 2


async def test_the_owner_signs_in_while_somebody_guesses(world):
    """Guesses from another network do not keep the owner out, not even from a browser that is new."""
    await world.add()
    for _ in range(12):
        await world.try_(WRONG, network=ELSEWHERE)
    assert isinstance(await world.try_(RIGHT), LoginSucceeded)


async def test_a_known_browser_signs_in_during_an_attack_from_everywhere(world):
    """When a botnet has used up the account's attempts, the owner's browser has its own."""
    await world.add()
    cookie = (await world.sign_in()).known_browser_cookie
    for number in range(60):
        await world.try_(WRONG, network=f"198.51.100.{number}")
    assert await world.try_(RIGHT) == LoginThrottled(3600)
    assert isinstance(await world.try_(RIGHT, cookie=cookie), LoginSucceeded)
    world.clock.advance(3600)
    assert isinstance(await world.try_(RIGHT), LoginSucceeded)


async def test_a_known_browser_is_no_way_around_the_limit(world):
    """A stolen cookie gives ten guesses, as any browser has; the cookie of another account gives nothing."""
    await world.add()
    await world.add("mallory")
    cookie = (await world.sign_in()).known_browser_cookie
    answers = [await world.try_(WRONG, cookie=cookie) for _ in range(12)]
    assert answers == [LoginFailed()] * 10 + [LoginThrottled(900)] * 2
    of_mallory = (await world.sign_in(username="mallory", network=ELSEWHERE)).known_browser_cookie
    answers = [await world.try_(WRONG, cookie=of_mallory, network=ELSEWHERE) for _ in range(12)]
    assert answers == [LoginFailed()] * 10 + [LoginThrottled(900)] * 2


async def test_one_password_tried_on_many_accounts(world):
    """A network has 300 attempts in 15 minutes, and a success of its own does not reset them."""
    await world.add("mallory")
    for number in range(299):
        assert isinstance(await world.try_(WRONG, f"person-{number}"), LoginFailed)
    await world.sign_in(username="mallory")
    assert await world.try_(WRONG, "person-300") == LoginThrottled(900)
    assert isinstance(await world.try_(WRONG, "person-300", network=ELSEWHERE), LoginFailed)


async def test_a_success_clears_the_counts_of_the_account(world):
    """Who mistypes nine times and then remembers has ten attempts again."""
    await world.add()
    for _ in range(5):
        for _ in range(9):
            await world.try_(WRONG)
        await world.sign_in()


async def test_a_throttled_attempt_ends_no_session(world):
    """A session that is alive stays alive whatever happens at the login page."""
    alice = await world.add()
    session = Session(
        SessionId("s1"), digest("cookie"), alice.subject, world.clock.now(), Timestamp(2_000_000_000), "", ()
    )
    await world.storage.commit([AddSession(session)])
    for _ in range(20):
        await world.try_(WRONG)
    assert (await world.storage.session(digest("cookie"))).ended_at is None


async def test_throttling_is_recorded_once_for_each_window(world):
    """Whoever goes on guessing does not fill the audit log."""
    await world.add()
    for _ in range(30):
        await world.try_(WRONG)
    assert (await world.kinds())[EventKind.LOGIN_THROTTLED] == 1
    world.clock.advance(900)
    for _ in range(30):
        await world.try_(WRONG)
    assert (await world.kinds())[EventKind.LOGIN_THROTTLED] == 2


async def test_an_outdated_hash_is_replaced_at_sign_in(world):
    """When the parameters were raised, the next success stores a new hash; a failure does not."""
    old = PasswordHashes(parameters=Argon2Parameters(memory_kib=16, passes=1))
    alice = await world.add()
    await world.storage.commit([SaveAccount(replace(alice, password_hash=await old.make(Secret(RIGHT))))])
    old.close()
    await world.try_(WRONG)
    assert "m=16" in (await world.storage.account(alice.subject)).password_hash
    await world.sign_in()
    assert "m=8," in (await world.storage.account(alice.subject)).password_hash
    await world.sign_in()


async def test_person(world):
    """Roles are the person's own and those of the groups, once each and in order."""
    await world.storage.commit(
        [SaveGroup(Group("editors", ("write", "read"))), SaveGroup(Group("others", ("root",)))]
    )
    claims = {"email": "alice@example.org"}
    alice = await world.add("Alice", roles=("admin", "read"), groups=("readers", "editors"), claims=claims)
    person = await world.accounts.person(alice.subject)
    assert person.roles == ("admin", "read", "write")
    assert person.groups == ("editors", "readers")
    assert person.active
    assert person.claims == {
        "email": "alice@example.org",
        "preferred_username": "Alice",
        "updated_at": world.clock.now(),
    }
    assert await world.accounts.person(Subject("nobody")) is None


async def test_person_without_a_date(world):
    """updated_at is left out where it is not known. OIDC Core §5.1."""
    account = Account(Subject("imported"), "imported", "imported")
    await world.storage.commit([AddAccount(account)])
    assert (await world.accounts.person(account.subject)).claims == {"preferred_username": "imported"}


async def test_a_disabled_person_is_known_and_inactive(world):
    """The port tells of disabled people too. Disabling ends sessions and is recorded."""
    alice = await world.add()
    session = Session(
        SessionId("s1"), digest("cookie"), alice.subject, world.clock.now(), Timestamp(2_000_000_000), "", ()
    )
    await world.storage.commit([AddSession(session)])
    await world.accounts.disable(alice, now=world.clock.now())
    assert not (await world.accounts.person(alice.subject)).active
    assert (await world.storage.session(digest("cookie"))).ended_at is not None
    assert (await world.kinds())[EventKind.ACCOUNT_DISABLED] == 1


async def test_a_username_is_taken_in_every_spelling(world):
    """A look-alike cannot be registered next to an account."""
    await world.add("kate")
    for spelling in ("KATE", "\u212aate", "ｋate"):  # noqa: RUF001 - a full-width k
        with pytest.raises(UsernameTaken):
            await world.add(spelling)
    with pytest.raises(InvalidUsername):
        await world.add("k\u0430te")


@pytest.mark.parametrize(
    "password", ["short", "my-alice-password-1x", "xk29-wonder.land-xk29", "acme-gV7-xk29!mPqz"]
)
async def test_a_bad_password_makes_no_account(world, password):
    """Length, and the words of the account: username, e-mail address, issuer."""
    with pytest.raises(PasswordRefused):
        await world.add("alice", password=password, claims={"email": "wonder.land@example.org"})
    assert await world.storage.accounts() == ()


async def test_a_new_password_ends_the_other_sessions(world):
    """Who had the old password is out; the session in which it was changed stays."""
    alice = await world.add()
    for name in ("mine", "theirs"):
        session = Session(
            SessionId(name), digest(name), alice.subject, world.clock.now(), Timestamp(2_000_000_000), "", ()
        )
        await world.storage.commit([AddSession(session)])
    new = Secret("another unrelated pass phrase")
    await world.accounts.change_password(alice, new, now=world.clock.now(), keep=SessionId("mine"))
    assert (await world.storage.session(digest("mine"))).ended_at is None
    assert (await world.storage.session(digest("theirs"))).ended_at is not None
    assert isinstance(await world.try_(RIGHT), LoginFailed)
    assert isinstance(await world.try_(new.reveal()), LoginSucceeded)
    assert (await world.kinds())[EventKind.PASSWORD_CHANGED] == 1
    with pytest.raises(PasswordRefused):
        await world.accounts.change_password(alice, Secret("short"), now=world.clock.now())
