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
        self._closed = False

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
        """Wait until all that was submitted is answered, then let go of the connection."""
        self._closed = True
        while self._connecting is not None or (
            self._pipeline is not None and (self._waiting or not self._pipeline.idle)
        ):
            if self._down is not None:
                break
            await asyncio.sleep(0.001)
        self.abandon()

    def abandon(self) -> None:
        """Let go of the connection now. Safe when the loop is closed."""
        self._closed = True
        if self._connecting is not None and not self._loop.is_closed():
            self._connecting.cancel()
        if self._pipeline is not None:
            self._pipeline.close()
            self._pipeline = None

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

    def _lost(self, _cause: Exception) -> None:
        self._pipeline = None
        if not self._closed:
            self._begin_connecting()

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
                except (psycopg.Error, OSError) as error:
                    self._down = error
                    pieces, self._waiting = self._waiting, []
                    for piece in pieces:
                        self._refuse(piece, unavailable(error))
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            self._connecting = None
        self._down = None
        self._pipeline = Pipeline(connection, self._lost)
        self._send_waiting()
