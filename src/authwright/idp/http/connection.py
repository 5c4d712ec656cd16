"""
One connection of HTTP/1.1: requests are read one after the other, and answered in this order. :rfc:`9112`.

llhttp, by way of `httptools`, decides what a request is, strictly. What is added are bounds: for the length
of a head, the number of its headers, what stands around a body, the time that a request may take to come, the
requests that are sent before the first is answered, and what is read of a body that nobody wants any more.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from typing import Any, Final, cast, final
from urllib.parse import unquote

import httptools
from typing_extensions import override
from uvicorn import Config
from uvicorn.server import ServerState

from authwright.idp.http.exchange import Exchange
from authwright.idp.http.response_head import response_head
from authwright.idp.web.asgi import Asgi, Scope

MAX_HEAD_BYTES: Final = 65_536
"""An authorization request by GET may be long; proxies allow half of this."""

MAX_HEADERS: Final = 100

MAX_PIPELINED: Final = 16
"""Requests that wait for their turn on one connection."""

REQUEST_SECONDS: Final = 20
"""For a whole request, once it has begun, and until the first one on a connection has. None is long."""

MAX_UNWANTED_BYTES: Final = 1_048_576
"""Of a body that is read after its answer: to close at once would take the answer from who still sends."""

MAX_FRAMING_BYTES: Final = 1_048_576
"""Of what is sent of a request beside its head and its body: sizes of chunks, their extensions, trailers. The
largest body that is taken needs less than half of it, one octet to a chunk."""

HIGH_WATER: Final = 65_536
"""Of a body that the application has not asked for yet; nothing more is read meanwhile."""

_LOOK_SECONDS: Final = 5
"""How often a connection looks whether its time is over. One timer per request would cost more."""

# RFC 9110 §7.2, in the grammar of RFC 3986 §3.2.2: an address in brackets, or what may stand in a name.
_HOST: Final = re.compile(rb"(?:\[[0-9A-Za-z:.]+\]|[A-Za-z0-9\-._~%!$&'()*+;=]*)(?::[0-9]*)?")


class _Refused(Exception):
    """What is being received is not taken further. Raised within the parser's callbacks."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@final
class Connection(asyncio.Protocol):
    """
    Made by uvicorn for each connection that it accepts, as its own protocols are.

    *server_state* is shared by all connections of a server, which ends when its ``connections`` and ``tasks``
    are empty. *lost* is called when this one is not among them any more.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        lost: Callable[[], None] | None = None,
    ) -> None:
        self._app = cast("Asgi", config.loaded_app)  # pyright: ignore[reportUnknownMemberType]
        self._idle_seconds = config.timeout_keep_alive
        self._server_state = server_state
        self._app_state = app_state
        self._lost = lost
        self._loop = _loop or asyncio.get_running_loop()
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._current: Exchange | None = None
        self._queue: deque[Exchange] = deque()
        self._reading: Exchange | None = None
        self._closing = False  # no further request is taken
        self._is_deaf = False  # nothing more is read at all
        self._refusal: int | None = None  # the last answer, where what was sent is no request
        self._received = 0
        self._framing = 0
        self._unwanted = 0
        self._in_head = False
        self._is_paused = False
        self._writable: asyncio.Future[None] | None = None
        self._unsent: list[bytes] = []
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self._current is not None

    def shutdown(self) -> None:
        """Answer what was asked, and close. uvicorn calls it."""
        self._closing = True
        last = self._queue[-1] if self._queue else self._current
        if last is None:
            self._close()
        else:
            last.keep_alive = False

    # What asyncio calls.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server_state.connections.add(cast("Any", self))
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._server = _address(transport.get_extra_info("sockname"))
        self._client = _address(transport.get_extra_info("peername"))
        self._deadline = self._loop.time() + REQUEST_SECONDS
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._server_state.connections.discard(cast("Any", self))
        if self._lost is not None:
            self._lost()
        self._parser = None  # it holds this connection
        self._unsent.clear()
        for exchange in (self._current, self._reading, *self._queue):
            if exchange is not None:
                exchange.hang_up()
        self._queue.clear()
        self.resume_writing()

    @override
    def data_received(self, data: bytes) -> None:
        if self._parser is None or self._transport.is_closing():
            return
        self._received = self._received + len(data) if self._in_head else len(data)
        self._framing += len(data)
        try:
            self._parser.feed_data(data)
            if self._framing > MAX_FRAMING_BYTES or (self._in_head and self._received > MAX_HEAD_BYTES):
                self._refuse(431)
        except httptools.HttpParserUpgrade:
            # Another protocol was offered, and is not taken: what follows cannot be told from it.
            self._read_no_more()
            self.shutdown()
        except httptools.HttpParserError as error:
            self._refuse(error.__context__.status if isinstance(error.__context__, _Refused) else 400)

    @override
    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    @override
    def resume_writing(self) -> None:
        if self._writable is not None:
            self._writable.set_result(None)
            self._writable = None

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._closing or self._transport.is_closing() or len(self._queue) >= MAX_PIPELINED:
            raise _Refused(503)
        self._in_head = True
        self._deadline = self._loop.time() + REQUEST_SECONDS
        self._url = b""
        self._headers = []

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header is complete."""
        if not self._in_head:
            # A trailer: who wrote it was not asked what a header may say (RFC 9110 §6.5.1).
            return
        if len(self._headers) >= MAX_HEADERS:
            raise _Refused(431)
        # The parser leaves the space after a value, which is not part of it (RFC 9112 §5.1).
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """The head is complete, and answering begins."""
        self._in_head = False
        self._framing = 0
        if self._received > MAX_HEAD_BYTES:
            size = len(self._url) + sum([len(name) + len(value) for name, value in self._headers])
            if size > MAX_HEAD_BYTES:
                raise _Refused(431)
        parser = cast("httptools.HttpRequestParser", self._parser)
        version = parser.get_http_version()
        self._check_headers(version)
        keep_alive = version == "1.1" and parser.should_keep_alive()
        exchange = Exchange(self._scope(parser, version), self, keep_alive=keep_alive)
        self._reading, self._unwanted = exchange, 0
        if self._current is None:
            self._begin(exchange)
        else:
            self._queue.append(exchange)
            self._pause_reading()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        exchange = cast("Exchange", self._reading)
        self._framing -= len(body)
        if exchange.is_answered:
            self._unwanted += len(body)
            if self._unwanted > MAX_UNWANTED_BYTES:
                self._transport.abort()
        elif exchange.receive_body(body) > HIGH_WATER:
            self._pause_reading()

    def on_message_complete(self) -> None:
        """The request is complete."""
        exchange, self._reading = self._reading, None
        self._framing = 0
        if exchange is None:
            return
        exchange.end()
        if exchange.is_answered:
            self._rest(exchange)

    # What an exchange calls.

    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """See `Peer`."""
        return self._server_state.default_headers

    def write(self, data: bytes) -> None:
        """See `Peer`."""
        # Sent once the requests that have come by now have had their turn: waking the other side costs more
        # than the sending, and several answers in a row wake it once (docs/adr/0062).
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(data)

    async def writable(self) -> None:
        """See `Peer`."""
        self._send()
        if self._writable is not None:
            await asyncio.shield(self._writable)

    def resume_reading(self) -> None:
        """See `Peer`."""
        if self._is_paused and not self._queue and not self._is_deaf:
            self._is_paused = False
            self._transport.resume_reading()

    def answered(self) -> None:
        """See `Peer`."""
        self._server_state.total_requests += 1
        exchange, self._current = cast("Exchange", self._current), None
        if exchange.is_received:
            self._rest(exchange)
        else:
            self._deadline = self._loop.time() + REQUEST_SECONDS
            self.resume_reading()

    def abort(self) -> None:
        """See `Peer`."""
        self._transport.abort()

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if unsent and not self._transport.is_closing():
            self._transport.write(b"".join(unsent))

    def _close(self) -> None:
        """Once everything is sent."""
        self._send()
        self._transport.close()

    def _rest(self, exchange: Exchange) -> None:
        """*exchange* is over: the next one, if there may be one."""
        if not exchange.keep_alive:
            self._close()
        elif self._queue:
            self._deadline = self._loop.time() + REQUEST_SECONDS
            self._begin(self._queue.popleft())
            self.resume_reading()
        elif self._refusal is not None:
            self._say(self._refusal)
        elif self._closing:
            self._close()
        else:
            self._deadline = self._loop.time() + self._idle_seconds
            self.resume_reading()

    def _begin(self, exchange: Exchange) -> None:
        self._current = exchange
        task = self._loop.create_task(exchange.run(self._app))
        self._server_state.tasks.add(task)
        task.add_done_callback(self._server_state.tasks.discard)

    def _scope(self, parser: httptools.HttpRequestParser, version: str) -> Scope:
        raw_path, query = _target(self._url)
        path = raw_path.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": version,
            "server": self._server,
            "client": self._client,
            "scheme": self._scheme,
            "method": parser.get_method().decode("ascii"),
            "root_path": "",
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": self._headers,
            "state": self._app_state.copy(),
        }

    def _check_headers(self, version: str) -> None:
        """
        The two that decide whose request this is and where it ends.

        :rfc:`9112#section-3.2`: one ``Host``, of its grammar; only HTTP/1.0 may do without. §6.1, §6.3: no
        transfer coding but the one that is known, which tells where a body ends.
        """
        hosts, codings = list[bytes](), list[bytes]()
        for name, value in self._headers:
            if name == b"host":
                hosts.append(value)
            elif name == b"transfer-encoding":
                codings.append(value.lower())
        if len(hosts) > 1 or (version == "1.1" and not hosts):
            raise _Refused(400)
        if hosts and _HOST.fullmatch(hosts[0]) is None:
            raise _Refused(400)
        if codings and codings != [b"chunked"]:
            last = codings[-1].rpartition(b",")[2].strip()
            raise _Refused(501 if last == b"chunked" else 400)

    def _pause_reading(self) -> None:
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def _read_no_more(self) -> None:
        """Of this connection. What was asked completely is answered."""
        self._is_deaf = True
        self._pause_reading()
        if self._reading is not None:
            self._reading.hang_up()

    def _refuse(self, status: int) -> None:
        """What was sent is no request. It is said in its turn."""
        self._refusal = status
        self._read_no_more()
        if self._reading is not None and self._reading.is_answered:
            self._close()
        elif self._current is None:
            self._say(status)

    def _say(self, status: int) -> None:
        headers = [*self.default_headers(), (b"content-length", b"0")]
        head = response_head(status, headers, method="GET", http_version="1.1", keep_alive=False)
        self.write(head.data)
        self._close()

    def _look(self) -> None:
        """Whether the time is over in which something had to come. Answering is not bounded here."""
        now = self._loop.time()
        is_waiting = self._current is None or not self._current.is_received
        if is_waiting and now >= self._deadline:
            # With something unsent, what was sent is not taken either: nobody is there any more.
            if self._transport.get_write_buffer_size():
                self._transport.abort()
            else:
                self._close()
        else:
            self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)


def _address(address: tuple[Any, ...] | str | None) -> tuple[str, int] | None:
    """Host and port of a socket's address; a Unix socket has none."""
    return (str(address[0]), int(address[1])) if isinstance(address, tuple) else None


def _target(url: bytes) -> tuple[bytes, bytes]:
    """Path and query of a request target, :rfc:`9112#section-3.2`. Raises `httptools.HttpParserError`."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    parsed = httptools.parse_url(url)
    return parsed.path or b"/", parsed.query or b""
