"""
Reads of many callers over one connection.

All that are asked for in one turn of the loop go out as one segment, each statement with a snapshot of its
own (READ COMMITTED). If one fails, those behind it were skipped and are sent again.
"""

import asyncio
from typing import Final, final

from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from typing_extensions import override

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage.statement import Row

from . import rows
from .channel import Channel, Connect
from .errors import Meaning, StatementRefused, meaning, unavailable
from .pipeline import Pipeline
from .translation import Translated, Values

_ROWS: Final = ExecStatus.TUPLES_OK
_SKIPPED: Final = ExecStatus.PIPELINE_ABORTED


@final
class _Read:
    """One SELECT and who waits for it."""

    __slots__ = ("future", "statement", "values")

    def __init__(self, statement: Translated, values: Values, future: "asyncio.Future[list[Row]]") -> None:
        self.statement = statement
        self.values = values
        self.future = future

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


@final
class _Reads:
    """A segment of reads."""

    __slots__ = ("_reader", "_reads")

    def __init__(self, reads: list[_Read], reader: "Reader") -> None:
        self._reads = reads
        self._reader = reader

    def answered(self, results: list[PGresult], pipeline: Pipeline) -> None:
        skipped: list[_Read] = []
        # What has its rows has them, even if the transaction's end failed, which is one result more.
        for read, result in zip(self._reads, results, strict=False):
            if read.future.done():
                continue
            if result.status == _ROWS:
                read.future.set_result(self._reader.rows_of(read.statement, result))
            elif result.status == _SKIPPED:
                skipped.append(read)
            else:
                self._explain(read, result, pipeline)
        self._reader.send_again(skipped)

    def lost(self, cause: Exception) -> None:
        for read in self._reads:
            read.fail(unavailable(cause))

    def _explain(self, read: _Read, result: PGresult, pipeline: Pipeline) -> None:
        sqlstate = pipeline.reason(read.statement, result)
        match meaning(sqlstate, guarded=False):
            case Meaning.BUG:
                read.fail(StatementRefused(sqlstate))
            case Meaning.WRONG_CONNECTION:
                read.fail(unavailable(StatementRefused(sqlstate)))
                pipeline.lose(StatementRefused(sqlstate))
            case _:
                read.fail(unavailable(StatementRefused(sqlstate)))


@final
class Reader(Channel[_Read]):
    """The reading connection of one event loop."""

    def __init__(self, connect: Connect) -> None:
        super().__init__(connect)
        self._readers: dict[bytes, tuple[rows.Reader, ...]] = {}

    async def rows(self, statement: Translated, values: Values) -> list[Row]:
        """The rows of one SELECT. Raises `StorageUnavailable`, and `StatementRefused` for a bug."""
        future: asyncio.Future[list[Row]] = self._loop.create_future()
        return await self.outcome(_Read(statement, values, future), future)

    def rows_of(self, statement: Translated, result: PGresult) -> list[Row]:
        """The rows of *result*, a result of *statement*."""
        if not result.ntuples:
            return []
        by = self._readers.get(statement.name)
        if by is None:
            by = self._readers[statement.name] = rows.readers(result)
        return rows.rows(result, by)

    def send_again(self, reads: list[_Read]) -> None:
        """What was skipped because of another."""
        for read in reads:
            try:
                self.submit(read)
            except StorageUnavailable as error:
                read.fail(error)

    @override
    def _send(self, pipeline: Pipeline, pieces: list[_Read]) -> None:
        pipeline.send(_Reads(pieces, self), [(piece.statement, piece.values) for piece in pieces])

    @override
    def _refuse(self, piece: _Read, error: StorageUnavailable) -> None:
        piece.fail(error)
