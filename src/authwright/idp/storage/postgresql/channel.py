"""
A pipeline that is made when it is first needed, and again by itself whenever it is lost.

While it is made, callers wait; that is bounded by the connection's own timeout. Once an attempt has failed,
callers are refused at once, and attempts go on in the background until one succeeds.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

import psycopg

from authwright.authorization_server.storage import StorageUnavailable

from .errors import unavailable
from .pipeline import Pipeline

Connect = Callable[[], Awaitable["psycopg.AsyncConnection[Any]"]]

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
"""Seconds between two attempts to connect."""

_Piece = TypeVar("_Piece")
_Outcome = TypeVar("_Outcome")


class Channel(ABC, Generic[_Piece]):
    """Belongs to the event loop in which it is made. *connect* makes an idle connection, or raises."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._pipeline: Pipeline | None = None
        self._waiting: list[_Piece] = []
        self._sending = False
        self._connecting: asyncio.Task[None] | None = None
        self._down: Exception | None = None
        self._waited_for = 0
        self._closed = False
        self._unneeded = asyncio.Event()

    async def outcome(self, piece: _Piece, future: "asyncio.Future[_Outcome]") -> _Outcome:
        """Submit *piece*, whose outcome *future* becomes, and wait for it. Raises `StorageUnavailable`."""
        self.submit(piece)
        self._waited_for += 1
        try:
            return await future
        finally:
            self._waited_for -= 1
            if self._closed and not self._waited_for:
                self._unneeded.set()

    def submit(self, piece: _Piece) -> None:
        """Send *piece* with all that is submitted in this turn of the loop. Raises `StorageUnavailable`."""
        if self._closed:
            raise StorageUnavailable("the storage is closed")
        if self._down is not None:
            raise unavailable(self._down)
        self._waiting.append(piece)
        if self._pipeline is None:
            self._begin_connecting()
        elif not self._sending:
            self._sending = True
            self._loop.call_soon(self._send_waiting)

    async def close(self) -> None:
        """Take nothing more, and let go of the connection when everybody has their outcome. Idempotent."""
        self._closed = True
        if self._waited_for:
            await self._unneeded.wait()
        connecting = self._connecting
        self.abandon()
        if connecting is not None:
            await asyncio.wait((connecting,))

    def abandon(self) -> None:
        """Let go of the connection now: in the loop, or when the loop is closed and nobody waits in it."""
        self._closed = True
        closed = StorageUnavailable("the storage is closed")
        if self._loop.is_closed():
            if self._pipeline is not None:
                self._pipeline.close()
            return
        if self._pipeline is not None:
            self._pipeline.lose(closed)
        if self._connecting is not None:
            self._connecting.cancel()
        self._refuse_waiting(closed)

    @abstractmethod
    def _send(self, pipeline: Pipeline, pieces: list[_Piece]) -> None:
        """Send them all."""

    @abstractmethod
    def _refuse(self, piece: _Piece, error: StorageUnavailable) -> None:
        """Tell who waits for *piece* that nothing was sent."""

    def _send_waiting(self) -> None:
        self._sending = False
        pipeline = self._pipeline
        if pipeline is not None and self._waiting:
            pieces, self._waiting = self._waiting, []
            self._send(pipeline, pieces)
            pipeline.flush()

    def _lost(self, cause: Exception) -> None:
        self._pipeline = None
        if self._closed:
            self._refuse_waiting(cause)
        else:
            self._begin_connecting()

    def _refuse_waiting(self, cause: Exception) -> None:
        pieces, self._waiting = self._waiting, []
        for piece in pieces:
            self._refuse(piece, unavailable(cause))

    def _begin_connecting(self) -> None:
        if self._connecting is None:
            self._connecting = self._loop.create_task(self._connect_until_it_succeeds())

    async def _connect_until_it_succeeds(self) -> None:
        pause = _FIRST_PAUSE
        try:
            while True:
                try:
                    connection = await self._connect()
                    break
                except Exception as error:  # noqa: BLE001  # whatever it is, nobody may be left waiting
                    self._down = error
                    self._refuse_waiting(error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            self._connecting = None
        self._down = None
        self._pipeline = Pipeline(connection, self._lost)
        self._send_waiting()
