"""
One writer for everybody: who waits at the same time shares one transaction, and one wait for the disk.

SQLite lets one connection write at a time, and a durable commit costs a flush of the disk, far more than
the statements in it. So callers hand their work to one thread. It takes all the work that has come in while
it was busy, does it in one transaction, commits once, and then tells everybody. A piece that fails is
undone and fails alone.

Undoing one piece needs a savepoint, for which SQLite copies every page before it changes it: up to half of
the cost of a small commit. Few pieces fail, and most of those at their guard, before they have changed
anything. So a group first runs without savepoints; only if a piece fails half-done is all of it rolled back
and run again with one for each.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from authwright.authorization_server.storage import StorageUnavailable

from .file import is_about_the_statement

T = TypeVar("T")

_MOST_PIECES: Final = 512
"""In one transaction: the first of a group waits for the last."""


class _HalfDone(Exception):
    """A piece failed after it had changed something."""


class _Piece:
    """The work of one caller and its outcome: made and settled in the caller's loop, done in the thread."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: Exception | None = None

    def attempt(self, connection: sqlite3.Connection, *, isolated: bool) -> None:
        """
        Do the work, or keep the error. Raises what concerns the whole group.

        *isolated*: in a savepoint of its own, to which a failure is undone. Otherwise a failure that has
        changed something raises `_HalfDone`.
        """
        changes = connection.total_changes
        self.error = None
        if isolated:
            connection.execute("SAVEPOINT piece")
        try:
            self.result = self.work(connection)
        except sqlite3.Error as error:
            if not is_about_the_statement(error):
                raise
            self.error = error
        except Exception as error:  # noqa: BLE001  # a bug of the caller's, and raised there
            self.error = error
        if isolated:
            if self.error is not None:
                connection.execute("ROLLBACK TO piece")
            connection.execute("RELEASE piece")
        elif self.error is not None and connection.total_changes != changes:
            raise _HalfDone

    def fail(self, cause: BaseException) -> None:
        """Nothing is known to be applied: the transaction around it was lost."""
        self.error = StorageUnavailable("the database could not be written")
        self.error.__cause__ = cause

    def settle(self) -> None:
        """Wake the caller, unless it has given up."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class GroupCommit:
    """
    The writer thread and its connection.

    *connect* makes the connection, in autocommit mode; it is called again after an error of the database, so
    that writing goes on by itself when the cause is gone.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._queue: SimpleQueue[_Piece | None] = SimpleQueue()
        self._accepting = True
        self._accepting_lock = threading.Lock()
        # A daemon, for a process that ends without `close`: what was acknowledged is on the disk already.
        self._thread = threading.Thread(target=self._run, name="authwright-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """
        What *work* returns, once all that it did is durable.

        *work* is called in the writer thread, inside a transaction; all of it is applied or nothing. When a
        first call was undone with the transaction it is called again. Raises what *work* raises, and
        `StorageUnavailable` when the database cannot be written or the writer has stopped.
        """
        piece = _Piece(work)
        with self._accepting_lock:
            # A thread does not survive a fork, so it is asked whether it lives, not whether it was started.
            if not self._accepting or not self._thread.is_alive():
                raise StorageUnavailable("the storage is closed, or its writer has ended")
            self._queue.put(piece)
        result: T = await piece.future
        return result

    async def close(self) -> None:
        """Finish what has been handed in, then stop. Idempotent."""
        with self._accepting_lock:
            if self._accepting:
                self._accepting = False
                self._queue.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _run(self) -> None:
        group: list[_Piece] = []
        try:
            while group := self._next_group():
                self._commit(group)
        finally:
            self._drop_connection()
            with self._accepting_lock:
                self._accepting = False
            # Nobody can hand in anything any more; if a fault ends this thread, those who have must hear it.
            while group or (group := self._next_group(wait=False)):
                for piece in group:
                    piece.fail(RuntimeError("the writer thread has ended"))
                _settle(group)
                group = []

    def _next_group(self, *, wait: bool = True) -> list[_Piece]:
        """All the work that is there, waiting for the first; empty when it is time to stop."""
        group: list[_Piece] = []
        try:
            while len(group) < _MOST_PIECES:
                piece = self._queue.get(block=wait and not group)
                if piece is None:
                    if group:
                        self._queue.put(None)
                    break
                group.append(piece)
        except Empty:
            pass
        return group

    def _commit(self, group: list[_Piece]) -> None:
        try:
            try:
                self._transact(group, isolated=False)
            except _HalfDone:
                self._transact(group, isolated=True)
        except BaseException as error:  # noqa: BLE001  # whatever it is, nobody may be left waiting
            self._drop_connection()
            for piece in group:
                piece.fail(error)
        _settle(group)

    def _transact(self, group: list[_Piece], *, isolated: bool) -> None:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for piece in group:
                piece.attempt(self._connection, isolated=isolated)
        except _HalfDone:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _drop_connection(self) -> None:
        """Closing rolls back what is open; a new connection has no part in what was wrong with this one."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _settle(group: list[_Piece]) -> None:
    """Wake each loop once, whatever the number of its callers."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Piece]] = {}
    for piece in group:
        by_loop.setdefault(piece.loop, []).append(piece)
    for loop, pieces in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_in_loop, pieces)
        except RuntimeError:
            # The loop was closed, and those who waited are gone with it.
            continue


def _settle_in_loop(pieces: list[_Piece]) -> None:
    for piece in pieces:
        piece.settle()
