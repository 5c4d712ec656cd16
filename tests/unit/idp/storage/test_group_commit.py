"""The writer: one transaction for all who wait, failures for those they concern, nobody left waiting."""

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from queue import SimpleQueue

import pytest

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage.sqlite import file as sqlite_file
from authwright.idp.storage.sqlite.group_commit import _MOST_PIECES, GroupCommit

NO_TIME = timedelta(milliseconds=50)


class Database:
    """A table of names, and the writer under test."""

    def __init__(self, path, patience=NO_TIME) -> None:
        self.path = path
        self.patience = patience
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE names (name TEXT PRIMARY KEY)")
        self.statements = []
        self.begins = SimpleQueue()
        self.limits = {}
        self.writer = GroupCommit(self.connect, patience)

    def connect(self) -> sqlite3.Connection:
        connection = sqlite_file.connect(self.path, self.patience)
        for pragma, value in self.limits.items():
            connection.execute(f"PRAGMA {pragma} = {value}")
        connection.set_trace_callback(self.traced)
        return connection

    def traced(self, statement) -> None:
        self.statements.append(statement)
        if statement.startswith("BEGIN"):
            self.begins.put(statement)

    def names(self) -> set[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM names")}

    def transactions(self) -> int:
        return sum(statement.startswith("COMMIT") for statement in self.statements)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "a.db")
    yield database
    asyncio.run(database.writer.close())


def add(name, connection):
    connection.execute("INSERT INTO names VALUES (?)", (name,))
    return name


def add_then_fail(name, error, connection):
    add(name, connection)
    raise error


class Held:
    """A piece of work that keeps the writer busy until it is let go, so that others gather behind it."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, connection) -> None:
        self.begun.set()
        assert self.go.wait(20)

    async def hold(self, writer):
        holding = asyncio.create_task(writer.run(self, in_thread=True))
        await asyncio.to_thread(self.begun.wait, 20)
        return holding


async def gather_behind(held, writer, works):
    """Hand in *works* while the writer is busy, and only then let it go on."""
    holding = await held.hold(writer)
    tasks = [asyncio.create_task(writer.run(work)) for work in works]
    await asyncio.sleep(0)
    held.go.set()
    await holding
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_who_waits_together_commits_together(database):
    """The work that came in while the writer was busy shares one transaction; each gets its own result."""
    works = [partial(add, str(i)) for i in range(20)]
    assert await gather_behind(Held(), database.writer, works) == [str(i) for i in range(20)]
    assert database.names() == {str(i) for i in range(20)}
    # One of the work that held the writer, one of all that waited.
    assert database.transactions() == 2


async def test_a_group_has_a_bound(database):
    """The first of a group does not wait for more than a bounded number behind it."""
    works = [partial(add, str(i)) for i in range(_MOST_PIECES + 1)]
    assert len(await gather_behind(Held(), database.writer, works)) == len(works)
    assert database.transactions() == 3


async def test_a_piece_that_fails_before_it_changes_anything_costs_no_savepoint(database):
    """Most failures are a guard that does not hold: nothing is undone, and nobody is run again."""
    works = [partial(add, "a"), partial(add, "a"), partial(add, "b")]
    outcomes = await gather_behind(Held(), database.writer, works)
    assert [type(outcome) for outcome in outcomes] == [str, sqlite3.IntegrityError, str]
    assert database.names() == {"a", "b"}
    assert not any("SAVEPOINT" in statement or "ROLLBACK" in statement for statement in database.statements)


async def test_a_piece_that_fails_is_undone_and_fails_alone(database):
    """Only that caller fails, with its own error, and the others' work is committed."""
    works = [
        partial(add, "before"),
        partial(add_then_fail, "undone", LookupError("mine")),
        partial(add_then_fail, "undone too", OverflowError("mine too")),
        partial(add, "before"),
        partial(add, "after"),
    ]
    outcomes = await gather_behind(Held(), database.writer, works)
    assert [outcome if isinstance(outcome, str) else type(outcome) for outcome in outcomes] == [
        "before",
        LookupError,
        OverflowError,
        sqlite3.IntegrityError,
        "after",
    ]
    assert database.names() == {"before", "after"}
    assert database.transactions() == 2


async def test_a_piece_that_is_run_again_is_judged_anew(database):
    """When another piece's failure undoes the transaction, only what happens the second time counts."""
    first_time = [True]

    def fail_the_first_time(connection):
        if first_time:
            first_time.clear()
            raise LookupError
        return add("second time", connection)

    works = [fail_the_first_time, partial(add_then_fail, "undone", OverflowError())]
    outcomes = await gather_behind(Held(), database.writer, works)
    assert outcomes[0] == "second time"
    assert database.names() == {"second time"}


async def test_a_result_comes_after_the_commit(database):
    """Durable before acknowledged: when `run` returns, another connection sees it."""
    for i in range(20):
        await database.writer.run(partial(add, str(i)))
        assert str(i) in database.names()


async def test_a_lock_held_too_long_fails_all_and_passes(database):
    """Locked for too long: StorageUnavailable, nothing applied; it goes on when the lock is gone."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(
            *(database.writer.run(partial(add, name)) for name in "ab"), return_exceptions=True
        )
        other.execute("ROLLBACK")
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    assert all(isinstance(outcome.__cause__, sqlite3.OperationalError) for outcome in outcomes)
    await database.writer.run(partial(add, "c"))
    assert database.names() == {"c"}


async def test_work_is_done_where_it_is_waited_for_and_only_the_commit_elsewhere(database):
    """In the loop, once there is a connection; in the thread if it was said that it may take long."""

    def where(_connection):
        return threading.current_thread()

    await database.writer.run(partial(add, "first"))
    assert await database.writer.run(where) is threading.current_thread()
    assert await database.writer.run(where, in_thread=True) is not threading.current_thread()


def test_a_lock_of_another_process_keeps_nobody_from_anything_else(tmp_path):
    """The loop tries once, and it is the thread that waits as long as that takes."""
    database = Database(tmp_path / "a.db", patience=timedelta(minutes=10))
    asyncio.run(database.writer.run(partial(add, "first")))
    database.begins.get_nowait()
    other = sqlite3.connect(database.path, isolation_level=None)
    with closing(other), ThreadPoolExecutor(1) as thread:
        other.execute("BEGIN IMMEDIATE")
        second = thread.submit(asyncio.run, database.writer.run(partial(add, "second")))
        try:
            database.begins.get(timeout=20)
            database.begins.get(timeout=20)
            assert not second.done()
        finally:
            other.execute("ROLLBACK")
        second.result(20)
    asyncio.run(database.writer.close())
    assert database.names() == {"first", "second"}


async def test_an_error_of_the_database_is_not_the_last_word(database):
    """What fails at once is tried once more by the thread, with nothing left of the first time."""
    first_time = [True]

    def fail_the_first_time(connection):
        add("a", connection)
        if first_time:
            first_time.clear()
            raise sqlite3.OperationalError("disk I/O error")

    await database.writer.run(partial(add, "first"))
    await database.writer.run(fail_the_first_time)
    assert database.names() == {"first", "a"}


async def test_a_full_disk_fails_all_and_passes(database):
    """Disk full: StorageUnavailable for everybody in the transaction; it goes on when there is room."""
    database.limits["max_page_count"] = 3
    works = [partial(add, "small"), partial(add, "large" * 10_000)]
    outcomes = await gather_behind(Held(), database.writer, works)
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    assert database.names() == set()
    database.limits.clear()
    await database.writer.run(partial(add, "small"))
    assert database.names() == {"small"}


async def test_a_read_only_database_fails_and_passes(database):
    """Read-only: StorageUnavailable; it goes on when it can be written again."""
    database.limits["query_only"] = 1
    with pytest.raises(StorageUnavailable):
        await database.writer.run(partial(add, "a"))
    database.limits.clear()
    await database.writer.run(partial(add, "b"))
    assert database.names() == {"b"}


async def test_a_file_that_is_gone_fails_and_passes(database):
    """The file is moved away, as by a volume that is unmounted, and comes back."""
    database.limits["query_only"] = 1
    with pytest.raises(StorageUnavailable):
        await database.writer.run(partial(add, "a"))
    database.limits.clear()
    away = database.path.rename(database.path.with_name("away.db"))
    with pytest.raises(StorageUnavailable):
        await database.writer.run(partial(add, "a"))
    away.rename(database.path)
    await database.writer.run(partial(add, "b"))
    assert database.names() == {"b"}


async def test_a_caller_that_gave_up_does_not_disturb_the_others(database):
    """A cancelled caller's work may be done; who waits beside it gets an answer."""
    held = Held()
    holding = await held.hold(database.writer)
    impatient = asyncio.create_task(database.writer.run(partial(add, "impatient")))
    patient = asyncio.create_task(database.writer.run(partial(add, "patient")))
    await asyncio.sleep(0)
    impatient.cancel()
    held.go.set()
    await holding
    assert await patient == "patient"
    with pytest.raises(asyncio.CancelledError):
        await impatient


def test_a_loop_that_is_gone_does_not_disturb_the_others(database):
    """A caller whose event loop was closed cannot be told, and who waits in another loop can."""
    held = Held()

    loop = asyncio.new_event_loop()
    waiting = loop.create_task(database.writer.run(held, in_thread=True))
    loop.run_until_complete(asyncio.sleep(0))
    assert held.begun.wait(20)
    waiting.cancel()
    loop.run_until_complete(asyncio.gather(waiting, return_exceptions=True))
    loop.close()
    held.go.set()
    assert asyncio.run(database.writer.run(partial(add, "still here"))) == "still here"


def test_a_loop_that_ends_before_its_turn_does_not_disturb_the_others(database):
    """Work that was handed in there is anybody's who comes after."""
    asyncio.run(database.writer.run(partial(add, "first")))
    loop = asyncio.new_event_loop()
    # One step: the work is handed in, and the loop's turn to do it never comes.
    given_up = database.writer.run(partial(add, "handed in"))
    loop.call_soon(loop.stop)
    loop.call_soon(given_up.send, None)
    loop.run_forever()
    loop.close()
    asyncio.run(asyncio.wait_for(database.writer.run(partial(add, "still here")), 20))
    assert database.names() == {"first", "handed in", "still here"}
    given_up.close()


def test_callers_in_many_loops_are_each_told_what_became_of_their_own_work(database):
    """Loops in several threads; a piece in three fails, every other time when it has changed something."""
    loops, works = 4, 60

    def work(number, connection):
        if number % 6 == 0:
            raise LookupError(number)
        add(str(number), connection)
        if number % 3 == 0:
            raise LookupError(number)
        return number

    async def callers(first):
        numbers = range(first, first + works)
        outcomes = await asyncio.gather(
            *(database.writer.run(partial(work, number), in_thread=number % 7 == 0) for number in numbers),
            return_exceptions=True,
        )
        for number, outcome in zip(numbers, outcomes, strict=True):
            assert (outcome.args == (number,)) if number % 3 == 0 else (outcome == number)

    with ThreadPoolExecutor(loops) as threads:
        for done in [threads.submit(asyncio.run, callers(each * works)) for each in range(loops)]:
            done.result(60)
    assert database.names() == {str(number) for number in range(loops * works) if number % 3}


async def test_close_finishes_what_was_handed_in(database):
    """Finish commits in flight; who comes later is told that it is closed."""
    held = Held()
    holding = await held.hold(database.writer)
    waiting = [asyncio.create_task(database.writer.run(partial(add, name))) for name in "abc"]
    await asyncio.sleep(0)
    closing_ = [asyncio.create_task(database.writer.close()) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(StorageUnavailable):
        await database.writer.run(partial(add, "late"))
    held.go.set()
    await asyncio.gather(holding, *waiting, *closing_)
    assert database.names() == {"a", "b", "c"}


class Fatal(BaseException):
    """Nothing that a programme expects: not an `Exception`."""


async def test_whatever_is_raised_in_the_thread_answers_everybody(database):
    """Even what is no Exception leaves nobody waiting, applies nothing, and does not end the writer."""
    works = [partial(add, "beside"), partial(add_then_fail, "fatal", Fatal())]
    outcomes = await gather_behind(Held(), database.writer, works)
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    assert await database.writer.run(partial(add, "after")) == "after"
    assert database.names() == {"after"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_dead_writer_leaves_nobody_waiting(database, monkeypatch):
    """When the thread itself dies, those who wait are told, and those who come later too."""
    held = Held()
    holding = await held.hold(database.writer)
    waiting = [asyncio.create_task(database.writer.run(partial(add, name))) for name in "abc"]
    await asyncio.sleep(0)

    def die(_group) -> None:
        raise Fatal

    monkeypatch.setattr(database.writer, "_commit", die)
    held.go.set()
    await holding
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 20)
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    with pytest.raises(StorageUnavailable):
        await asyncio.wait_for(database.writer.run(partial(add, "late")), 20)
    assert database.names() == set()
