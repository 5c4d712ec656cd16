"""
The thin adapter between ASGI and the plain data of the protocol endpoints.

The endpoints that machines call go this way and not through a framework: on the token endpoint routing,
request objects and middleware would cost as much as signing the token.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from authwright.oauth.errors import InvalidRequest
from authwright.oauth.http import HttpResponse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES: Final = 65_536
"""No request of the protocol comes near; the longest carry a client assertion of a few kilobytes."""

BODY_SECONDS: Final = 10
"""For a body that does not come with its headers; such a caller holds a connection and little else."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    An HTTP request. Header names are lower case; a repeated header is joined by a comma and a space, which no
    header that the endpoints read survives. *network* is the address of whoever is believed to have sent it.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    network: str


async def read_request(scope: Scope, receive: Receive, network: str) -> Incoming:
    """
    Read the whole request. Raises `InvalidRequest` when the body is larger than `MAX_BODY_BYTES` or the
    caller goes away before it is complete.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = str(raw_name, "latin-1"), str(raw_value, "latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Incoming(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"],
        headers=headers,
        body=await _body(receive),
        network=network,
    )


async def _body(receive: Receive) -> bytes:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise InvalidRequest("the caller went away before the request was complete")
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _rest(body, receive)
        except TimeoutError:
            raise InvalidRequest("the request body came too slowly") from None
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest("the request body is too large")
    return body


async def _rest(body: bytes, receive: Receive) -> bytes:
    """The chunks after the first, up to the first that goes beyond the limit."""
    chunks, size, more = [body], len(body), True
    while more and size <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidRequest("the caller went away in the middle of the request")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
    return b"".join(chunks)


async def send_response(response: HttpResponse, send: Send, *, head: bool = False) -> None:
    """Send *response*; of an answer to HEAD only the headers."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})
