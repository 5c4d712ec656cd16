"""
Storage in one SQLite file.

Write-ahead log, flushed at every commit (``synchronous=FULL``): with less, a power loss could take back the
last commits, and a code that was spent would be fresh again. Writes go through `GroupCommit`. Reads are
single statements run where they are called, on a connection that holds no transaction between them; each
therefore sees everything committed by then, whichever process did it, and takes some ten microseconds.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, final

from typing_extensions import override

from authwright.authorization_server import writes as server_writes
from authwright.authorization_server.events import Event
from authwright.authorization_server.storage import Conflict, StorageUnavailable
from authwright.idp import writes as idp_writes
from authwright.idp.storage.plan import plan
from authwright.idp.storage.schema import Migration
from authwright.idp.storage.sql_storage import NOTHING, SqlStorage, ignore
from authwright.idp.storage.statement import Parameters, Row
from authwright.idp.writes import Write

from . import file
from .group_commit import GroupCommit

_OF_ANY_SIZE: Final = (
    server_writes.EndSession,
    server_writes.EndSessionsOf,
    server_writes.RevokeGrantsOf,
    server_writes.DisconnectClient,
    server_writes.DeleteClient,
    server_writes.DeleteProtectedResource,
    idp_writes.DeleteAccount,
)
"""These may touch any number of rows, and nobody else is to wait for that."""


@final
class SqliteStorage(SqlStorage):
    """A `ProductStorage` in one file. Made by `open`."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        busy_timeout: timedelta,
        *,
        committed: Callable[[Event], object],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(committed=committed, monotonic=monotonic)
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._reading = threading.Lock()
        self._closed = False
        self._writer = GroupCommit(connect, busy_timeout)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        busy_timeout: timedelta = timedelta(seconds=5),
        committed: Callable[[Event], object] = ignore,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> "SqliteStorage":
        """
        The storage in the file *path*, made readable to its owner only when it is not there, and brought
        to this release's schema.

        Waits for the disk, so it belongs before the event loop's work. *busy_timeout* is how long a write
        waits for other processes. *committed* and *monotonic* as in `SqlStorage`. Raises `SchemaTooNew`,
        `StorageUnavailable`, and `OSError` when the file cannot be made.
        """
        cls.migrate(path, busy_timeout=busy_timeout)
        connect = partial(file.connect, path, busy_timeout)
        return cls(connect, busy_timeout, committed=committed, monotonic=monotonic)

    @staticmethod
    def migrate(path: Path, *, busy_timeout: timedelta = timedelta(seconds=5)) -> None:
        """Make the file *path* if need be, and bring it to this release's schema. Raises as `open` does."""
        try:
            file.prepare(path, busy_timeout)
        except sqlite3.Error as error:
            raise StorageUnavailable("the database could not be opened") from error

    @staticmethod
    def pending_migrations(path: Path) -> tuple[Migration, ...]:
        """
        What `open` would do to the schema of the file *path*, which has to be there. Changes nothing.

        Raises `SchemaTooNew`, `StorageUnavailable`.
        """
        try:
            return file.pending_migrations(path)
        except sqlite3.Error as error:
            raise StorageUnavailable("the database could not be read") from error

    @override
    async def close(self) -> None:
        self._closed = True
        await self._writer.close()
        self._drop_connection()

    @override
    async def _apply(self, writes: Sequence[Write]) -> None:
        in_thread = any(isinstance(write, _OF_ANY_SIZE) for write in writes)
        await self._writer.run(partial(_apply, writes), in_thread=in_thread)

    @override
    async def _run(self, sql: str, parameters: Parameters) -> int:
        return await self._writer.run(partial(_run, sql, parameters), in_thread=True)

    @override
    async def _rows(self, sql: str, parameters: Parameters = NOTHING) -> list[Row]:
        """
        All rows at once: a statement that has run to its end holds no snapshot.

        One at a time, in case loops in several threads read: statements that overlap on one connection share
        a snapshot, so the later might not see what was committed before it, and share their parameters too.
        """
        if self._closed:
            raise StorageUnavailable("the storage is closed")
        try:
            with self._reading:
                if self._connection is None:
                    self._connection = self._connect()
                return self._connection.execute(sql, parameters).fetchall()
        except UnicodeEncodeError:
            # Half a surrogate pair cannot be stored, so nothing is found by it.
            return []
        except sqlite3.Error as error:
            if file.is_about_the_statement(error):
                raise
            self._drop_connection()
            raise StorageUnavailable("the database could not be read") from error

    def _drop_connection(self) -> None:
        with self._reading:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _run(sql: str, parameters: Parameters, connection: sqlite3.Connection) -> int:
    """How many rows it touched."""
    return connection.execute(sql, parameters).rowcount


def _apply(writes: Sequence[Write], connection: sqlite3.Connection) -> None:
    for write in writes:
        for sql, parameters, guarded in plan(write):
            if connection.execute(sql, parameters).rowcount == 0 and guarded:
                raise Conflict(write)
