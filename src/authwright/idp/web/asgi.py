"""
The thin adapter between ASGI and the plain data of the protocol endpoints.

The endpoints that machines call go this way and not through a framework: on the token endpoint routing,
request objects and middleware would cost as much as signing the token.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from authwright.oauth.errors import InvalidRequest

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

Headers = tuple[tuple[bytes, bytes], ...]
"""The headers of a response as ASGI has them, names in lower case."""

MAX_BODY_BYTES: Final = 65_536
"""No request of the protocol comes near; the longest carry a client assertion of a few kilobytes."""

BODY_SECONDS: Final = 10
"""For a body that does not come with its headers; such a caller holds a connection and little else."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    An HTTP request. *network* is the address of whoever is believed to have sent it.

    *headers* are read by `header`: of a dozen that come, an endpoint reads two.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes
    network: str

    def header(self, name: bytes) -> str | None:
        """
        The header *name*, in lower case. A repeated one is joined by a comma and a space, which no header
        that is read here survives.
        """
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An HTTP response. *headers* are complete but for ``content-length``."""

    status: int
    headers: Headers = ()
    body: bytes = b""


def encode_headers(headers: Mapping[str, str]) -> Headers:
    """*headers* for an `Outgoing`."""
    return tuple([(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()])


async def read_request(scope: Scope, receive: Receive, network: str) -> Incoming:
    """
    Read the whole request. Raises `InvalidRequest` when the body is larger than `MAX_BODY_BYTES` or the
    caller goes away before it is complete.
    """
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    headers = dict(raw)
    message = await receive()
    if message["type"] == "http.disconnect":
        raise InvalidRequest("the caller went away before the request was complete")
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        body = await _rest(body, receive)
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest("the request body is too large")
    return Incoming(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"],
        headers=headers if len(headers) == len(raw) else _joined(raw),
        body=body,
        network=network,
    )


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


async def _rest(body: bytes, receive: Receive) -> bytes:
    """*body* and the chunks after it, up to the first that goes beyond the limit."""
    chunks, size, more = [body], len(body), True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more and size <= MAX_BODY_BYTES:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise InvalidRequest("the caller went away in the middle of the request")
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                more = message.get("more_body", False)
    except TimeoutError:
        raise InvalidRequest("the request body came too slowly") from None
    return b"".join(chunks)


async def send_response(response: Outgoing, send: Send, *, head: bool = False) -> None:
    """Send *response*; of an answer to HEAD only the headers."""
    body = response.body
    headers = [*response.headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
