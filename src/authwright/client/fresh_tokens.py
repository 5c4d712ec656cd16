"""
Access tokens that are always fresh: renewed shortly before they expire, and stored before they are used.

Renewal happens once however many ask, and new tokens are given out only after they are stored: a rotated
refresh token that is lost cannot be had again, and to use its predecessor ends the grant
(:rfc:`9700#section-4.14.2`).
"""

import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from authwright.oauth.types import Timestamp
from authwright.transport.flight import Flight

from .client import AsyncClient, Client
from .resource import resources
from .tokens import Tokens

MARGIN: Final = 30
"""Seconds before its end at which a token is renewed: it must outlive the request that carries it."""


class FreshTokens:
    """
    The tokens of a person who signed in, for threads.

    *store* puts the tokens that it is given into the session, in place of the old. What it raises is raised
    by `get`, and it is then called again with the same tokens before anybody can use them.
    """

    def __init__(self, client: Client, tokens: Tokens, *, store: Callable[[Tokens], None]) -> None:
        self._client = client
        self._store = store
        self._latest = self._stored = tokens
        self._lock = threading.Lock()

    def get(self) -> Tokens:
        """Fresh tokens. Does I/O when they must be renewed; raises as `Client.refresh` does."""
        with self._lock:
            if not self._latest.is_fresh(self._client.clock.now(), margin=MARGIN):
                self._latest = self._client.refresh(self._latest)
            if self._latest is not self._stored:
                self._store(self._latest)
                self._stored = self._latest
            return self._latest


class FreshClientTokens:
    """A client's own tokens, for threads: by client credentials, kept until shortly before they expire."""

    def __init__(self, client: Client, *, scope: str = "", resource: Iterable[str] = ()) -> None:
        self._client = client
        self._scope = scope
        self._resource = resources(resource)
        self._latest: Tokens | None = None
        self._obtained_at = Timestamp(0)
        self._lock = threading.Lock()

    def get(self) -> Tokens:
        """Fresh tokens. Does I/O when there are none; raises as `Client.client_credentials` does."""
        with self._lock:
            latest = self._latest
            if latest is None or not latest.is_fresh(self._client.clock.now(), margin=MARGIN):
                latest = self._obtain()
            return latest

    def instead_of(self, refused: Tokens) -> Tokens | None:
        """
        Other tokens than those that an API has *refused* before their time, because they were revoked or
        their key was withdrawn.

        None when they are so new that others would fare no better: an API that refuses everything must not
        make every call to it a call to the issuer. Does I/O and raises as `get` does.
        """
        with self._lock:
            if self._latest is not refused:
                return self._latest
            return self._obtain() if _is_old(self._obtained_at, self._client.clock.now()) else None

    def _obtain(self) -> Tokens:
        self._latest = self._client.client_credentials(scope=self._scope, resource=self._resource)
        self._obtained_at = self._client.clock.now()
        return self._latest


class AsyncFreshTokens:
    """`FreshTokens` for tasks of one event loop of asyncio."""

    def __init__(
        self, client: AsyncClient, tokens: Tokens, *, store: Callable[[Tokens], Awaitable[None]]
    ) -> None:
        self._client = client
        self._store = store
        self._latest = self._stored = tokens
        self._renewal = Flight[Tokens]()

    async def get(self) -> Tokens:
        """Fresh tokens. Does I/O when they must be renewed; raises as `AsyncClient.refresh` does."""
        latest = self._latest
        if latest is self._stored and latest.is_fresh(self._client.clock.now(), margin=MARGIN):
            return latest
        return await self._renewal.join(self._renew)

    async def _renew(self) -> Tokens:
        if not self._latest.is_fresh(self._client.clock.now(), margin=MARGIN):
            self._latest = await self._client.refresh(self._latest)
        await self._store(self._latest)
        self._stored = self._latest
        return self._latest


class AsyncFreshClientTokens:
    """`FreshClientTokens` for tasks of one event loop of asyncio."""

    def __init__(self, client: AsyncClient, *, scope: str = "", resource: Iterable[str] = ()) -> None:
        self._client = client
        self._scope = scope
        self._resource = resources(resource)
        self._latest: Tokens | None = None
        self._obtained_at = Timestamp(0)
        self._renewal = Flight[Tokens]()

    async def get(self) -> Tokens:
        """Fresh tokens. Does I/O when there are none; raises as `AsyncClient.client_credentials` does."""
        latest = self._latest
        if latest is not None and latest.is_fresh(self._client.clock.now(), margin=MARGIN):
            return latest
        return await self._renewal.join(self._obtain)

    async def instead_of(self, refused: Tokens) -> Tokens | None:
        """As that of `FreshClientTokens`."""
        if self._latest is not refused:
            return self._latest
        if not _is_old(self._obtained_at, self._client.clock.now()):
            return None
        return await self._renewal.join(self._obtain)

    async def _obtain(self) -> Tokens:
        self._latest = await self._client.client_credentials(scope=self._scope, resource=self._resource)
        self._obtained_at = self._client.clock.now()
        return self._latest


def _is_old(obtained_at: Timestamp, now: Timestamp) -> bool:
    return now >= obtained_at + MARGIN
