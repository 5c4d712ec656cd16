"""Migrations: numbered, forward only, each whole or not at all, and never backwards."""

import sqlite3
import threading
from contextlib import closing

import pytest

from authwright.idp.storage.schema import Migration, SchemaTooNew, migrations
from authwright.idp.storage.sqlite.migrate import migrate, pending, schema_version

FIRST = Migration(
    1, "first", "-- A comment; with a semicolon.\nCREATE TABLE a (x INTEGER);\nCREATE TABLE b (x TEXT);\n"
)
SECOND = Migration(2, "second", "ALTER TABLE a ADD COLUMN y TEXT;\nINSERT INTO a VALUES (1, 'it;s');\n")
BROKEN = Migration(3, "broken", "CREATE TABLE c (x INTEGER);\nINSERT INTO nowhere VALUES (1);\n")


@pytest.fixture
def connection(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        yield connection


def tables(connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_the_files_are_numbered_without_gaps():
    """A gap would be a migration that somebody forgot to commit."""
    assert [migration.version for migration in migrations("sqlite")] == list(
        range(1, len(migrations("sqlite")) + 1)
    )
    assert migrations("sqlite")[0].name == "initial"


def test_each_release_takes_what_is_pending(connection):
    """Take every pending step, in order, and tell which; then nothing is pending."""
    assert schema_version(connection) == 0
    assert pending(connection, (FIRST, SECOND)) == (FIRST, SECOND)
    assert migrate(connection, (FIRST,)) == (FIRST,)
    assert pending(connection, (FIRST, SECOND)) == (SECOND,)
    assert migrate(connection, (FIRST, SECOND)) == (SECOND,)
    assert migrate(connection, (FIRST, SECOND)) == ()
    assert schema_version(connection) == 2
    assert connection.execute("SELECT x, y FROM a").fetchall() == [(1, "it;s")]
    assert connection.execute("SELECT version, name FROM schema_version ORDER BY version").fetchall() == [
        (1, "first"),
        (2, "second"),
    ]


def test_pending_changes_nothing(connection):
    """A plan is not a migration."""
    pending(connection, (FIRST,))
    assert tables(connection) == set()


def test_a_step_that_fails_leaves_nothing_of_itself(connection):
    """Each in one transaction: steps before it stay, and nothing of it does."""
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (FIRST, SECOND, BROKEN))
    assert not connection.in_transaction
    assert schema_version(connection) == 2
    assert "c" not in tables(connection)


def test_a_step_that_sqlite_undid_by_itself_fails_as_it_was(connection):
    """A full disk may end the transaction before we do; the error told is the one that happened."""
    undone = Migration(1, "undone", "ROLLBACK;\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection, (undone,))
    assert tables(connection) == set()


def test_a_newer_database_is_refused_and_left_alone(connection):
    """Refuses a database newer than the code: what was found, what is expected, what to do."""
    migrate(connection, (FIRST, SECOND))
    with pytest.raises(SchemaTooNew) as raised:
        migrate(connection, (FIRST,))
    assert (raised.value.found, raised.value.expected) == (2, 1)
    message = str(raised.value)
    assert "version 2" in message
    assert "up to 1" in message
    assert "restore the backup" in message
    assert schema_version(connection) == 2


def test_several_nodes_take_each_step_once(tmp_path):
    """Safe when several start at once: of each step, one node tells that it took it."""
    start = threading.Barrier(6)
    taken: list[int] = []

    def node() -> None:
        with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None, timeout=20)) as connection:
            start.wait()
            taken.extend(step.version for step in migrate(connection, (FIRST, SECOND)))

    threads = [threading.Thread(target=node) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [1, 2]
