"""
A load of many conversations over HTTP/1.1: as many as the server answers, from one core.

A conversation is a generator. It yields requests, as (port, bytes), and is sent the response to each; it
yields `READY` when its preparations are done and `DONE` after each operation, which is what is counted. All
wait for each other at `READY`; then a warm-up begins, and after it the time that is measured. Connections are
kept.

It writes prepared bytes and reads complete answers, and is some times faster than any server measured here;
its own CPU time is reported so that this can be seen.
"""

import asyncio
import re
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import urlencode

import uvloop


class Signal(Enum):
    """What a conversation says about itself."""

    READY = "ready"
    DONE = "done"


READY, DONE = Signal.READY, Signal.DONE

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_LITTLE_LONGER = 0.25
_WITHOUT_BODY = frozenset({204, 304})


class Response(NamedTuple):
    """What the server answered. *head* is the status line and the headers."""

    status: int
    head: bytes
    body: bytes

    def headers(self, name: str) -> list[str]:
        """Every value of the header *name*."""
        found = re.findall(rb"\r\n" + name.encode() + rb":[ \t]*([^\r\n]*)", self.head, re.IGNORECASE)
        return [value.decode("latin-1") for value in found]

    def expect(self, *statuses: int) -> "Response":
        """Itself, when the status is one of these. Raises `Unexpected`."""
        if self.status not in statuses:
            raise Unexpected(self)
        return self


class Unexpected(RuntimeError):
    """The server did not answer as it must: the load is worth nothing."""

    def __init__(self, response: Response) -> None:
        head = response.head.decode("latin-1")
        super().__init__(f"an unexpected answer\n{head}\n\n{response.body[:3000].decode(errors='replace')}")


Conversation = Generator[tuple[int, bytes] | Signal, Response | None, None]
Talk = Generator[tuple[int, bytes], Response, Any]
"""A part of a conversation, for ``yield from``."""


@dataclass(frozen=True)
class Load:
    """
    What came of it. *latencies* are of the operations that ended within the measured *seconds*; *requests*
    are those answered in that time. *cpu_seconds* is the load generator's own, *metered* what the meter
    advanced.
    """

    operations: int
    requests: int
    seconds: float
    latencies: list[float]
    cpu_seconds: float
    metered: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Operations in a second."""
        return self.operations / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that *share* of the operations stayed below."""
        return sorted(self.latencies)[int(len(self.latencies) * share)] * 1000


def get(port: int, target: str, headers: str = "") -> tuple[int, bytes]:
    """A GET. *headers* are complete lines, each ending with CRLF."""
    return port, f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()


def post(port: int, path: str, form: dict[str, str], headers: str = "") -> tuple[int, bytes]:
    """A POST of a form."""
    return body_request(
        "POST", port, path, urlencode(form), f"content-type: application/x-www-form-urlencoded\r\n{headers}"
    )


def body_request(method: str, port: int, path: str, body: str, headers: str) -> tuple[int, bytes]:
    """A request with a body."""
    head = (
        f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    )
    return port, (head + body).encode()


def again_and_again(request: tuple[int, bytes], status: int = 200) -> Conversation:
    """One request, which must be answered with *status*, for ever."""
    yield READY
    while True:
        response = yield request
        if response is None or response.status != status:
            raise Unexpected(response or Response(0, b"", b""))
        yield DONE


def _no_meter() -> tuple[float, ...]:
    return ()


def run(
    conversations: Sequence[Conversation],
    *,
    seconds: float,
    warm_up: float = 0.5,
    at_least: int = 1,
    meter: Callable[[], tuple[float, ...]] = _no_meter,
    patience: float = 180,
) -> Load:
    """
    Hold the *conversations* at once until the measured *seconds* are over and *at_least* so many operations
    are done, which takes slow ones longer.

    *meter* is read at the beginning and at the end of that time. Raises what a conversation raises, and
    `TimeoutError` when it all lasts *patience* seconds longer than it should.
    """

    async def main() -> Load:
        crowd = _Crowd(conversations, seconds, warm_up, at_least, meter)
        crowd.loop.set_exception_handler(lambda _, context: crowd.failed(context.get("exception")))
        try:
            return await asyncio.wait_for(crowd.result, warm_up + seconds + patience)
        finally:
            crowd.close()

    return uvloop.run(main())


class _Crowd:
    """All conversations, and the clock that they share. Use it inside a running loop."""

    def __init__(
        self,
        conversations: Sequence[Conversation],
        seconds: float,
        warm_up: float,
        at_least: int,
        meter: Callable[[], tuple[float, ...]],
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.result: asyncio.Future[Load] = self.loop.create_future()
        self.seconds, self.warm_up, self.at_least, self.meter = seconds, warm_up, at_least, meter
        self.counting, self.over = False, False
        self.latencies: list[float] = []
        self.requests = 0
        self.talkers = [_Talker(self, conversation) for conversation in conversations]
        self.waiting: list[_Talker] = []
        for talker in self.talkers:
            talker.advance(None)

    def ready(self, talker: "_Talker") -> None:
        self.waiting.append(talker)
        if len(self.waiting) < len(self.talkers):
            return
        self.loop.call_later(self.warm_up, self._begin)
        for each in self.waiting:
            each.begun_at = time.perf_counter()
            self.loop.call_soon(each.advance, None)

    def _begin(self) -> None:
        self.counting = True
        self.before = self.meter()
        self.began, self.cpu = time.perf_counter(), time.process_time()
        self.loop.call_later(self.seconds, self._end)

    def _end(self) -> None:
        if len(self.latencies) < self.at_least:
            self.loop.call_later(_LITTLE_LONGER, self._end)
            return
        self.counting, self.over = False, True
        elapsed, cpu = time.perf_counter() - self.began, time.process_time() - self.cpu
        metered = tuple(now - then for then, now in zip(self.before, self.meter(), strict=True))
        if not self.result.done():
            self.result.set_result(
                Load(len(self.latencies), self.requests, elapsed, self.latencies, cpu, metered)
            )

    def failed(self, error: Exception | None) -> None:
        if not self.result.done():
            self.result.set_exception(error or RuntimeError("the event loop failed"))

    def close(self) -> None:
        self.over = True
        for talker in self.talkers:
            talker.close()


class _Talker:
    """One conversation, with a connection to each port that it talks to."""

    def __init__(self, crowd: _Crowd, conversation: Conversation) -> None:
        self.crowd, self.conversation = crowd, conversation
        self.connections: dict[int, _Connection] = {}
        self.begun_at = 0.0

    def advance(self, response: Response | None) -> None:
        """Give the conversation what it waits for, and do what it says next."""
        crowd = self.crowd
        if crowd.over:
            return
        if crowd.counting and response is not None:
            crowd.requests += 1
        try:
            said = self.conversation.send(response)
            while said is DONE:
                now = time.perf_counter()
                if crowd.counting:
                    crowd.latencies.append(now - self.begun_at)
                self.begun_at = now
                said = next(self.conversation)
        except Exception as error:  # noqa: BLE001 - whatever it is, the load is over
            crowd.failed(error)
            return
        if isinstance(said, Signal):
            crowd.ready(self)
            return
        self._send(*said)

    def _send(self, port: int, request: bytes) -> None:
        connection = self.connections.get(port)
        if connection is None:
            task = self.crowd.loop.create_task(self._connect(port, request))
            task.add_done_callback(self._connected)
        else:
            connection.write(request)

    async def _connect(self, port: int, request: bytes) -> None:
        _, connection = await self.crowd.loop.create_connection(
            lambda: _Connection(self, port), "127.0.0.1", port
        )
        self.connections[port] = connection
        connection.write(request)

    def _connected(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self.crowd.failed(error)

    def lost(self, connection: "_Connection") -> None:
        """The server closed: reconnect at the next request, or now for one that it did not answer."""
        if self.connections.get(connection.port) is connection:
            del self.connections[connection.port]
        if connection.request is None or self.crowd.over:
            return
        if connection.answered and not connection.buffer:
            # It closed an idle connection while the request was on its way (RFC 9112 §9.3.1).
            self._send(connection.port, connection.request)
        else:
            self.crowd.failed(ConnectionError("the server closed the connection without an answer"))

    def close(self) -> None:
        for connection in self.connections.values():
            connection.transport.abort()


class _Connection(asyncio.Protocol):
    def __init__(self, talker: _Talker, port: int) -> None:
        self.talker, self.port = talker, port
        self.buffer = b""
        self.request: bytes | None = None
        self.answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def write(self, request: bytes) -> None:
        self.request = request
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        response = parse(data)
        if response is None:
            self.buffer = data
            return
        self.buffer, self.request = b"", None
        self.answered += 1
        if _CLOSE.search(response.head):
            self.talker.connections.pop(self.port, None)
            self.transport.close()
        self.talker.advance(response)

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.talker.lost(self)


def parse(data: bytes) -> Response | None:
    """The response that *data* is, or None when some of it is still to come (:rfc:`9112#section-6.3`)."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head, begin = data[:end], end + 4
    status = int(data[9:12])
    length = _LENGTH.search(head)
    if length is not None:
        stop = begin + int(length[1])
        return Response(status, head, data[begin:stop]) if len(data) >= stop else None
    if _CHUNKED.search(head):
        body = _unchunked(data, begin)
        return None if body is None else Response(status, head, body)
    if status in _WITHOUT_BODY:
        return Response(status, head, b"")
    raise Unexpected(Response(status, head, b"neither a length nor chunks"))


def _unchunked(data: bytes, at: int) -> bytes | None:
    """The body in the chunks that begin at *at*, or None when some are still to come."""
    chunks = []
    while True:
        line = data.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(data[at:line].partition(b";")[0], 16)
        at = line + 2
        if len(data) < at + size + 2:
            return None
        if not size:
            return b"".join(chunks)
        chunks.append(data[at : at + size])
        at += size + 2
