"""
The issuer's keys, kept close. :rfc:`7517#section-5`, :rfc:`9111#section-4.2`, OpenID Connect Core §10.1.1.

Theory. A key set is *fresh* for as long as the server says, between one minute and one hour. Within the
last fifth of that it is renewed in the background, so that under load no request ever waits. When it has
ended, the next request waits for a new one; when there is none to be had, the old one is *stale*, and
serves for up to a day while attempts go on in the background. After that the API answers 503: a key may
have been withdrawn for a reason.

A token that names an unknown key makes the set be fetched once more, because the issuer may have rotated
early; but never more than once in 30 seconds, however many names an attacker invents, and a name that was
not there then is not asked for again for five minutes. A token that names no key, and is not signed by the
only one, counts as naming an unknown one. Requests whose key is known never wait for that. A failed attempt
changes nothing of what is held.
"""

import logging
import re
from dataclasses import dataclass
from typing import Final

from authwright.jose.errors import JoseError
from authwright.jose.jwks import Jwks, parse_jwks, why_unusable
from authwright.oauth.clock import Clock
from authwright.oauth.http import HttpResponse
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.types import Seconds, Timestamp
from authwright.transport.flight import Flight

from .discovery import Discovery
from .refusals import KEYS_UNAVAILABLE, Refused

MIN_FRESH: Final = 60
MAX_FRESH: Final = 3600
DEFAULT_FRESH: Final = 600
"""Seconds a key set is fresh: what ``max-age`` says, within bounds, and what counts when it says nothing."""

MAX_STALE: Final = 24 * 3600
"""Seconds after the fetch for which a key set serves while the issuer is down."""

REFETCH_INTERVAL: Final = 30
"""Seconds between two fetches for the sake of unknown keys, and the longest pause between failed attempts."""

MISS_LIFETIME: Final = 300
"""Seconds for which the name of a key is remembered as unknown."""

MAX_MISSES: Final = 1000
"""Names remembered; the oldest makes room."""

_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]{1,9})", re.IGNORECASE)
_UNCACHED: Final = re.compile(r"(?:^|[\s,])no-(?:store|cache)", re.IGNORECASE)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    jwks: Jwks
    fetched_at: Timestamp
    renew_at: Timestamp
    fresh_until: Timestamp
    usable_until: Timestamp

    def holds(self, kid: str | None) -> bool:
        return any(key.kid == kid for key in self.jwks.keys)


class KeyCache:
    """The keys of the issuer that *discovery* finds. One for each issuer and process."""

    def __init__(self, discovery: Discovery, clock: Clock) -> None:
        self._discovery = discovery
        self._clock = clock
        self._held: _Held | None = None
        self._flight = Flight[None]()
        self._begun_at: Timestamp | None = None
        self._failures = 0
        self._problem: Refused | None = None
        self._misses: dict[str | None, Timestamp] = {}

    async def current(self) -> Jwks:
        """
        The key set to verify with. No I/O, and no suspension, while it is fresh.

        Raises `Refused` with ``Retry-After`` when there is none.
        """
        now = self._clock.now()
        held = self._held
        if held is not None and now < held.fresh_until:
            if now >= held.renew_at and self._may_attempt(now):
                self._flight.begin(self._renew)
            return held.jwks
        return (await self._after_freshness(now)).jwks

    async def after_miss(self, kid: str | None) -> Jwks:
        """
        The key set to try once more with, after *kid* was not found in `current`.

        It is a newer one only if a fetch was due; see the theory above. Raises as `current` does.
        """
        now = self._clock.now()
        missed_at = self._misses.get(kid)
        remembered = missed_at is not None and 0 <= now - missed_at < MISS_LIFETIME
        if not remembered and (self._flight.under_way or self._may_refetch(now)):
            before = self._held
            await self._flight.join(self._renew)
            if self._held is not before:
                self._remember(kid, now)
        return await self.current()

    def warm_up(self) -> None:
        """Begin to fetch the keys in the background, if there are none yet, before a request needs them."""
        if self._held is None:
            self._flight.begin(self._renew)

    async def aclose(self) -> None:
        """End what runs in the background."""
        await self._flight.aclose()

    async def _after_freshness(self, now: Timestamp) -> _Held:
        held = self._held
        if held is not None and now < held.usable_until and self._failures:
            # An outage that somebody has waited for already: serve, and keep trying beside.
            if self._may_attempt(now):
                self._flight.begin(self._renew)
            return held
        if self._flight.under_way or self._may_attempt(now):
            await self._flight.join(self._renew)
        held = self._held
        if held is None or now >= held.usable_until:
            raise self._unavailable(now)
        return held

    async def _renew(self) -> None:
        """One attempt. What is held changes only when it succeeds."""
        self._begun_at = now = self._clock.now()
        try:
            self._held = await self._fetch(now)
        except Refused as refused:
            self._failures, self._problem = self._failures + 1, refused
            _log.warning("%s", refused)
        else:
            self._failures, self._problem = 0, None

    async def _fetch(self, now: Timestamp) -> _Held:
        # After a failure also the metadata anew: jwks_uri may have moved.
        metadata = await self._discovery.metadata(anew=self._failures > 0)
        response = await self._discovery.get(
            self._discovery.reachable(_jwks_uri(metadata)),
            refusal=KEYS_UNAVAILABLE,
            detail="jwks_uri does not answer with a key set",
        )
        try:
            jwks = parse_jwks(response.body)
        except JoseError as error:
            raise Refused(
                KEYS_UNAVAILABLE, "what jwks_uri serves is not a key set", received=error.detail
            ) from error
        if not any(key.verifiers for key in jwks.keys):
            # A key set without keys would refuse every token until it is renewed: worse than an old one.
            raise Refused(
                KEYS_UNAVAILABLE,
                "jwks_uri serves no key that can verify",
                received=why_unusable(response.body) or "no keys",
            )
        fresh = _freshness(response)
        return _Held(
            jwks,
            fetched_at=now,
            renew_at=Timestamp(now + fresh - fresh // 5),
            fresh_until=Timestamp(now + fresh),
            usable_until=Timestamp(now + MAX_STALE),
        )

    def _may_attempt(self, now: Timestamp) -> bool:
        """Whether the pause after failed attempts is over: 1, 2, 4 … 30 seconds."""
        return self._pause(now) == 0

    def _pause(self, now: Timestamp) -> int:
        if self._begun_at is None or not self._failures:
            return 0
        pause = min(2 ** min(self._failures - 1, 5), REFETCH_INTERVAL)
        elapsed = now - self._begun_at
        # A clock that was set back must not make the pause longer.
        return pause - elapsed if 0 <= elapsed < pause else 0

    def _may_refetch(self, now: Timestamp) -> bool:
        return self._begun_at is None or not 0 <= now - self._begun_at < REFETCH_INTERVAL

    def _remember(self, kid: str | None, now: Timestamp) -> None:
        self._misses.pop(kid, None)
        if self._held is None or self._held.holds(kid):
            return
        while len(self._misses) >= MAX_MISSES:
            del self._misses[next(iter(self._misses))]
        self._misses[kid] = now

    def _unavailable(self, now: Timestamp) -> Refused:
        problem = self._problem or Refused(KEYS_UNAVAILABLE, "the keys of the issuer are too old to be used")
        return Refused(
            problem.refusal,
            problem.detail,
            received=problem.received,
            expected=problem.expected,
            retry_after=Seconds(max(1, self._pause(now))),
        )


def _jwks_uri(metadata: AuthorizationServerMetadata) -> str:
    if metadata.jwks_uri is None:
        raise Refused(KEYS_UNAVAILABLE, "the metadata of the issuer names no jwks_uri")
    return metadata.jwks_uri


def _freshness(response: HttpResponse) -> int:
    """Seconds: ``max-age`` less the ``Age`` that a cache on the way has added, :rfc:`9111#section-4.2.1`."""
    cache_control = response.headers.get("cache-control", "")
    if _UNCACHED.search(cache_control):
        return MIN_FRESH
    max_age = _MAX_AGE.search(cache_control)
    if max_age is None:
        return DEFAULT_FRESH
    age = response.headers.get("age", "0")
    fresh = int(max_age[1]) - (int(age) if re.fullmatch(r"[0-9]{1,9}", age) else 0)
    return max(MIN_FRESH, min(fresh, MAX_FRESH))
