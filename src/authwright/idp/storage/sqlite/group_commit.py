"""
One writer for everybody: who waits at the same time shares one transaction, and one wait for the disk.

SQLite lets one connection write at a time, and a durable commit costs a flush of the disk, far more than
the statements in it. So work is handed in, and while a commit is on its way more of it gathers; then all of
it is done in one transaction, committed once, and everybody is told. A piece that fails is undone and fails
alone.

The statements are done in the event loop, which has to let go of nothing for them, and one thread commits,
which is what waits. The thread does a whole group where that could take long: when somebody says so, when
another process holds the lock, and when a piece has to be undone.

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
from datetime import timedelta
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from authwright.authorization_server.storage import StorageUnavailable

from .file import is_about_the_statement

T = TypeVar("T")

_MOST_PIECES: Final = 512
"""In one transaction: the first of a group waits for the last."""


class _HalfDone(Exception):
    """A piece failed after it had changed something."""


class _Piece:
    """The work of one caller and its outcome: made and settled in the caller's loop."""

    __slots__ = ("error", "future", "in_thread", "loop", "result", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], Any], *, in_thread: bool) -> None:
        self.work = work
        self.in_thread = in_thread
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


class _Group:
    """Pieces that are committed together, and how far that has come."""

    __slots__ = ("isolated", "pieces", "transaction")

    def __init__(self, pieces: list[_Piece]) -> None:
        self.pieces = pieces
        self.transaction: sqlite3.Connection | None = None
        """Where all the work is done, and nothing is left but to commit it."""
        self.isolated = False
        """A piece has to be undone, so each needs a savepoint."""

    def attempt(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Begin the transaction and do all the work. When it raises, the transaction may be open."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            for piece in self.pieces:
                piece.attempt(connection, isolated=self.isolated)
        except _HalfDone:
            connection.execute("ROLLBACK")
            self.isolated = True
            raise
        self.transaction = connection
        return connection

    def fail(self, cause: BaseException) -> None:
        for piece in self.pieces:
            piece.fail(cause)


class GroupCommit:
    """
    The connection that writes, and the thread that waits for the disk.

    *connect* makes the connection, in autocommit mode; it is called again after an error of the database, so
    that writing goes on by itself when the cause is gone. *patience* is how long another process may hold the
    lock.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], patience: timedelta) -> None:
        self._connect = connect
        self._patience = patience
        self._connection: sqlite3.Connection | None = None
        self._groups: SimpleQueue[_Group | None] = SimpleQueue()
        # What follows is every thread's that has a loop with callers, and is held by this lock.
        self._lock = threading.Lock()
        self._accepting = True
        self._waiting: list[_Piece] = []
        self._committing = False
        self._beginning: asyncio.AbstractEventLoop | None = None
        # A daemon, for a process that ends without `close`: what was acknowledged is on the disk already.
        self._thread = threading.Thread(target=self._run, name="authwright-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[sqlite3.Connection], T], *, in_thread: bool = False) -> T:
        """
        What *work* returns, once all that it did is durable.

        *work* is called inside a transaction; all of it is applied or nothing. It is called in a loop of
        those who wait, which does nothing else meanwhile, or *in_thread*. When a first call was undone with
        the transaction it is called again. Raises what *work* raises, and `StorageUnavailable` when the
        database cannot be written or the writer has stopped.
        """
        piece = _Piece(work, in_thread=in_thread)
        with self._lock:
            # A thread does not survive a fork, so it is asked whether it lives, not whether it was started.
            if not self._accepting or not self._thread.is_alive():
                raise StorageUnavailable("the storage is closed, or its writer has ended")
            self._waiting.append(piece)
            # Another loop's turn may never come; every loop that waits has one of its own.
            if not self._committing and self._beginning is not piece.loop:
                self._beginning = piece.loop
                piece.loop.call_soon(self._begin)
        result: T = await piece.future
        return result

    async def close(self) -> None:
        """Finish what has been handed in, then stop. Idempotent."""
        with self._lock:
            if self._accepting:
                self._accepting = False
                self._groups.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _begin(self) -> None:
        """In a loop: do the work of all who wait, and leave the commit to the thread."""
        if group := self._take():
            try:
                self._attempt_at_once(group)
            finally:
                self._groups.put(group)

    def _take(self) -> _Group | None:
        """Those who wait, unless nobody does or others are being committed."""
        with self._lock:
            self._beginning = None
            if self._committing or not self._waiting:
                return None
            pieces = self._waiting[:_MOST_PIECES]
            del self._waiting[:_MOST_PIECES]
            self._committing = True
        return _Group(pieces)

    def _attempt_at_once(self, group: _Group) -> None:
        """Do the group's work here and now. Where that does not do, nothing of it is done."""
        if self._connection is None or any(piece.in_thread for piece in group.pieces):
            return
        try:
            group.attempt(self._connection)
        except _HalfDone:
            return
        except sqlite3.Error:
            # When another process holds the lock, nothing has begun.
            if self._connection.in_transaction:
                self._drop_connection()
        except BaseException:
            self._drop_connection()
            raise

    def _run(self) -> None:
        group: _Group | None = None
        try:
            while group := self._next():
                self._commit(group)
        finally:
            self._drop_connection()
            with self._lock:
                self._accepting = False
            # Nobody can hand in anything any more; if a fault ends this thread, those who have must hear it.
            while group or (group := self._last()):
                group.fail(RuntimeError("the writer thread has ended"))
                self._tell(group)
                group = None

    def _next(self) -> _Group | None:
        """In the thread: the next group, until it is time to stop and none is left."""
        group = self._groups.get() if self._accepting else None
        return group or self._last()

    def _last(self) -> _Group | None:
        """In the thread: one of the groups that are left when nobody is accepted any more."""
        group = self._take()
        # What a loop has taken, it brings; the word to stop may come first.
        while group is None and self._committing:
            group = self._groups.get()
        return group

    def _commit(self, group: _Group) -> None:
        try:
            transaction = group.transaction or self._attempt_patiently(group)
            transaction.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001  # whatever it is, nobody may be left waiting
            self._drop_connection()
            group.fail(error)
        self._tell(group)

    def _attempt_patiently(self, group: _Group) -> sqlite3.Connection:
        """Do the group's work, on a new connection if need be, and wait for the lock of another process."""
        if self._connection is None:
            self._connection = self._connect()
        _wait_for_locks(self._connection, self._patience)
        try:
            transaction = group.attempt(self._connection)
        except _HalfDone:
            transaction = group.attempt(self._connection)
        _wait_for_locks(transaction, timedelta())
        return transaction

    def _tell(self, group: _Group) -> None:
        """Wake each loop once, whatever the number of its callers, and the loops of those who wait."""
        with self._lock:
            self._committing = False
            told: dict[asyncio.AbstractEventLoop, list[_Piece]] = {piece.loop: [] for piece in self._waiting}
        for piece in group.pieces:
            told.setdefault(piece.loop, []).append(piece)
        for loop, pieces in told.items():
            # A loop may be closed, and those who waited gone with it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._go_on, pieces)

    def _go_on(self, pieces: list[_Piece]) -> None:
        """In a loop: wake its callers, and begin the next group before they have their turn."""
        for piece in pieces:
            piece.settle()
        self._begin()

    def _drop_connection(self) -> None:
        """Closing rolls back what is open; a new connection has no part in what was wrong with this one."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _wait_for_locks(connection: sqlite3.Connection, patience: timedelta) -> None:
    connection.execute(f"PRAGMA busy_timeout = {patience // timedelta(milliseconds=1)}")
