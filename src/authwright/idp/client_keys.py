"""
The public keys of clients, for ``private_key_jwt``: registered, or behind their ``jwks_uri``.

:rfc:`7591#section-2`, OpenID Connect Core §10.1.1. A client rotates its keys by publishing the new one and
signing with it, so an unknown ``kid`` is a reason to fetch, but not more often than once a minute: the
``kid`` is chosen by whoever sends the assertion.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final, final

from typing_extensions import override

from authwright.authorization_server.ports import ClientKeys
from authwright.authorization_server.records import Client
from authwright.idp.log import Log
from authwright.jose.errors import JoseError
from authwright.jose.jwks import Jwks, parse_jwks
from authwright.oauth.clock import Clock
from authwright.oauth.http import HttpRequest, Transport
from authwright.oauth.types import Timestamp
from authwright.transport import TransportError

FRESH_SECONDS: Final = 300
MIN_SECONDS_BETWEEN_FETCHES: Final = 60
"""For unknown ``kid`` values and after failures alike."""

STALE_SECONDS: Final = 3600
"""How long keys serve while they cannot be fetched again. An outage at the client is not an outage here; but
whoever took a withdrawn key, and keeps the client's server down, gains no more than this."""

_MAX_ENTRIES: Final = 1000
_NONE: Final = Jwks(())
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What the last successful fetch gave, and when the last one of any outcome began."""

    tried_at: Timestamp
    jwks: Jwks = _NONE
    fetched_at: Timestamp = Timestamp(-STALE_SECONDS)

    def usable(self, now: Timestamp) -> Jwks:
        return self.jwks if now < self.fetched_at + STALE_SECONDS else _NONE

    def answers(self, kid: str | None, now: Timestamp) -> bool:
        is_fresh = now < self.fetched_at + FRESH_SECONDS
        return is_fresh and (kid is None or any(key.kid == kid for key in self.jwks.keys))


@final
class CachedClientKeys(ClientKeys):
    """
    `ClientKeys` over the guarded transport.

    Requests for one ``jwks_uri`` share one fetch, and nobody waits who has an answer already: a good
    assertion is not held up by one with a made-up ``kid``.
    """

    def __init__(self, transport: Transport, clock: Clock, log: Log) -> None:
        self._transport = transport
        self._clock = clock
        self._log = log
        self._fetched: dict[str, _Fetched] = {}
        self._fetches: dict[str, asyncio.Task[_Fetched]] = {}

    @override
    async def keys(self, client: Client, *, kid: str | None) -> Jwks:
        if client.jwks is not None:
            return client.jwks
        if client.jwks_uri is None:
            return _NONE
        now = self._clock.now()
        fetched = self._fetched.get(client.jwks_uri)
        if fetched is not None and (
            fetched.answers(kid, now) or now < fetched.tried_at + MIN_SECONDS_BETWEEN_FETCHES
        ):
            return fetched.usable(now)
        return (await self._fetch_once(client.jwks_uri)).usable(now)

    async def _fetch_once(self, jwks_uri: str) -> _Fetched:
        fetch = self._fetches.get(jwks_uri)
        if fetch is None:
            fetch = asyncio.create_task(self._fetch(jwks_uri))
            self._fetches[jwks_uri] = fetch
            fetch.add_done_callback(lambda _done: self._fetches.pop(jwks_uri, None))
        # One caller that goes away does not take the answer from the others.
        return await asyncio.shield(fetch)

    async def _fetch(self, jwks_uri: str) -> _Fetched:
        now = self._clock.now()
        known = self._fetched.get(jwks_uri, _Fetched(now))
        try:
            fetched = _Fetched(now, await self._get(jwks_uri), now)
        except (TransportError, JoseError) as error:
            self._log.warning("client_keys.unavailable", jwks_uri=jwks_uri, reason=error.detail)
            fetched = replace(known, tried_at=now)
        self._fetched.pop(jwks_uri, None)
        if len(self._fetched) >= _MAX_ENTRIES:
            del self._fetched[next(iter(self._fetched))]
        self._fetched[jwks_uri] = fetched
        return fetched

    async def _get(self, jwks_uri: str) -> Jwks:
        response = await self._transport.send(HttpRequest("GET", jwks_uri, {"accept": "application/json"}))
        if response.status != _OK:
            raise TransportError("the client's jwks_uri answers without a key set")
        return parse_jwks(response.body)
