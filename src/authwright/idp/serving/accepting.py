"""
Taking connections from sockets that other processes take from too: whoever has the fewest first.

When a connection comes, the kernel wakes every process that waits for one, and it is often the same that is
first; libuv even takes all that have come. One worker would have all connections of a proxy, which keeps
them, and its neighbours none. So the workers tell each other how many they have, in a few bytes of shared
memory, and one that has more than another leaves it the time of a breath. Nobody waits longer for a worker
that hangs. ``SO_REUSEPORT`` shares evenly too, but whom it has given to a worker that died nobody can take.
"""

import asyncio
import mmap
import os
import socket
import tempfile
from collections.abc import Callable, Sequence
from typing import Final, final

_NOBODY: Final = 2**62
"""What a worker that does not run has: so many that nobody leaves it anything."""

_BREATH_SECONDS: Final = 0.005
_WITHOUT_DESCRIPTORS_SECONDS: Final = 1
_MORE: Final = 1
"""A difference that is none: else two that come and go would wait for each other."""


@final
class Shares:
    """How many connections each of several workers has. Every process has one over the same file."""

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, 0)
        self._counts = memoryview(self._memory).cast("q")

    def tell(self, place: int, count: int) -> None:
        """The worker at *place* has *count*."""
        self._counts[place] = count

    def nobody_is_at(self, place: int) -> None:
        """The worker at *place* has ended."""
        self._counts[place] = _NOBODY

    def somebody_has_fewer(self, count: int) -> bool:
        """Fewer than *count* by a difference that matters."""
        return min(self._counts) + _MORE < count

    def close(self) -> None:
        """Let go of the memory."""
        self._counts.release()
        self._memory.close()


def new_shares_file(places: int) -> int:
    """A descriptor of a file without a name, for the `Shares` of so many workers, none of which runs."""
    with tempfile.TemporaryFile() as file:
        file.write(_NOBODY.to_bytes(8, "little") * places)
        file.flush()
        return os.dup(file.fileno())


@final
class Accepting:
    """
    Take connections from *listeners* until `close`, as the worker at *place* of *shares*.

    *connected* takes each; *count* says how many this worker has. When one of them ends, call `tell`.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        connected: Callable[[socket.socket], None],
        count: Callable[[], int],
        shares: Shares,
        place: int,
    ) -> None:
        self._listeners = listeners
        self._connected = connected
        self._count = count
        self._shares = shares
        self._place = place
        self._is_closed = False
        self._loop = asyncio.get_running_loop()
        self._timers: dict[socket.socket, asyncio.TimerHandle] = {}
        for listener in listeners:
            listener.setblocking(False)
            self._loop.add_reader(listener.fileno(), self._readable, listener)
        self.tell()

    def tell(self) -> None:
        """Let the others know how many this worker has, while it takes any."""
        if not self._is_closed:
            self._shares.tell(self._place, self._count())

    def close(self) -> None:
        """Take no more. What the others know stays: fewer and fewer would have them leave it new ones."""
        self._is_closed = True
        for timer in self._timers.values():
            timer.cancel()
        for listener in self._listeners:
            self._loop.remove_reader(listener.fileno())

    def _readable(self, listener: socket.socket) -> None:
        if self._shares.somebody_has_fewer(self._count()):
            self._pause(listener, _BREATH_SECONDS)
        else:
            self._take(listener)

    def _pause(self, listener: socket.socket, seconds: float) -> None:
        self._loop.remove_reader(listener.fileno())
        self._timers[listener] = self._loop.call_later(seconds, self._resume, listener)

    def _resume(self, listener: socket.socket) -> None:
        self._loop.add_reader(listener.fileno(), self._readable, listener)
        self._take(listener)

    def _take(self, listener: socket.socket) -> None:
        """One: for the next the event loop comes round again, and so do those of the others."""
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionError):
            # Another worker was faster, or the client is gone.
            return
        except OSError:
            # No more descriptors. The connection stays in the queue, and must not be offered all the time.
            self._pause(listener, _WITHOUT_DESCRIPTORS_SECONDS)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connected(connection)
        self.tell()
