"""
The way of a SQLite file from any earlier schema to this code's.

Each step is one transaction that also records it. Nodes that start at once wait for each other at the write
lock, and who comes second finds it done.
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from authwright.idp.storage import schema
from authwright.idp.storage.schema import Migration


def schema_version(connection: sqlite3.Connection) -> int:
    """The version the database has; 0 when it is empty."""
    exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone()
    if exists is None:
        return 0
    (version,) = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(version or 0)


def pending(connection: sqlite3.Connection, known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """
    The steps of *known* that the database has not taken yet. Changes nothing.

    Raises `SchemaTooNew` when it has taken one that is not known.
    """
    return schema.pending(schema_version(connection), known)


def migrate(connection: sqlite3.Connection, known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """
    Take every pending step of *known*, and tell which were taken.

    *connection* is in autocommit mode. Raises `SchemaTooNew`, before anything is changed, and
    `sqlite3.Error` when a step fails; steps before it stay, and nothing of it does.
    """
    taken: list[Migration] = []
    # Who finds nothing to do takes no lock, so that a start never waits for a busy neighbour.
    while pending(connection, known):
        with _transaction(connection):
            # Asked again, now that nobody else can take it.
            if steps := pending(connection, known):
                _take(connection, steps[0])
                taken.append(steps[0])
    return tuple(taken)


def _take(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT"
    )
    for statement in _statements(migration.sql):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO schema_version (version, name) VALUES (?, ?)", (migration.version, migration.name)
    )


def _statements(script: str) -> Iterator[str]:
    """One by one, because `sqlite3.Connection.executescript` would commit what is open before the first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk has rolled it back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
