"""What is PostgreSQL's own beside the contract: faults and recovery, who waits for what, durability."""

import asyncio
import signal
import socket
import time

import psycopg
import pytest

from authwright.authorization_server import writes
from authwright.authorization_server.storage import Conflict, StorageUnavailable
from authwright.idp.storage.postgresql import PostgresqlStorage, pipeline
from authwright.idp.storage.postgresql.errors import StatementRefused
from authwright.idp.storage.postgresql.reader import Reader
from authwright.idp.storage.postgresql.translation import UnstorableText, translate
from authwright.oauth.types import Digest, Secret, SessionId
from support import storage_examples as examples
from support.postgresql import running_cluster
from support.storage_examples import NOW, SIGNED_IN

OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def storage(postgresql_database):
    storage = PostgresqlStorage.open(postgresql_database)
    yield storage
    asyncio.run(storage.close())


@pytest.fixture
def other(postgresql_database):
    """An ordinary connection to the same database."""
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def cluster():
    """One that a test may stop, with a database that has the schema."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def own(cluster):
    """A storage in *cluster*."""
    name = cluster.new_database(cluster.migrated_template())
    storage = PostgresqlStorage.open(cluster.url(name))
    yield storage
    asyncio.run(storage.close())


def session(number):
    return examples.session(f"session-{number}")


async def until_it_answers(storage) -> None:
    """Raises `TimeoutError` when it does not come back by itself."""
    async with asyncio.timeout(20):
        while True:
            try:
                await storage.ready()
                await storage.clients()
            except StorageUnavailable:
                await asyncio.sleep(0.01)
            else:
                return


async def test_connections_that_were_cut_come_back(storage, other):
    """What was under way is unavailable; what comes later is done, without anybody's help."""
    await storage.commit(SIGNED_IN)
    for number in range(3):
        await storage.session_by_id(SessionId("session"))
        other.execute(OTHERS)
        outcomes = await asyncio.gather(
            *(storage.commit((writes.AddSession(session(f"{number}-{i}")),)) for i in range(5)),
            storage.session_by_id(SessionId("session")),
            return_exceptions=True,
        )
        assert {type(each) for each in outcomes} <= {type(None), type(examples.session()), StorageUnavailable}
        await until_it_answers(storage)
        assert await storage.session_by_id(SessionId("session")) == examples.session()


async def test_a_server_that_is_away_is_unavailable_at_once(own, cluster):
    """Errors come quickly, none hangs, and when the server is back all goes on by itself."""
    await own.commit(SIGNED_IN)
    cluster.stop(signal.SIGINT)
    try:
        for _ in range(3):
            began = time.monotonic()
            with pytest.raises(StorageUnavailable):
                await own.commit((writes.AddSession(session(1)),))
            with pytest.raises(StorageUnavailable):
                await own.clients()
            with pytest.raises(StorageUnavailable):
                await own.ready()
            assert time.monotonic() - began < 3
    finally:
        cluster.start()
    await until_it_answers(own)
    assert await own.session_by_id(SessionId("session")) == examples.session()
    assert await own.session_by_id(session(1).session_id) is None


async def test_a_server_that_crashed_is_found_again(own, cluster):
    """As after a power failure: the connection ends without a word."""
    await own.commit(SIGNED_IN)
    cluster.stop(signal.SIGQUIT)
    cluster.start()
    await until_it_answers(own)
    assert await own.session_by_id(SessionId("session")) == examples.session()


async def test_a_password_opens_the_database(cluster):
    """Of the role that the URL names; a wrong one is told without being shown."""
    cluster.execute("DROP ROLE IF EXISTS idp")
    cluster.execute("CREATE ROLE idp LOGIN SUPERUSER PASSWORD 'walnut drawer'")
    name = cluster.new_database(cluster.migrated_template())
    rules = cluster.data / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"host all idp 127.0.0.1/32 scram-sha-256\n{before}")
    cluster.execute("SELECT pg_reload_conf()")
    try:
        url = f"postgresql://idp@127.0.0.1:{cluster.port}/{name}"
        storage = PostgresqlStorage.open(url, password=Secret("walnut drawer"))
        await storage.ready()
        await storage.close()
        with pytest.raises(StorageUnavailable) as raised:
            PostgresqlStorage.open(url, password=Secret("a wrong password"))
        assert "a wrong password" not in f"{raised.value} {raised.value.__cause__}"
    finally:
        rules.write_text(before)
        cluster.execute("SELECT pg_reload_conf()")


async def test_a_server_that_never_answers_is_given_up():
    """It takes the connection and says nothing: connecting is bounded too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql://127.0.0.1:{port}/idp?connect_timeout=2"
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            PostgresqlStorage.open(url)
        assert time.monotonic() - began < 5


async def test_an_answer_that_does_not_come_is_not_waited_for(storage, monkeypatch):
    """A connection that is silent for too long is given up, and with it all who wait behind."""
    monkeypatch.setattr(pipeline, "ANSWER_TIMEOUT", 0.2)
    slow = asyncio.create_task(storage._rows("SELECT pg_sleep(3)"))
    behind = asyncio.create_task(storage.clients())
    for task in (slow, behind):
        with pytest.raises(StorageUnavailable):
            await task
    monkeypatch.undo()
    await until_it_answers(storage)


async def test_who_gives_up_does_not_shift_the_others(storage):
    """Answers come in order, whatever became of those who asked."""
    await storage.commit([writes.AddSession(session(number)) for number in range(60)])
    reads = [asyncio.create_task(storage.session_by_id(session(n).session_id)) for n in range(60)]
    commits = [asyncio.create_task(storage.commit((writes.RevokeJti(str(n), NOW),))) for n in range(60)]
    await asyncio.sleep(0)
    for task in (*reads[::3], *commits[::3]):
        task.cancel()
    await asyncio.sleep(0)
    for task in (*reads[1::3], *commits[1::3]):
        task.cancel()
    assert await asyncio.gather(*reads[2::3]) == [session(n) for n in range(2, 60, 3)]
    await asyncio.gather(*commits[2::3])
    assert all([await storage.jti_revoked(str(n)) for n in range(2, 60, 3)])
    assert await storage.session_by_id(session(7).session_id) == session(7)


async def test_a_wrong_statement_fails_alone(storage):
    """Those that were sent with it are sent again; those that are applied with it are not."""
    await storage.commit(SIGNED_IN)
    outcomes = await asyncio.gather(
        storage.session_by_id(SessionId("session")),
        storage._rows("SELECT 1 / 0"),
        storage.session_by_id(SessionId("session")),
        storage._rows("SELECT nothing FROM nowhere"),
        storage.session_by_id(SessionId("session")),
        return_exceptions=True,
    )
    assert outcomes[::2] == [examples.session()] * 3
    assert all(isinstance(error, StatementRefused) for error in outcomes[1::2])
    assert [error.sqlstate for error in outcomes[1::2]] == ["22012", "42P01"]


async def test_a_statement_that_could_not_be_prepared_is_prepared_later(storage, postgresql_database):
    """A newer release that migrates holds its table; that passes, and what it stopped goes on."""
    await storage.clients()
    with psycopg.connect(postgresql_database) as migrating:
        migrating.execute("LOCK TABLE groups IN ACCESS EXCLUSIVE MODE")
        outcomes = await asyncio.gather(storage.groups(), storage.clients(), return_exceptions=True)
        assert isinstance(outcomes[0], StorageUnavailable)
        assert outcomes[1] == ()
    assert await storage.groups() == ()


async def test_the_end_of_a_transaction_may_fail(storage, other):
    """What is checked at the end is part of the commit: nothing is applied, and nobody waits for ever."""
    other.execute("CREATE TABLE late (x BIGINT UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    try:
        add = translate("INSERT INTO late (x) VALUES (1), (:x)")
        writer = storage._here().writer
        assert await writer.run([(add, add.values({"x": 2}))]) == [2]
        with pytest.raises(StorageUnavailable):
            await writer.run([(add, add.values({"x": 3}))])
        assert other.execute("SELECT count(*) FROM late").fetchone() == (2,)
        await storage.ready()
    finally:
        other.execute("DROP TABLE late")


async def test_a_bug_in_reading_an_answer_leaves_nobody_waiting(storage, monkeypatch):
    """It takes the connection along, and another is made."""
    await storage.clients()
    with monkeypatch.context() as broken:
        broken.setattr(Reader, "rows_of", lambda *_: 1 / 0)
        with pytest.raises(StorageUnavailable) as raised:
            await storage.clients()
        assert isinstance(raised.value.__cause__, ZeroDivisionError)
    await until_it_answers(storage)


async def test_a_value_that_cannot_be_stored_fails_alone(storage):
    """A bug of one caller is raised there; what it did is undone, and its neighbours do not notice."""
    too_late = (*SIGNED_IN, writes.RecordEvent(examples.event(at=2**64)))
    outcomes = await asyncio.gather(
        storage.commit((writes.AddSession(session(1)),)),
        storage.commit(too_late),
        storage.commit((writes.AddSession(session(2)),)),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes] == [type(None), StatementRefused, type(None)]
    with pytest.raises(UnicodeEncodeError):
        await storage.commit((*SIGNED_IN, writes.RecordEvent(examples.event("\ud800"))))
    with pytest.raises(UnstorableText):
        await storage.commit((*SIGNED_IN, writes.RecordEvent(examples.event("\x00"))))
    assert await storage.session_by_id(SessionId("session")) is None
    await storage.commit(SIGNED_IN)


async def test_an_error_tells_no_value(storage):
    """The database's own words may hold what was sent; ours do not."""
    with pytest.raises(StatementRefused) as raised:
        await storage._rows("SELECT CAST(:secret AS BIGINT)", {"secret": "hunter2"})
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


async def test_close_lets_what_is_under_way_end(storage, other):
    """Finish commits in flight, then let go of connections. Idempotent."""
    commits = [asyncio.create_task(storage.commit((writes.RevokeJti(str(n), NOW),))) for n in range(50)]
    await asyncio.sleep(0)
    await storage.close()
    await storage.close()
    await asyncio.gather(*commits)
    assert other.execute("SELECT count(*) FROM revoked_jtis").fetchone() == (50,)
    for call in (storage.ready(), storage.clients(), storage.commit(SIGNED_IN)):
        with pytest.raises(StorageUnavailable):
            await call


UNFLUSHED = "SELECT pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn()"


@pytest.mark.parametrize("level", ["on", "off", "local"])
async def test_a_commit_is_in_the_log_before_it_is_told(level, storage, other, postgresql_shared_database):
    """Durable when it returns, whatever the role's or the database's own setting says."""
    other.execute(f"ALTER DATABASE {postgresql_shared_database} SET synchronous_commit = {level}")
    try:
        for number in range(20):
            await asyncio.gather(
                *(storage.commit((writes.AddSession(session(f"{number}-{i}")),)) for i in range(3))
            )
            # The head of a page of the log is counted before it is written; a commit is longer by far.
            (unflushed,) = other.execute(UNFLUSHED).fetchone()
            assert unflushed < 100
    finally:
        other.execute(f"ALTER DATABASE {postgresql_shared_database} RESET synchronous_commit")


async def test_a_conflict_is_told_though_nothing_waits_for_the_disk(storage):
    """In one group, those that hold and those that do not each hear their own."""
    await storage.commit(SIGNED_IN)
    outcomes = await asyncio.gather(
        *(storage.commit((writes.AddSession(session(n % 3)),)) for n in range(9)), return_exceptions=True
    )
    assert [type(each) for each in outcomes] == [type(None)] * 3 + [Conflict] * 6


async def test_a_standby_that_is_not_there_is_waited_for(own, cluster):
    """No success before the standby has it; and none when somebody cancels the wait."""
    await own.commit(SIGNED_IN)
    cluster.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    cluster.execute("SELECT pg_reload_conf()")
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    try:
        commit = asyncio.create_task(own.commit((writes.AddSession(session(1)),)))
        async with asyncio.timeout(5):
            while not cluster.execute(waiting):
                await asyncio.sleep(0.005)
        assert not commit.done()
        cluster.execute(f"SELECT pg_cancel_backend(pid) FROM ({waiting}) AS waiting")
        with pytest.raises(StorageUnavailable):
            await commit
    finally:
        cluster.execute("ALTER SYSTEM RESET synchronous_standby_names")
        cluster.execute("SELECT pg_reload_conf()")
    await until_it_answers(own)


async def test_a_server_that_became_a_standby_is_left(storage, postgresql_shared_database, other):
    """Read-only, for ever perhaps: the next connection may find the one that is not."""
    await storage.ready()
    name = postgresql_shared_database
    other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        other.execute(OTHERS)
        with pytest.raises(StorageUnavailable):
            await asyncio.gather(*(storage.ready() for _ in range(3)))
        with pytest.raises(StorageUnavailable):
            await storage.ready()
    finally:
        other.execute("SET default_transaction_read_only = off")
        other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await until_it_answers(storage)


def test_event_loops_have_connections_of_their_own(storage, other):
    """One loop after the other, as tests and commands do; those that ended leave no connection behind."""
    for number in range(5):
        asyncio.run(storage.commit((writes.AddSession(session(number)),)))
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'authwright'"
    (connections,) = other.execute(count).fetchone()
    assert connections <= 4
    assert asyncio.run(storage.session(Digest("session-4-secret"))) == session(4)


async def test_close_while_the_database_goes_away(own, cluster):
    """Nobody is left waiting, and close returns."""
    await own.ready()
    commits = [asyncio.create_task(own.commit((writes.RevokeJti(str(n), NOW),))) for n in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(own.close())
    await asyncio.sleep(0)
    cluster.stop(signal.SIGQUIT)
    try:
        outcomes = await asyncio.gather(*commits, return_exceptions=True)
        assert {type(each) for each in outcomes} <= {type(None), StorageUnavailable}
        await closing
    finally:
        cluster.start()


async def test_close_while_it_connects(cluster):
    """Nor does it wait for a server that does not come."""
    name = cluster.new_database(cluster.migrated_template())
    storage = PostgresqlStorage.open(cluster.url(name))
    cluster.stop(signal.SIGQUIT)
    try:
        with pytest.raises(StorageUnavailable):
            await storage.ready()
        await storage.close()
    finally:
        cluster.start()
