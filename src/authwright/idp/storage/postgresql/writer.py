"""
Commits of many callers over one connection, and one wait for the disk.

Each commit, a *piece*, is a transaction of its own: the statements between two Syncs. It runs without waiting
for the disk (``synchronous_commit = off``), so a hundred of them are one round trip and no more than their
own work. Behind them comes a *barrier*: a transaction that does nothing but write a message to the log, and
that does wait, for whatever the operator's ``synchronous_commit`` says. The log is written in order, so when
the barrier is on the disk, and at the standby, all that was before it is too. Nobody is told of success
before.

One barrier is under way at a time. What is sent meanwhile is covered by the next, so that the slower the
disk, the more commits share one wait.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, assert_never, final

from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from typing_extensions import override

from authwright.authorization_server.storage import StorageUnavailable

from .channel import Channel, Connect
from .errors import Meaning, StatementRefused, meaning, sqlstate_of, unavailable
from .pipeline import Pipeline
from .translation import Translated, Values, translate

_MOST_ATTEMPTS: Final = 5
"""Of a piece that another transaction got in the way of."""

_FAILURES: Final = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)

Step = tuple[Translated, Values]

# The level of a commit that somebody is told of: `connection.open_writer` has put it there.
_BARRIER: Final = translate(
    """
    SELECT
        set_config('synchronous_commit', current_setting('authwright.durability'), true),
        pg_logical_emit_message(true, 'authwright', 'barrier')
    """
)
_BARRIER_STEP: Final = (_BARRIER, _BARRIER.values({}))


class GuardFailed(Exception):
    """The guard of the step of this number did not hold. Nothing of the piece was applied."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


@final
class _Piece:
    """The steps of one commit, who waits for it, and how often it was tried."""

    __slots__ = ("_counts", "_writer", "attempt", "future", "steps")

    def __init__(
        self, steps: Sequence[Step], writer: "Writer", future: "asyncio.Future[list[int]]", attempt: int = 1
    ) -> None:
        self.steps = steps
        self.future = future
        self.attempt = attempt
        self._counts: list[int] | None = None
        self._writer = writer

    def answered(self, results: list[PGresult], pipeline: Pipeline) -> None:
        for number, result in enumerate(results):
            if result.status in _FAILURES:
                self._writer.failed(self, number, result, pipeline)
                return
        self._counts = [result.command_tuples or 0 for result in results]

    def lost(self, cause: Exception) -> None:
        self.fail(unavailable(cause))

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)

    def settle(self) -> None:
        """It is durable, if it was applied."""
        if self._counts is not None and not self.future.done():
            self.future.set_result(self._counts)


@final
class _Barrier:
    """What has to be durable before *pieces* are told."""

    __slots__ = ("_pieces", "_writer")

    def __init__(self, pieces: list[_Piece], writer: "Writer") -> None:
        self._pieces = pieces
        self._writer = writer

    def answered(self, results: list[PGresult], pipeline: Pipeline) -> None:
        failed = [result for result in results if result.status in _FAILURES]
        if failed:
            self.lost(StatementRefused(sqlstate_of(failed[0])))
        elif pipeline.warned:
            # Somebody cancelled the wait for the standby: committed here, and with a warning, not there.
            self.lost(RuntimeError("the standby was not waited for"))
        else:
            for piece in self._pieces:
                piece.settle()
            self._writer.barrier_ended()

    def lost(self, cause: Exception) -> None:
        for piece in self._pieces:
            piece.lost(cause)
        self._writer.barrier_ended()


@final
class Writer(Channel[_Piece]):
    """The writing connection of one event loop. *connect* is `connection.open_writer` of something."""

    def __init__(self, connect: Connect) -> None:
        super().__init__(connect)
        self._uncovered: list[_Piece] = []
        self._barrier_under_way = False

    async def run(self, steps: Sequence[Step]) -> list[int]:
        """
        Apply all *steps* or none, and return once that is durable: how many rows each touched.

        Raises `GuardFailed`, `StorageUnavailable`, and `StatementRefused` for a bug.
        """
        future: asyncio.Future[list[int]] = self._loop.create_future()
        return await self.outcome(_Piece(steps, self, future), future)

    def failed(self, piece: _Piece, step: int, result: PGresult, pipeline: Pipeline) -> None:
        """*piece* was undone, because of the *result* of this *step*, or of its end behind the last step."""
        at_the_end = step == len(piece.steps)
        statement, _ = piece.steps[-1 if at_the_end else step]
        sqlstate = pipeline.reason(statement, result)
        why = meaning(sqlstate, guarded=statement.guarded and not at_the_end)
        match why:
            case Meaning.CONFLICT:
                piece.fail(GuardFailed(step))
            case Meaning.RETRY if piece.attempt < _MOST_ATTEMPTS:
                self._send_again(piece)
            case Meaning.RETRY | Meaning.UNAVAILABLE:
                piece.fail(unavailable(StatementRefused(sqlstate)))
            case Meaning.WRONG_CONNECTION:
                piece.fail(unavailable(StatementRefused(sqlstate)))
                pipeline.lose(StatementRefused(sqlstate))
            case Meaning.BUG:
                piece.fail(StatementRefused(sqlstate))
            case _:
                assert_never(why)

    def barrier_ended(self) -> None:
        """Cover what was sent meanwhile."""
        self._barrier_under_way = False
        if self._pipeline is not None:
            self._send_barrier(self._pipeline)
            self._pipeline.flush()

    def _send_again(self, piece: _Piece) -> None:
        # Another piece: the barrier that covers this one must not settle what is still to be done.
        again = _Piece(piece.steps, self, piece.future, piece.attempt + 1)
        try:
            self.submit(again)
        except StorageUnavailable as error:
            again.fail(error)

    def _send_barrier(self, pipeline: Pipeline) -> None:
        if self._uncovered and not self._barrier_under_way:
            self._barrier_under_way = True
            pieces, self._uncovered = self._uncovered, []
            pipeline.send(_Barrier(pieces, self), (_BARRIER_STEP,))

    @override
    def _send(self, pipeline: Pipeline, pieces: list[_Piece]) -> None:
        for piece in pieces:
            pipeline.send(piece, piece.steps)
        self._uncovered += pieces
        self._send_barrier(pipeline)

    @override
    def _refuse(self, piece: _Piece, error: StorageUnavailable) -> None:
        piece.fail(error)
