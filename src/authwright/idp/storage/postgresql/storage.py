"""
Storage in PostgreSQL.

One connection reads and one writes (`Reader`, `Writer`), both in pipeline mode and for all callers of an
event loop. Statements are the ones that SQLite runs, translated. Each transaction reads committed data, and
where a guard looks at another table it locks the row that it found there, so that what it saw holds until it
commits (docs/adr/0023).
"""

import asyncio
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, final

import psycopg
from typing_extensions import override

from authwright.authorization_server.events import Event
from authwright.authorization_server.storage import Conflict, StorageUnavailable
from authwright.idp.storage.plan import plan
from authwright.idp.storage.schema import Migration, migrations
from authwright.idp.storage.sql_storage import NOTHING, SqlStorage, ignore
from authwright.idp.storage.statement import Parameters, Row
from authwright.idp.writes import Write
from authwright.oauth.types import Secret

from . import migrate
from .address import Address
from .connection import open_reader, open_writer
from .reader import Reader
from .translation import translate
from .writer import GuardFailed, Step, Writer


@final
class _Channels:
    """The connections of one event loop."""

    __slots__ = ("reader", "writer")

    def __init__(self, address: Address) -> None:
        self.reader = Reader(partial(open_reader, address))
        self.writer = Writer(partial(open_writer, address))


@final
class PostgresqlStorage(SqlStorage):
    """
    A `ProductStorage` in a PostgreSQL database. Made by `open`.

    Connects when it is first asked for something, and again by itself. Event loops, of which a server has
    one, have connections of their own.
    """

    def __init__(
        self, address: Address, *, committed: Callable[[Event], object], monotonic: Callable[[], float]
    ) -> None:
        super().__init__(committed=committed, monotonic=monotonic)
        self._address = address
        self._channels: dict[asyncio.AbstractEventLoop, _Channels] = {}
        self._closed = False

    @classmethod
    def open(
        cls,
        url: str,
        *,
        password: Secret | None = None,
        committed: Callable[[Event], object] = ignore,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> "PostgresqlStorage":
        """
        The storage at *url*, brought to this release's schema.

        Waits for the network, so it belongs before the event loop's work. *committed* and *monotonic* as in
        `SqlStorage`. Raises `SchemaTooNew`, `StorageUnavailable`.
        """
        cls.migrate(url, password)
        return cls(Address(url, password), committed=committed, monotonic=monotonic)

    @staticmethod
    def migrate(url: str, password: Secret | None = None) -> None:
        """Bring the database to this release's schema. Raises as `open` does."""
        with _connection(Address(url, password)) as connection:
            migrate.migrate(connection, migrations("postgresql"))

    @staticmethod
    def pending_migrations(url: str, password: Secret | None = None) -> tuple[Migration, ...]:
        """What `open` would do to the schema. Changes nothing; raises as `open` does."""
        with _connection(Address(url, password)) as connection:
            return migrate.pending(connection, migrations("postgresql"))

    @override
    async def close(self) -> None:
        self._closed = True
        here = self._channels.get(asyncio.get_running_loop())
        if here is not None:
            await here.writer.close()
            await here.reader.close()
        self._abandon(list(self._channels))

    @override
    async def _apply(self, writes: Sequence[Write]) -> None:
        steps: list[Step] = []
        owners: list[Write] = []
        for write in writes:
            for sql, parameters, guarded in plan(write):
                statement = translate(sql, guarded=guarded)
                steps.append((statement, statement.values(parameters)))
                owners.append(write)
        try:
            await self._here().writer.run(steps)
        except GuardFailed as failure:
            raise Conflict(owners[failure.step]) from None

    @override
    async def _run(self, sql: str, parameters: Parameters) -> int:
        statement = translate(sql)
        (rows,) = await self._here().writer.run(((statement, statement.values(parameters)),))
        return rows

    @override
    async def _rows(self, sql: str, parameters: Parameters = NOTHING) -> list[Row]:
        statement = translate(sql)
        try:
            values = statement.values(parameters)
        except ValueError:
            # What cannot be stored is not there.
            return []
        return await self._here().reader.rows(statement, values)

    def _here(self) -> _Channels:
        """The connections of the loop that runs."""
        loop = asyncio.get_running_loop()
        channels = self._channels.get(loop)
        if channels is None:
            if self._closed:
                raise StorageUnavailable("the storage is closed")
            self._abandon([other for other in self._channels if other.is_closed()])
            channels = self._channels[loop] = _Channels(self._address)
        return channels

    def _abandon(self, loops: list[asyncio.AbstractEventLoop]) -> None:
        """Let go of the connections of loops that have ended, or that somebody else runs."""
        for loop in loops:
            channels = self._channels.pop(loop)
            for channel in (channels.reader, channels.writer):
                if loop.is_closed():
                    channel.abandon()
                else:
                    loop.call_soon_threadsafe(channel.abandon)


@contextmanager
def _connection(address: Address) -> Generator["psycopg.Connection[Any]"]:
    """An ordinary connection, for what is done before the server's work."""
    try:
        with psycopg.connect(address.conninfo(), autocommit=True) as connection:
            yield connection
    except psycopg.Error as error:
        raise StorageUnavailable("the database could not be opened") from error
