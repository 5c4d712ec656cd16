"""
HTTP as plain data: what enters and leaves the protocol code, whatever server or client carries it.

The authorization server never sees a framework's request; the client's builders return an `HttpRequest`
and its parsers take an `HttpResponse`, so each exchange is testable without a socket.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to send. *url* is sent as it is, byte for byte; header names are lower case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response. Header names are lower case; repeated headers are joined by ``", "``."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


class Transport(Protocol):
    """
    Sends a request and returns the response, whatever its status.

    Never follows a redirect. Raises `TransportError` (module `authwright.transport`) when no complete
    response within the size and time limits could be had.
    """

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Do the I/O."""
        ...


class SyncTransport(Protocol):
    """`Transport` for callers without an event loop; the same guarantees."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Do the I/O."""
        ...
