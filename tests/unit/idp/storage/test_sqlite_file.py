"""The file: who may read it, how durable it is, and that nodes may start at once."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage.schema import migrations
from authwright.idp.storage.sqlite import SqliteStorage
from authwright.idp.storage.sqlite import file as sqlite_file
from authwright.oauth.types import SessionId
from support import storage_examples as examples
from support.storage_examples import SIGNED_IN

SECOND = timedelta(seconds=1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "authwright.db"


@pytest.mark.parametrize("umask", [0o000, 0o077])
async def test_only_the_owner_can_read_any_of_the_files(umask, path):
    """The database, its log and its index are of mode 0600, whatever the umask allows."""
    previous = os.umask(umask)
    try:
        storage = SqliteStorage.open(path)
        await storage.commit(SIGNED_IN)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        await storage.close()
    finally:
        os.umask(previous)
    assert modes == dict.fromkeys(("authwright.db", "authwright.db-wal", "authwright.db-shm"), 0o600)


async def test_close_leaves_one_file(path):
    """Let go of files: the log is folded into the database when the last node closes."""
    storage = SqliteStorage.open(path)
    await storage.commit(SIGNED_IN)
    await storage.close()
    assert [file.name for file in path.parent.iterdir()] == ["authwright.db"]


def test_commits_are_flushed_to_the_disk(path):
    """With the default settings, commits survive the death of the machine: WAL, synchronous=FULL."""
    sqlite_file.prepare(path, SECOND)
    with closing(sqlite_file.connect(path, SECOND)) as connection:
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "fullfsync", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "fullfsync": 1, "foreign_keys": 1}


def test_every_table_is_strict(path):
    """A column holds what its type says."""
    sqlite_file.prepare(path, SECOND)
    with closing(sqlite_file.connect(path, SECOND)) as connection:
        tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
        assert {name for name, strict in tables if not strict} == {"sqlite_schema"}


def test_a_connection_never_makes_a_file(path):
    """A database that somebody moved away must not come back empty, and readable to all."""
    with pytest.raises(sqlite3.OperationalError):
        sqlite_file.connect(path, SECOND)
    assert not path.exists()


def test_a_path_may_hold_what_a_uri_may_not(tmp_path):
    """The path is a path, though SQLite is given a URI."""
    path = tmp_path / "a b?c#d%20.db"
    sqlite_file.prepare(path, SECOND)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_directory_that_is_not_there_is_an_os_error(tmp_path):
    """Raises OSError when the file cannot be made."""
    with pytest.raises(FileNotFoundError):
        SqliteStorage.open(tmp_path / "none" / "authwright.db")


def test_what_is_no_database_is_not_opened(path):
    """StorageUnavailable, and the file is left as it was."""
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageUnavailable):
        SqliteStorage.open(path)
    assert path.read_bytes() == b"not a database" * 100


def test_an_old_sqlite_is_refused(path, monkeypatch):
    """A Python whose SQLite lacks what the statements need is told so at start-up."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 38, 5))
    with pytest.raises(RuntimeError, match=r"3\.39"):
        SqliteStorage.open(path)


def test_nodes_may_start_at_once(path):
    """Of nodes that start at once on a new file, each finds it ready, and one has made the schema."""
    start = threading.Barrier(8)
    taken: list[int] = []

    def node() -> None:
        start.wait()
        taken.append(len(sqlite_file.prepare(path, timedelta(seconds=20))))

    threads = [threading.Thread(target=node) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == len(migrations("sqlite"))


def test_processes_may_start_at_once(path):
    """The same for processes, between which SQLite's locks are of another kind."""
    program = (
        "import sys; from pathlib import Path; from datetime import timedelta;"
        "from authwright.idp.storage.sqlite import file as sqlite_file; sys.stdin.readline();"
        "print(len(sqlite_file.prepare(Path(sys.argv[1]), timedelta(seconds=20))))"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    taken = [int(child.communicate("go\n", timeout=60)[0]) for child in children]
    assert sum(taken) == len(migrations("sqlite"))


class Contended:
    """A connection to which SQLite says, so many times, that another node is changing the journal mode."""

    def __init__(self, times: int) -> None:
        self.times = times

    def execute(self, sql: str) -> None:
        assert sql == "PRAGMA journal_mode = WAL"
        if self.times:
            self.times -= 1
            raise sqlite3.OperationalError("database is locked")


def test_nodes_that_change_the_journal_mode_at_once_try_again():
    """SQLite refuses one of two without waiting; it waits and tries again, as long as a write would."""
    contended = Contended(3)
    sqlite_file._use_write_ahead_log(contended, timedelta(seconds=10))
    assert contended.times == 0
    with pytest.raises(sqlite3.OperationalError):
        sqlite_file._use_write_ahead_log(Contended(1), timedelta())


def test_a_second_storage_in_the_process_leaves_the_first_its_locks(path):
    """
    What one node acknowledges is not lost when another process opens and closes the file.

    POSIX drops all locks of a process on a file when it closes any descriptor of it; a process that then
    finds no locks deletes the log under the others.
    """
    first, second = SqliteStorage.open(path), SqliteStorage.open(path)
    program = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]);"
        "connection.execute('SELECT * FROM sessions'); connection.close()"
    )

    async def commit_between() -> None:
        await first.session_by_id(SessionId("open the connection"))
        await first.ready()
        third = SqliteStorage.open(path)
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program, str(path)], check=True)
        await first.commit(SIGNED_IN)
        fourth = SqliteStorage.open(path)
        assert await fourth.session_by_id(SessionId("session")) == examples.session()
        for storage in (first, second, third, fourth):
            await storage.close()

    asyncio.run(commit_between())


def test_a_neighbour_that_keeps_the_file_to_itself_is_waited_for_and_not_for_ever(path):
    """While another process holds a new file, opening it ends in StorageUnavailable; then it opens."""
    with closing(sqlite3.connect(path, isolation_level=None)) as neighbour:
        neighbour.execute("CREATE TABLE another (x)")
        neighbour.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable):
            SqliteStorage.open(path, busy_timeout=timedelta(milliseconds=50))
        neighbour.execute("ROLLBACK")
    asyncio.run(SqliteStorage.open(path).close())


def test_pending_migrations_are_told_without_taking_them(path):
    """What `open` would do to the schema of a file; nothing is changed."""
    path.touch()
    assert SqliteStorage.pending_migrations(path) == migrations("sqlite")
    assert path.read_bytes() == b""
    sqlite_file.prepare(path, SECOND)
    assert SqliteStorage.pending_migrations(path) == ()


def test_migrations_of_no_file_cannot_be_told(path):
    """StorageUnavailable, and the file is not made by asking."""
    with pytest.raises(StorageUnavailable):
        SqliteStorage.pending_migrations(path)
    assert not path.exists()
