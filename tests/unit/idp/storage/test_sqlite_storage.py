"""What is SQLite's own beside the contract: faults and recovery, what is remembered, bounds, audit events."""

import asyncio
import sqlite3
import sys
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from authwright.authorization_server import writes
from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage import prune
from authwright.idp.storage.sqlite import SqliteStorage
from authwright.oauth.types import Digest, SessionId
from support import storage_examples as examples
from support.storage_examples import APP, NOW, SIGNED_IN, later


@pytest.fixture
def path(tmp_path):
    return tmp_path / "authwright.db"


@pytest.fixture
def storage(path):
    storage = SqliteStorage.open(path, busy_timeout=timedelta(milliseconds=50))
    yield storage
    asyncio.run(storage.close())


async def test_a_locked_database_is_unavailable_and_recovers(storage, path):
    """Locked for too long: commit and ready raise StorageUnavailable; reads go on, later all does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await storage.commit(SIGNED_IN)
        with pytest.raises(StorageUnavailable):
            await storage.ready()
        assert await storage.session_by_id(SessionId("session")) is None
        other.execute("ROLLBACK")
    await storage.ready()
    await storage.commit(SIGNED_IN)
    assert await storage.session_by_id(SessionId("session")) == examples.session()


async def test_a_database_that_cannot_be_read_is_unavailable_and_recovers(storage, path):
    """Reads raise StorageUnavailable while the file is gone, and answer when it is back."""
    away = path.rename(path.with_name("away.db"))
    with pytest.raises(StorageUnavailable):
        await storage.clients()
    away.rename(path)
    assert await storage.clients() == ()


async def test_readiness_is_written(storage, path):
    """`ready` returns when a durable write *is* possible: it makes one."""
    with closing(sqlite3.connect(path)) as other:
        versions = [other.execute("PRAGMA data_version").fetchone()]
        await storage.ready()
        versions.append(other.execute("PRAGMA data_version").fetchone())
    assert versions[0] != versions[1]


async def test_reads_hold_no_snapshot(storage, path):
    """Between reads no transaction is open, so the log can be folded away whole."""
    await storage.commit(SIGNED_IN)
    await storage.session_by_id(SessionId("session"))
    await storage.protected_resources()
    with closing(sqlite3.connect(path)) as other:
        busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0


async def test_clients_and_resources_are_remembered_until_one_changes(storage):
    """They are read at every request, so they are parsed once, whatever else is committed meanwhile."""
    await storage.commit(
        (
            writes.SaveClient(examples.client()),
            writes.SaveProtectedResource(examples.protected_resource()),
        )
    )
    client, resources = await storage.client(APP), await storage.protected_resources()
    await storage.commit((*SIGNED_IN, writes.RecordEvent(examples.event())))
    assert await storage.client(APP) is client
    assert await storage.protected_resources() is resources
    await storage.commit((writes.SaveClient(examples.client("other")),))
    assert await storage.client(APP) is not client
    assert await storage.client(APP) == client


async def test_clients_that_are_not_there_are_not_remembered(storage):
    """Unknown identifiers come from anybody and would fill the memory."""
    for i in range(100):
        assert await storage.client(examples.ClientId(f"guess-{i}")) is None
    assert storage._registry._remembered._clients == {}


async def test_what_is_remembered_is_bounded(storage, monkeypatch):
    """However many clients are registered."""
    monkeypatch.setattr("authwright.idp.storage.registry_memory._MOST_CLIENTS", 3)
    names = [f"client-{i}" for i in range(10)]
    await storage.commit([writes.SaveClient(examples.client(name)) for name in names])
    for name in names:
        assert await storage.client(examples.ClientId(name)) == examples.client(name)
        assert len(storage._registry._remembered._clients) <= 3


async def test_one_prune_is_bounded_and_the_next_goes_on(storage):
    """Bounded work per call; call again while it removes something."""
    await storage.commit([writes.RevokeJti(f"jti-{i}", NOW) for i in range(prune.LIMIT + 7)])
    counted = []
    while rows := dict((await storage.prune(later(prune.GRACE))).rows)["revoked_jtis"]:
        counted.append(rows)
    assert counted == [prune.LIMIT, 7]


async def test_a_grant_with_many_refresh_tokens_goes_in_bounded_steps(storage):
    """The refresh tokens of a revoked grant go before it, no more at once than the bound."""
    grant = examples.grant()
    tokens = [
        writes.AddRefreshToken(examples.refresh_token(f"refresh-{i}", expires_at=later(10**8)))
        for i in range(prune.LIMIT + 1)
    ]
    revoke = writes.RevokeGrant(grant.grant_id, NOW)
    await storage.commit((*SIGNED_IN, writes.AddGrant(grant), *tokens, revoke))
    over = later(prune.GRACE + prune.LONGEST_ACCESS_TOKEN_LIFETIME)
    first = dict((await storage.prune(over)).rows)
    second = dict((await storage.prune(over)).rows)
    assert (first["refresh_tokens"], first["grants"]) == (prune.LIMIT, 0)
    assert (second["refresh_tokens"], second["grants"]) == (1, 1)
    assert await storage.refresh_token(Digest("refresh-0")) is None


async def test_a_value_that_cannot_be_stored_fails_alone(storage):
    """A bug of one caller, such as a number beyond 64 bits, is raised there; what it did is undone."""
    too_late = writes.RecordEvent(examples.event(at=2**64))
    half_a_character = writes.RecordEvent(examples.event("\ud800"))
    with pytest.raises(OverflowError):
        await storage.commit((*SIGNED_IN, too_late))
    with pytest.raises(UnicodeEncodeError):
        await storage.commit((*SIGNED_IN, half_a_character))
    assert await storage.session_by_id(SessionId("session")) is None
    await storage.commit(SIGNED_IN)


async def test_what_cannot_be_stored_is_not_found(storage):
    """A read by text that SQLite cannot take finds nothing, as by any other text that is not there."""
    assert await storage.session_by_id(SessionId("\ud800")) is None
    assert await storage.protected_resources() == ()


async def test_a_bug_is_not_called_an_outage(storage):
    """A statement that is wrong is raised as what it is: waiting would not help."""
    with pytest.raises(sqlite3.ProgrammingError):
        await storage._rows("SELECT :forgotten", {})


@pytest.fixture
def impatient_threads():
    """Threads that change places after every few steps, so that what can come between them does."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_one_storage_serves_loops_in_several_threads(storage, impatient_threads):
    """Reads and commits from any number of event loops."""
    problems = []

    async def use(number: int) -> None:
        for i in range(20):
            session = examples.session(f"{number}-{i}")
            await storage.commit((writes.AddSession(session),))
            for _ in range(100):
                assert await storage.session_by_id(session.session_id) == session

    def run(number: int) -> None:
        try:
            asyncio.run(use(number))
        except BaseException as error:  # noqa: BLE001  # told below, in the test's own thread
            problems.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
