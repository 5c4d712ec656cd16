"""
A SQLite file as an end of a copy.

Reading is one transaction, which the server's writes beside it do not disturb: the write-ahead log keeps what
it needs, and grows until it ends. Writing is one too, and holds the write lock from its beginning.
"""

import errno
import os
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, final

from typing_extensions import override

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage.schema import migrations
from authwright.idp.storage.sqlite import file
from authwright.idp.storage.sqlite.migrate import schema_version
from authwright.idp.storage.statement import Row, Statement

from .ends import Source, Target, check_schema
from .tables import Table

_BUSY_TIMEOUT: Final = timedelta(seconds=5)
"""How long the beginning waits for other processes."""


class SqliteSource(Source):
    """The file behind *connection*, which has a transaction open. Made by `open_source`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @override
    def rows(self, table: Table) -> Generator[Row]:
        columns, key = ", ".join(table.columns), ", ".join(table.key)
        select = f"SELECT {columns} FROM {table.name} ORDER BY {key}"  # noqa: S608 - names of our own list
        with _errors_of("read"):
            yield from self._connection.execute(select)


@final
class SqliteTarget(SqliteSource, Target):
    """The file behind *connection*, which holds the write lock. Made by `open_target`."""

    @override
    def has_rows(self, table: Table) -> bool:
        select = f"SELECT EXISTS (SELECT 1 FROM {table.name})"  # noqa: S608 - a name of our own list
        with _errors_of("read"):
            ((exists,),) = self._connection.execute(select)
        return bool(exists)

    @override
    def write(self, table: Table, rows: Iterable[Row]) -> None:
        columns, values = ", ".join(table.columns), ", ".join("?" * len(table.columns))
        insert = f"INSERT INTO {table.name} ({columns}) VALUES ({values})"  # noqa: S608 - names of our own list
        with _errors_of("written"):
            if table.seeded:
                self._connection.execute(f"DELETE FROM {table.name}")  # noqa: S608 - a name of our own list
            self._connection.executemany(insert, rows)

    @override
    def run(self, statement: Statement) -> int:
        with _errors_of("written"):
            return self._connection.execute(statement.sql, statement.parameters).rowcount


@contextmanager
def open_source(path: Path) -> Generator[SqliteSource]:
    """
    The file *path* as it is now.

    Raises `FileNotFoundError`, `StorageUnavailable`, and as `check_schema`.
    """
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    with _errors_of("opened"):
        connection = file.connect(path, _BUSY_TIMEOUT)
    with closing(connection):
        with _errors_of("read"):
            connection.execute("BEGIN")
            # The first statement takes the snapshot.
            version = schema_version(connection)
        check_schema(version, migrations("sqlite"))
        yield SqliteSource(connection)


@contextmanager
def open_target(path: Path) -> Generator[SqliteTarget]:
    """
    The file *path*, made if it is not there. What was written is durable when the block ends without an
    error.

    Raises `StorageUnavailable`, as `check_schema`, and `OSError` when the file cannot be made.
    """
    with _errors_of("opened"):
        _check_existing(path)
        file.prepare(path, _BUSY_TIMEOUT)
        connection = file.connect(path, _BUSY_TIMEOUT)
    # Closing without a commit rolls back.
    with closing(connection):
        with _errors_of("written"):
            connection.execute("BEGIN IMMEDIATE")
        yield SqliteTarget(connection)
        with _errors_of("written"):
            connection.execute("COMMIT")


def _check_existing(path: Path) -> None:
    """That *path*, if it is there, has no schema or this release's: migrating is no part of copying."""
    if not path.exists():
        return
    with closing(file.connect(path, _BUSY_TIMEOUT)) as connection:
        version = schema_version(connection)
    if version:
        check_schema(version, migrations("sqlite"))


@contextmanager
def _errors_of(action: str) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageUnavailable(f"the SQLite file of the copy could not be {action}") from error
