"""
One request and its answer, as ASGI has them.

The head of an answer waits for the first piece of its body, as ASGI allows, so that most are one write.
"""

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any, Final, Protocol, final

from authwright.idp.http.response_head import BrokenAnswer, ResponseHead, response_head
from authwright.idp.web.asgi import Asgi, Scope

_LOG: Final = logging.getLogger("uvicorn.error")
"""Where the server that runs this complains."""

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Peer(Protocol):
    """What an exchange needs of its connection."""

    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """What every answer has: ``date``, and ``connection: close`` once the server is to stop."""
        ...

    def write(self, data: bytes) -> None:
        """Send, if the other side is still there."""
        ...

    async def writable(self) -> None:
        """Wait until the other side has taken most of what was sent."""
        ...

    def resume_reading(self) -> None:
        """More of the body may come."""
        ...

    def answered(self) -> None:
        """The answer is complete."""
        ...

    def abort(self) -> None:
        """End the connection: there is no answer, or one that cannot be completed."""
        ...


@final
class Exchange:
    """
    The request of *scope*, and the answer to it.

    *keep_alive*: whether another exchange may follow on the connection.
    """

    __slots__ = (
        "_body",
        "_connected",
        "_head",
        "_left",
        "_news",
        "_peer",
        "_start",
        "_waiter",
        "_welcomed",
        "is_answered",
        "is_received",
        "keep_alive",
        "scope",
    )

    def __init__(self, scope: Scope, peer: Peer, *, keep_alive: bool) -> None:
        self.scope = scope
        self.keep_alive = keep_alive
        self.is_received = False
        self.is_answered = False
        self._peer = peer
        self._connected = True
        self._body = b""
        self._news = False
        self._waiter: asyncio.Future[None] | None = None
        self._welcomed = False
        self._start: MutableMapping[str, Any] | None = None
        self._head: ResponseHead | None = None
        self._left = 0

    def receive_body(self, piece: bytes) -> int:
        """A piece of the body has come; how many octets the application has not asked for yet."""
        self._body += piece
        self._tell()
        return len(self._body)

    def end(self) -> None:
        """The request is complete."""
        self.is_received = True
        self._tell()

    def hang_up(self) -> None:
        """The rest of the request will not come, or nobody is there to be answered."""
        self._connected = False
        self.keep_alive = False
        self._tell()

    async def run(self, app: Asgi) -> None:
        """Let *app* answer. Whatever it does, the exchange is over afterwards."""
        try:
            await app(self.scope, self._receive, self._send)
            if not self.is_answered and self._connected:
                raise BrokenAnswer("the application returned without an answer")
        except Exception:  # noqa: BLE001 - the last door, behind those of the application
            _LOG.exception("a request failed outside every door of the application")
            self._fail()
        except BaseException:
            self._peer.abort()
            raise
        if not self.is_answered:
            self._peer.abort()

    def _fail(self) -> None:
        """Nothing was sent: 500. Something was: only the end of the connection says that it is not whole."""
        if self._head is None and self._connected:
            self.keep_alive = False
            self._write({"status": 500, "headers": [(b"content-length", b"0")]}, b"", more=False)

    async def _receive(self) -> dict[str, Any]:
        if not self._news and self._connected and not self.is_answered:
            self._welcome()
            self._peer.resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._news = False
        if not self._connected or self.is_answered:
            return {"type": "http.disconnect"}
        body, self._body = self._body, b""
        return {"type": "http.request", "body": body, "more_body": not self.is_received}

    def _welcome(self) -> None:
        """:rfc:`9110#section-10.1.1`: who waits for leave to send a body gets it once the body is wanted."""
        if self.is_received or self._welcomed or self._head is not None:
            return
        self._welcomed = True
        if any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in self.scope["headers"]
        ):
            self._peer.write(_CONTINUE)

    def _tell(self) -> None:
        self._news = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if not self._connected:
            return
        if self.is_answered:
            raise BrokenAnswer("the application sent more than an answer")
        if message["type"] == "http.response.start":
            if self._start is not None:
                raise BrokenAnswer("the application began a second answer")
            self._start = message
            return
        if self._start is None:
            raise BrokenAnswer("the application sent the body of no answer")
        more = message.get("more_body", False)
        self._write(self._start, message.get("body", b""), more=more)
        if more:
            await self._peer.writable()

    def _write(self, start: MutableMapping[str, Any], body: bytes, *, more: bool) -> None:
        pieces: list[bytes] = []
        head = self._head
        if head is None:
            head = response_head(
                start["status"],
                [*self._peer.default_headers(), *start.get("headers", ())],
                method=self.scope["method"],
                http_version=self.scope["http_version"],
                keep_alive=self.keep_alive,
            )
            self._left = head.length or 0
            pieces.append(head.data)
        if head.has_body:
            if head.length is not None:
                self._left -= len(body)
                if self._left < 0 or (self._left and not more):
                    raise BrokenAnswer("the body of an answer does not have the length that its head says")
            if not head.chunked:
                pieces.append(body)
            elif body:
                pieces += (b"%x\r\n" % len(body), body, b"\r\n")
            if head.chunked and not more:
                pieces.append(b"0\r\n\r\n")
        self._head = head
        self._peer.write(b"".join(pieces))
        if not more:
            self.is_answered = True
            self.keep_alive = self.keep_alive and not head.close
            self._tell()
            self._peer.answered()
