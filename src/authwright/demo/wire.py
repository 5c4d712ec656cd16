"""
What the parties say to each other, overheard.

Every request of the app and of the API goes out through a transport of this module, which changes nothing
and lets whoever is watching keep a copy: the pages show these, and nothing that was made up.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import final

from typing_extensions import override

from authwright.oauth.http import HttpRequest, HttpResponse, Transport


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, by *sender*, and its response."""

    sender: str
    request: HttpRequest
    response: HttpResponse


class Wire:
    """
    The ways out of all parties, over *transport*.

    One watcher at a time: what is overheard then belongs to whoever caused it.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = asyncio.Lock()
        self._overheard: list[Exchange] | None = None

    def way_out_of(self, sender: str) -> Transport:
        """The transport of the party *sender*."""
        return _Overheard(self, sender)

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[list[Exchange]]:
        """All exchanges within the block, in the order in which they ended."""
        async with self._lock:
            overheard: list[Exchange] = []
            self._overheard = overheard
            try:
                yield overheard
            finally:
                self._overheard = None

    async def carry(self, sender: str, request: HttpRequest) -> HttpResponse:
        """Send *request*, overheard when somebody watches. Raises as the transport does."""
        response = await self._transport.send(request)
        if self._overheard is not None:
            self._overheard.append(Exchange(sender, request, response))
        return response


@final
@dataclass(frozen=True, slots=True)
class _Overheard(Transport):
    wire: Wire
    sender: str

    @override
    async def send(self, request: HttpRequest) -> HttpResponse:
        return await self.wire.carry(self.sender, request)
