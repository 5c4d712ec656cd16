"""
One connection in pipeline mode: statements go out without waiting for the answers, which come in order.

psycopg's own pipelines wait for an answer where the next statement stands in the code; here many callers
share one, so this drives libpq's non-blocking functions from the event loop (PostgreSQL documentation,
34.5 "Pipeline Mode"). What is sent up to a Sync is a `Segment`: one implicit transaction, and if one of its
statements fails the rest are skipped. Segments are answered in the order in which they were sent, whatever
became of those who asked; so nobody who gives up can shift the answers of the others.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, final

import psycopg
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

from .errors import UNKNOWN_STATEMENT, sqlstate_of
from .translation import Translated, Values

ANSWER_TIMEOUT: Final = 7.0
"""Seconds after which a connection that has not answered is given up: no caller waits for longer."""

_SYNC: Final = ExecStatus.PIPELINE_SYNC
_OK: Final = ConnStatus.OK


class Segment(Protocol):
    """What is sent between two Syncs. One of both methods is called, once."""

    def answered(self, results: list[PGresult], pipeline: "Pipeline") -> None:
        """
        The results of its statements, in order; those after a failed one say that they were skipped.

        One more, which failed, when it was the transaction's end that did.
        """
        ...

    def lost(self, cause: Exception) -> None:
        """The connection was lost: it is unknown what the database did."""
        ...


@final
class _Preparation:
    """Of one statement. What is wrong with it is told to those who run it."""

    __slots__ = ("_name",)

    def __init__(self, name: bytes) -> None:
        self._name = name

    def answered(self, results: list[PGresult], pipeline: "Pipeline") -> None:
        if results[0].status == ExecStatus.FATAL_ERROR:
            pipeline.not_prepared(self._name, sqlstate_of(results[0]))

    def lost(self, cause: Exception) -> None:
        pass


class Pipeline:
    """
    *connection* is idle, in autocommit mode, and belongs to this from now on. *lost* is called when it is
    lost, after every segment was told.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any], lost: Callable[[Exception], object]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._prepared: set[bytes] = set()
        self._refused: dict[bytes, str] = {}
        self._sent: deque[tuple[Segment, float]] = deque()
        self._results: list[PGresult] = []
        self._watch: asyncio.TimerHandle | None = None
        self._writing = False
        self._open = True
        self.warned = False
        """Whether the database said anything more than the answers of the segment that is being answered."""

        self._pgconn.notice_handler = self._noticed
        self._pgconn.nonblocking = 1
        self._pgconn.enter_pipeline_mode()
        self._descriptor = self._pgconn.socket
        self._loop.add_reader(self._descriptor, self._readable)

    def send(self, segment: Segment, statements: Sequence[tuple[Translated, Values]]) -> None:
        """Send *statements* as *segment*, which hears of it if that fails. `flush` when all is sent."""
        try:
            if not self._open:
                raise psycopg.OperationalError("the connection was lost")
            for statement, _ in statements:
                if statement.name not in self._prepared:
                    self._prepare(statement)
            for statement, (values, formats) in statements:
                self._pgconn.send_query_prepared(statement.name, values, formats)
            self._end(segment)
        except psycopg.Error as error:
            segment.lost(error)
            self.lose(error)

    def _prepare(self, statement: Translated) -> None:
        """In a segment of its own: skipped with a failed one, it would be thought to be prepared."""
        self._prepared.add(statement.name)
        self._pgconn.send_prepare(statement.name, statement.sql)
        self._end(_Preparation(statement.name))

    def _end(self, segment: Segment) -> None:
        self._pgconn.pipeline_sync()
        now = self._loop.time()
        self._sent.append((segment, now))
        if self._watch is None:
            self._watch = self._loop.call_at(now + ANSWER_TIMEOUT, self._look_for_silence)

    def reason(self, statement: Translated, result: PGresult) -> str:
        """The SQLSTATE of what is wrong with *statement*, which gave *result*, or could not be prepared."""
        sqlstate = sqlstate_of(result)
        if sqlstate == UNKNOWN_STATEMENT:
            return self._refused.get(statement.name, sqlstate)
        return sqlstate

    def not_prepared(self, name: bytes, sqlstate: str) -> None:
        """The statement of this *name* cannot be run now; perhaps it can be prepared the next time."""
        self._prepared.discard(name)
        self._refused[name] = sqlstate

    def flush(self) -> None:
        """Send what the system takes now, and the rest when it takes more."""
        if self._open and not self._writing:
            try:
                if self._pgconn.flush():
                    self._writing = True
                    self._loop.add_writer(self._descriptor, self._writable)
            except psycopg.Error as error:
                self.lose(error)

    def lose(self, cause: Exception) -> None:
        """Give the connection up. Idempotent."""
        if not self._open:
            return
        self.close()
        sent, self._sent = self._sent, deque()
        for segment, _ in sent:
            segment.lost(cause)
        self._lost(cause)

    def close(self) -> None:
        """Let go of the connection, telling nobody. Idempotent."""
        if not self._open:
            return
        self._open = False
        if not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)
        if self._watch is not None:
            self._watch.cancel()
        self._pgconn.finish()

    def _writable(self) -> None:
        try:
            if self._pgconn.flush() == 0:
                self._writing = False
                self._loop.remove_writer(self._descriptor)
        except psycopg.Error as error:
            self.lose(error)

    def _readable(self) -> None:
        pgconn = self._pgconn
        try:
            pgconn.consume_input()
            while self._sent and not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    # Between the results of two statements, or because there will be no more.
                    if pgconn.status != _OK:
                        break
                elif result.status == _SYNC:
                    self._answer()
                else:
                    self._results.append(result)
            if self._open and pgconn.status != _OK:
                raise psycopg.OperationalError("the database ended the connection")
        except psycopg.Error as error:
            self.lose(error)

    def _answer(self) -> None:
        results, self._results = self._results, []
        segment, _ = self._sent.popleft()
        try:
            segment.answered(results, self)
        except Exception as error:  # noqa: BLE001  # a bug, which must not leave anybody waiting
            segment.lost(error)
            self.lose(error)
        self.warned = False

    def _noticed(self, _notice: PGresult) -> None:
        self.warned = True

    def _look_for_silence(self) -> None:
        self._watch = None
        if self._sent:
            due = self._sent[0][1] + ANSWER_TIMEOUT
            if due <= self._loop.time():
                self.lose(TimeoutError("the database took too long to answer"))
            else:
                self._watch = self._loop.call_at(due, self._look_for_silence)
