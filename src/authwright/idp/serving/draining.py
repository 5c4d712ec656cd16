"""
A server that stops without failing anybody.

Whoever is told to stop has clients in three places: in the middle of a request, on a connection that is kept
for the next request, and in the kernel's queue before anybody accepted them. None of them did anything wrong,
and who loses a connection in the middle of a request cannot know whether it took effect. So the queue is
emptied before it is closed, and every answer from then on says ``connection: close``
(:rfc:`9112#section-9.6`). Who comes later is refused, and may go to another node.
"""

import asyncio
import socket
from typing import Final, NamedTuple, cast

import uvicorn
from typing_extensions import override

from authwright.idp.http.connection import Connection
from authwright.idp.serving.accepting import Accepting, Shares
from authwright.idp.serving.asgi_server import AsgiServer
from authwright.idp.serving.listening import empty_queues

IDLE_SECONDS: Final = 2
"""For a request on a connection that is kept: as long as its client may have taken it for open, and more."""

GRACE_SECONDS: Final = 10
"""For requests in progress."""

_TURN: Final = 0.05


class Neighbours(NamedTuple):
    """The workers of a node: how many connections each has, and which of them this one is."""

    shares: Shares
    place: int


class DrainingServer(AsgiServer):
    """
    A server that is stopped by `finish` alone, and in order.

    *neighbours* are the processes that accept from the same sockets, and go on; without them nobody does, and
    the queue has to be emptied before. *idle_seconds* is how long connections on which nobody asks anything
    are waited for.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        neighbours: Neighbours | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        super().__init__(config)
        self._neighbours = neighbours
        self._idle_seconds = idle_seconds
        self._accepting: Accepting | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    def finish(self) -> None:
        """Finish what has begun, then end."""
        self.should_exit = True

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._neighbours is None:
            await super().startup(sockets)
            return
        await super().startup([])
        connections, (shares, place) = self.server_state.connections, self._neighbours
        self._accepting = Accepting(
            sockets or [], self._connected, lambda: len(connections) + len(self._tasks), shares, place
        )

    def _connected(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(
            loop.connect_accepted_socket(self._protocol, connection)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _protocol(self) -> Connection:
        return Connection(self.config, self.server_state, self.lifespan.state, lost=self._lost)

    def _lost(self) -> None:
        if self._accepting is not None:
            self._accepting.tell()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        listeners = sockets or []
        if self._accepting is None:
            await empty_queues(listeners)
        else:
            self._accepting.close()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()
        await self._drain()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        """Answer whoever is connected once more, and until nobody is or nobody has anything to ask."""
        self.config.encoded_headers.append((b"connection", b"close"))
        # It renews the headers of every answer, of which ``date`` is one.
        await self.on_tick(0)
        # uvicorn knows the types of its own protocols alone.
        for connection in cast("set[Connection]", self.server_state.connections).copy():
            if connection.is_busy:
                connection.shutdown()
        for _ in range(int(self._idle_seconds / _TURN)):
            if not self.server_state.connections:
                return
            await asyncio.sleep(_TURN)
            await self.on_tick(0)
