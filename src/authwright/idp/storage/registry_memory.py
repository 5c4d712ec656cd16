"""
What a node remembers of clients and APIs, which every request needs and which rarely change.

The database has a number that grows with each of their changes, in the same transaction. What is remembered
is remembered of one version. While that version was seen to hold within the last `FRESH_FOR` seconds it is
used without asking; then it is asked for once, however many wait, and if it has changed everything is
forgotten. So a change that another node commits is seen after `FRESH_FOR` at the latest, one of this node at
once, and the requests between two looks read nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from authwright.authorization_server.records import Client, ProtectedResource
from authwright.oauth.types import ClientId

FRESH_FOR: Final = 0.25
"""Seconds."""

_MOST_CLIENTS: Final = 10_000


class Remembered:
    """The clients and APIs of one version, as far as somebody asked for them."""

    __slots__ = ("_clients", "protected_resources", "version")

    def __init__(self, version: int) -> None:
        self.version = version
        self.protected_resources: tuple[ProtectedResource, ...] | None = None
        self._clients: dict[ClientId, Client] = {}

    def client(self, client_id: ClientId) -> Client | None:
        """The client, if it is remembered."""
        return self._clients.get(client_id)

    def remember(self, client: Client) -> None:
        """Keep *client*, read after the version was. Bounded: when there are too many, all are forgotten."""
        if len(self._clients) >= _MOST_CLIENTS:
            self._clients.clear()
        self._clients[client.client_id] = client


class RegistryMemory:
    """
    Which version holds, and what is remembered of it.

    *read_version* asks the database. *monotonic* is a clock in seconds that nobody sets.
    """

    def __init__(self, read_version: Callable[[], Awaitable[int]], monotonic: Callable[[], float]) -> None:
        self._read_version = read_version
        self._monotonic = monotonic
        self._remembered = Remembered(-1)
        self._seen_at = float("-inf")
        self._look: asyncio.Future[None] | None = None

    async def current(self) -> Remembered:
        """
        What is remembered of a version that held less than `FRESH_FOR` seconds ago.

        Add to it only what was read after this returned: it is then at least as new as the version.
        """
        while self._monotonic() - self._seen_at >= FRESH_FOR:
            look = self._look
            if look is None or look.get_loop() is not asyncio.get_running_loop():
                await self._look_once()
            else:
                # Shielded: one who stops waiting must not wake the others.
                await asyncio.shield(look)
        return self._remembered

    def changed(self) -> None:
        """A commit of this node changed it: look at the next use, and not by a look that is under way."""
        self._seen_at = float("-inf")
        self._look = None

    async def _look_once(self) -> None:
        look: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._look = look
        began = self._monotonic()
        try:
            version = await self._read_version()
        except Exception as error:
            look.set_exception(error)
            look.exception()  # told to whoever waits, and no complaint if nobody does
            raise
        else:
            # A look that a change has overtaken tells nothing; who waited for it looks again.
            if self._look is look:
                if version != self._remembered.version:
                    self._remembered = Remembered(version)
                self._seen_at = began
        finally:
            if self._look is look:
                self._look = None
            if not look.done():
                look.set_result(None)
