"""
Guards where writers overlap: PostgreSQL, whose transactions wait for each other.

One transaction is held open after its statements, by a connection of the test's own. A node commits the other
write, until it waits for a lock or has ended. Then the first commits, or is rolled back. So every order that
two transactions can be in is tried, and none is left to chance (docs/adr/0023).
"""

import asyncio
from contextlib import contextmanager

import psycopg
import pytest

from authwright.authorization_server import writes
from authwright.authorization_server.storage import Conflict
from authwright.idp import writes as idp_writes
from authwright.idp.storage import prune
from authwright.idp.storage.open import open_storage
from authwright.idp.storage.plan import plan
from authwright.idp.storage.postgresql.translation import translate
from authwright.oauth.types import Digest, GrantId, SessionId, Subject
from support import storage_examples as examples
from support.storage_examples import ALICE, APP, GRANTED, NOW, SIGNED_IN, later
from support.storage_races import ENDS_OF_A_GRANT, OVERTAKEN, RACES, WRITES_THAT_NEED_A_GRANT

WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def storage(postgresql_database):
    storage = open_storage(postgresql_database)
    yield storage
    asyncio.run(storage.close())


class Window:
    """A transaction that has done its work and does not end by itself."""

    def __init__(self, url: str, batch) -> None:
        self._look = psycopg.connect(url, autocommit=True)
        self._held = psycopg.connect(url)
        cursor = psycopg.RawCursor(self._held)
        for write in batch:
            for sql, parameters, _guarded in plan(write):
                self.execute(cursor, sql, parameters)

    @staticmethod
    def execute(cursor, sql, parameters) -> None:
        statement = translate(sql)
        cursor.execute(statement.sql, [parameters[name] for name in statement.names])

    async def pass_by(self, commit) -> str:
        """Begin *commit*, see whether it can end, let the window close, and tell what became of it."""
        task = asyncio.create_task(outcome(commit))
        while not task.done() and self._look.execute(WAITING).fetchone() == (0,):
            await asyncio.sleep(0.001)
        return task

    def commit(self) -> None:
        self._held.commit()

    def rollback(self) -> None:
        self._held.rollback()

    def close(self) -> None:
        self._held.close()
        self._look.close()


async def outcome(commit) -> str:
    try:
        await commit
    except Conflict as conflict:
        return type(conflict.write).__name__
    return "committed"


@contextmanager
def held_open(url, *batch):
    window = Window(url, batch)
    try:
        yield window
    finally:
        window.close()


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
async def test_who_comes_second_waits_and_loses(race, storage, postgresql_database):
    """Of concurrent commits whose guards exclude each other, exactly one returns: also when they overlap."""
    await storage.commit(race.before)
    with held_open(postgresql_database, race.contender(0)) as window:
        second = await window.pass_by(storage.commit((race.contender(1),)))
        window.commit()
        assert (await second == "committed") == (race.winners > 1)


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
async def test_who_comes_second_wins_when_the_first_gives_up(race, storage, postgresql_database):
    """A transaction that was rolled back excludes nobody."""
    await storage.commit(race.before)
    with held_open(postgresql_database, race.contender(0)) as window:
        second = await window.pass_by(storage.commit((race.contender(1),)))
        window.rollback()
        assert await second == "committed"


OVERTAKING = [case for case in OVERTAKEN if case.meanwhile]


@pytest.mark.parametrize("case", OVERTAKING, ids=lambda case: case.name)
async def test_what_is_being_overtaken_waits_and_is_a_conflict(case, storage, postgresql_database):
    """A guard that looks at another table holds when it commits, and not only when it looked."""
    await storage.commit(case.before)
    with held_open(postgresql_database, *case.meanwhile) as window:
        overtaken = await window.pass_by(storage.commit((writes.RecordEvent(examples.event()), case.write)))
        window.commit()
        assert await overtaken == type(case.write).__name__
    assert await storage.events() == ()


@pytest.mark.parametrize("case", OVERTAKING, ids=lambda case: case.name)
async def test_what_is_not_overtaken_after_all_is_applied(case, storage, postgresql_database):
    """What the conflict above comes from is that the other commits."""
    await storage.commit(case.before)
    with held_open(postgresql_database, *case.meanwhile) as window:
        spared = await window.pass_by(storage.commit((case.write,)))
        window.rollback()
        assert await spared == "committed"


@pytest.mark.parametrize("end", ENDS_OF_A_GRANT)
@pytest.mark.parametrize("what", WRITES_THAT_NEED_A_GRANT)
async def test_the_end_of_a_grant_waits_for_what_is_being_added(what, end, storage, postgresql_database):
    """What came first is there, and ended with its grant."""
    before, write = WRITES_THAT_NEED_A_GRANT[what]
    await storage.commit(before)
    with held_open(postgresql_database, write) as window:
        ending = await window.pass_by(storage.commit((ENDS_OF_A_GRANT[end],)))
        window.commit()
        assert await ending == "committed"
    grant = await storage.grant(GrantId("grant"))
    assert grant is None or grant.revoked_at is not None
    token = await storage.opaque_access_token(Digest("access"))
    assert token is None or token.grant.revoked_at is not None


GRANTS = {"": examples.grant(), "offline ": examples.grant(offline=True)}
ENDS_OF_A_PERSONS_ACCESS = {
    "the person's grants are revoked": (writes.RevokeGrantsOf(ALICE, NOW),),
    "the client is disconnected": (writes.DisconnectClient(ALICE, APP, NOW),),
    "the person is disabled": (writes.RevokeGrantsOf(ALICE, NOW), writes.EndSessionsOf(ALICE, NOW)),
    "the person is deleted": (idp_writes.DeleteAccount(ALICE),),
}


@pytest.mark.parametrize("end", ENDS_OF_A_PERSONS_ACCESS)
@pytest.mark.parametrize("kind", GRANTS)
async def test_a_grant_that_is_being_added_does_not_escape(kind, end, storage, postgresql_database):
    """A grant and its consent that were first are ended with the rest."""
    await storage.commit(SIGNED_IN)
    added = (writes.SaveConsent(examples.consent()), writes.AddGrant(GRANTS[kind]))
    with held_open(postgresql_database, *added) as window:
        ending = await window.pass_by(storage.commit(ENDS_OF_A_PERSONS_ACCESS[end]))
        window.commit()
        assert await ending == "committed"
    assert await storage.grants_of(ALICE) == ()
    kept_consent = "grants are revoked" in end or "disabled" in end
    assert (await storage.consent(ALICE, APP) is not None) == kept_consent


@pytest.mark.parametrize("kind", GRANTS)
async def test_the_end_of_a_session_waits_for_a_grant_that_is_being_added(kind, storage, postgresql_database):
    """And then revokes it, unless it is offline: RevokeGrant's own business."""
    await storage.commit(SIGNED_IN)
    with held_open(postgresql_database, writes.AddGrant(GRANTS[kind])) as window:
        ending = await window.pass_by(storage.commit((writes.EndSession(SessionId("session"), NOW),)))
        window.commit()
        assert await ending == "committed"
    grant = await storage.grant(GrantId("grant"))
    assert grant is not None
    assert (grant.revoked_at is None) == (kind == "offline ")


@pytest.mark.parametrize("subject", [ALICE, None])
async def test_of_two_links_that_are_made_at_once_one_is_left(subject, storage, postgresql_database):
    """AddOneTimeLink replaces every unused link of its purpose and subject: no two first administrators."""
    links = [examples.one_time_link(name, purpose="first_admin", subject=subject) for name in ("one", "two")]
    with held_open(postgresql_database, idp_writes.AddOneTimeLink(links[0])) as window:
        second = await window.pass_by(storage.commit((idp_writes.AddOneTimeLink(links[1]),)))
        window.commit()
        assert await second == "committed"
    assert await storage.one_time_link(Digest("one")) is None
    assert await storage.one_time_link(Digest("two")) == links[1]


RENEWED = {
    "a session": (
        SIGNED_IN,
        writes.RenewSession(examples.session(expires_at=later(10**7)), Digest("session-secret")),
        lambda storage: storage.session_by_id(SessionId("session")),
    ),
    "a window of attempts": (
        (idp_writes.CountAttempt("bob", NOW, 60, 1),),
        idp_writes.CountAttempt("bob", later(10**6), 60, 1),
        lambda storage: outcome(storage.commit((idp_writes.CountAttempt("bob", later(10**6), 60, 1),))),
    ),
}


@pytest.mark.parametrize("what", RENEWED)
async def test_what_is_being_renewed_is_not_pruned(what, storage, postgresql_database):
    """What was over when prune looked, and is not when it deletes, stays."""
    before, renewal, look = RENEWED[what]
    await storage.commit(before)
    with held_open(postgresql_database, renewal) as window:
        pruning = await window.pass_by(storage.prune(later(10**6)))
        window.commit()
        await pruning
    assert await look(storage) not in (None, "committed")


async def test_two_that_wait_for_each_other_both_commit(storage, postgresql_database):
    """A deadlock is PostgreSQL's to find, and ours to try again: nobody is told of it."""
    await storage.commit(GRANTED)
    both = [writes.RevokeJti(name, NOW) for name in ("a", "b")]
    await storage.commit(both)
    first, second = (
        [writes.RevokeJti(name, later(at)) for name in names] for at, names in ((1, "ab"), (2, "ba"))
    )
    with held_open(postgresql_database, first[0]) as window:
        task = await window.pass_by(storage.commit(second))
        cursor = psycopg.RawCursor(window._held)
        for sql, parameters, _guarded in plan(first[1]):
            await asyncio.to_thread(window.execute, cursor, sql, parameters)
        window.commit()
        assert await task == "committed"


async def test_rules_of_pruning_leave_what_somebody_holds(storage, postgresql_database):
    """Prune never waits: what is locked is left for the next call."""
    await storage.commit((writes.RevokeJti("held", NOW), writes.RevokeJti("free", NOW)))
    with held_open(postgresql_database) as window:
        window._held.execute("SELECT 1 FROM revoked_jtis WHERE jti = 'held' FOR UPDATE")
        assert dict((await storage.prune(later(prune.GRACE))).rows)["revoked_jtis"] == 1
        # A lock is let go of by the answer to this, and of a connection that is closed some time later.
        window.rollback()
    assert dict((await storage.prune(later(prune.GRACE))).rows)["revoked_jtis"] == 1


async def test_a_person_may_be_added_after_a_link_of_nobody(storage):
    """The unused links of different people stand beside each other."""
    for subject in (None, ALICE, Subject("bob")):
        link = examples.one_time_link(f"link-{subject}", subject=subject)
        await storage.commit((idp_writes.AddOneTimeLink(link),))
    assert await storage.one_time_link(Digest("link-None")) is not None
    assert await storage.one_time_link(Digest("link-alice")) is not None
