"""
A PostgreSQL database as an end of a copy, by psycopg's ordinary interface: nothing here is in a hurry.

Reading is one REPEATABLE READ transaction, which is a snapshot, beside which everybody goes on. Writing locks
the tables against other writers, so that what was empty when it was looked at stays so until the commit.
"""

from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from typing import Any, Final, final

import psycopg
from typing_extensions import override

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage.postgresql.address import Address
from authwright.idp.storage.postgresql.migrate import migrate, schema_version
from authwright.idp.storage.postgresql.translation import translate
from authwright.idp.storage.schema import migrations
from authwright.idp.storage.statement import Row, Statement

from .ends import Source, Target, check_schema
from .tables import TABLES, Table

_Connection = psycopg.Connection[tuple[Any, ...]]

_CHUNK: Final = 1000
"""Rows that are fetched at a time."""

_ABOUT_VALUES: Final = frozenset({"22", "23"})
"""Classes of SQLSTATE: data exceptions, and constraints (PostgreSQL documentation, appendix A)."""

_COUNTED: Final = "position"
"""The column that the database itself counts on, where a table has it."""

# A role may have defaults that suit short requests. A copy takes as long as it takes, and is durable.
_SESSION: Final = """
    SET statement_timeout = 0;
    SET lock_timeout = 60000;
    SET idle_in_transaction_session_timeout = 0;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
"""


class DatabaseRefused(Exception):
    """What PostgreSQL said, without what may hold something of the tables."""


class PostgresqlSource(Source):
    """The database behind *connection*, which has a transaction open. Made by `open_source`."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    @override
    def rows(self, table: Table) -> Generator[Row]:
        # Text columns that are keys have the collation "C", so their order is that of their bytes.
        select = f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {', '.join(table.key)}"  # noqa: S608 - names of our own list
        with _errors_of("read"), self._connection.cursor("rows") as cursor:
            cursor.itersize = _CHUNK
            cursor.execute(select.encode())
            yield from cursor


@final
class PostgresqlTarget(PostgresqlSource, Target):
    """The database behind *connection*, which holds the locks. Made by `open_target`."""

    @override
    def has_rows(self, table: Table) -> bool:
        return self.run(Statement(f"SELECT 1 FROM {table.name} LIMIT 1", {})) > 0  # noqa: S608 - a name of our own list

    @override
    def write(self, table: Table, rows: Iterable[Row]) -> None:
        copy_in = f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN"
        with _errors_of("written"), self._connection.cursor() as cursor:
            if table.seeded:
                cursor.execute(f"DELETE FROM {table.name}".encode())  # noqa: S608 - a name of our own list
            with cursor.copy(copy_in.encode()) as copy:
                for row in rows:
                    copy.write_row(row)
            if _COUNTED in table.columns:
                cursor.execute(_count_on(table.name).encode())

    @override
    def run(self, statement: Statement) -> int:
        translated = translate(statement.sql)
        values = [statement.parameters[name] for name in translated.names]
        with _errors_of("written"), psycopg.RawCursor(self._connection) as cursor:
            return cursor.execute(translated.sql, values).rowcount


@contextmanager
def open_source(address: Address) -> Generator[PostgresqlSource]:
    """The database at *address* as it is now. Raises `StorageUnavailable`, and as `check_schema`."""
    with _connected(address) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.autocommit = False
        with _errors_of("read"):
            # The first statement takes the snapshot.
            version = schema_version(connection)
        check_schema(version, migrations("postgresql"))
        yield PostgresqlSource(connection)


@contextmanager
def open_target(address: Address) -> Generator[PostgresqlTarget]:
    """
    The database at *address*. What was written is durable when the block ends without an error.

    Raises `StorageUnavailable`, and as `check_schema`.
    """
    with _connected(address) as connection:
        with _errors_of("written"):
            _prepare(connection)
            # What others committed before the lock was granted has to be seen behind it.
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            connection.autocommit = False
            tables = ", ".join(table.name for table in TABLES)
            connection.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE".encode())
        yield PostgresqlTarget(connection)
        with _errors_of("written"):
            connection.commit()


@contextmanager
def _connected(address: Address) -> Generator[_Connection]:
    """A connection in autocommit mode. Closing it without a commit rolls back."""
    with _errors_of("opened"):
        connection = psycopg.connect(address.conninfo(), autocommit=True)
    with closing(connection):
        with _errors_of("opened"):
            connection.execute(_SESSION.encode())
        yield connection


def _prepare(connection: _Connection) -> None:
    """The schema, in a database that has none. Migrating what is in use is no part of copying."""
    if version := schema_version(connection):
        check_schema(version, migrations("postgresql"))
    migrate(connection, migrations("postgresql"))


def _count_on(table: str) -> str:
    """A statement that lets the next row of *table* come after those that it has."""
    return (
        f"SELECT setval(pg_get_serial_sequence('{table}', '{_COUNTED}'), max({_COUNTED})) FROM {table} "  # noqa: S608 - names of our own list
        "HAVING count(*) > 0"
    )


@contextmanager
def _errors_of(action: str) -> Generator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise StorageUnavailable(f"the PostgreSQL database of the copy could not be {action}") from _said(
            error
        )


def _said(error: psycopg.Error) -> Exception:
    """
    What may be shown of *error*. Without a SQLSTATE it is the driver's, about the connection.

    The first line of PostgreSQL's own names tables and rights, and is what one has to know; of errors about
    values it names these, so of those there is the SQLSTATE alone, as there is of every other line.
    """
    if error.sqlstate is None:
        return error
    message = None if error.sqlstate[:2] in _ABOUT_VALUES else error.diag.message_primary
    return DatabaseRefused(f"{message or 'refused'}, SQLSTATE {error.sqlstate}")
