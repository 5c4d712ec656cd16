"""
The way of a PostgreSQL database from any earlier schema to this code's.

Each step is one transaction that also records it, under an advisory lock: nodes that start at once wait for
each other, and who comes second finds it done.

The lock is the session's and is taken before the transaction begins. A transaction that waited for it inside
might go on by what it knew of the tables before it waited.
"""

from typing import Any, Final

import psycopg

from authwright.idp.storage import schema
from authwright.idp.storage.schema import Migration

_Connection = psycopg.Connection[Any]

# Any number does, as long as it stays the same: "authwright" in ASCII, the first eight letters.
_LOCK: Final = "SELECT pg_advisory_lock(7022365670337046377)"
_UNLOCK: Final = "SELECT pg_advisory_unlock(7022365670337046377)"

_LONGEST_WAIT: Final = "SET lock_timeout = 60000"


def schema_version(connection: _Connection) -> int:
    """The version the database has; 0 when it is empty."""
    row = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return 0
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(row[0] or 0) if row else 0


def pending(connection: _Connection, known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """The steps of *known* that the database has not taken yet. Changes nothing. Raises `SchemaTooNew`."""
    return schema.pending(schema_version(connection), known)


def migrate(connection: _Connection, known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """
    Take every pending step of *known*, and tell which were taken.

    *connection* is in autocommit mode. Raises `SchemaTooNew`, before anything is changed, and `psycopg.Error`
    when a step fails; steps before it stay, and nothing of it does.
    """
    taken: list[Migration] = []
    # Who finds nothing to do takes no lock, so that a start never waits for a busy neighbour.
    if pending(connection, known):
        connection.execute(_LONGEST_WAIT)
        connection.execute(_LOCK)
        try:
            # Asked again, now that nobody else can take it.
            for step in pending(connection, known):
                with connection.transaction():
                    _take(connection, step)
                taken.append(step)
        finally:
            connection.execute(_UNLOCK)
    return tuple(taken)


def _take(connection: _Connection, migration: Migration) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, name TEXT NOT NULL)"
    )
    # A file of this package, which no input reaches.
    connection.execute(migration.sql.encode())
    connection.execute(
        "INSERT INTO schema_version (version, name) VALUES (%s, %s)", (migration.version, migration.name)
    )
