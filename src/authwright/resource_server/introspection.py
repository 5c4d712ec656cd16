"""
Asking the issuer about a token. :rfc:`7662`.

For opaque tokens, which only their issuer can read; and for JWTs where a revocation has to count at once.
An answer is kept for a few seconds (:rfc:`7662#section-4`): this is how long a revoked token may live on
here.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, cast

from authwright.jose import jwt
from authwright.jose.errors import JoseError
from authwright.oauth import parameters
from authwright.oauth.access_token import AccessToken, check_kind, read_claims
from authwright.oauth.client_secret import ClientCredentials, write_basic
from authwright.oauth.clock import Clock
from authwright.oauth.http import HttpRequest
from authwright.oauth.introspection import IntrospectionResponse, parse_introspection_response
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.types import ClientId, Digest, Seconds, Secret, Timestamp, digest, whole_seconds
from authwright.transport import TransportError
from authwright.transport.flight import Flight

from .discovery import Discovery
from .errors import ConfigurationError
from .expectation import Expectation
from .jwt_access_token import refused
from .refusals import INACTIVE, INTROSPECTION_UNAVAILABLE, Refused

MAX_CACHED: Final = 10_000
"""Answers kept; the oldest makes room."""

MAX_CACHE_LIFETIME: Final = timedelta(minutes=5)
"""Beyond that, local verification of short-lived JWTs revokes sooner."""

_RETRY_AFTER: Final = Seconds(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntrospectionClient:
    """
    The API as a client of the introspection endpoint, with its ``client_secret_basic`` credentials.

    *always*: ask about JWTs too, so that a revocation counts within *cache_lifetime* instead of at
    the token's end; zero asks every time. Raises `ConfigurationError`.
    """

    client_id: ClientId
    client_secret: Secret = field(repr=False)
    always: bool = False
    cache_lifetime: timedelta = timedelta(seconds=10)

    def __post_init__(self) -> None:
        if not isinstance(cast("object", self.client_secret), Secret):
            raise ConfigurationError(
                "introspection.client_secret", "wrap it: Secret(...), of authwright.oauth.types"
            )
        if not timedelta() <= self.cache_lifetime <= MAX_CACHE_LIFETIME:
            raise ConfigurationError("introspection.cache_lifetime", "choose between zero and five minutes")


@dataclass(frozen=True, slots=True)
class _Answer:
    response: IntrospectionResponse
    until: Timestamp


class Introspection:
    """Asks, and remembers. One for each API and process."""

    def __init__(
        self, client: IntrospectionClient, discovery: Discovery, expectation: Expectation, clock: Clock
    ) -> None:
        self.always = client.always
        self._client = client
        self._lifetime = whole_seconds(client.cache_lifetime)
        self._discovery = discovery
        self._expectation = expectation
        self._clock = clock
        self._answers: dict[Digest, _Answer] = {}
        self._flights: dict[Digest, Flight[IntrospectionResponse]] = {}

    async def verify(self, token: str) -> AccessToken:
        """
        The access token that the issuer says *token* is.

        Whatever it says, the token has to be for this API: an active token of another API, or an ID token, is
        refused here as a JWT would be. Raises `Refused`.
        """
        now = self._clock.now()
        key = digest(token)
        answer = self._answers.get(key)
        # From both sides: a clock that was set back must not keep a revoked token alive.
        if answer is not None and now < answer.until <= now + self._lifetime:
            return self._read(answer.response, now)
        flight = self._flights.setdefault(key, Flight())
        try:
            response = await flight.join(lambda: self._ask(token))
        finally:
            self._flights.pop(key, None)
        self._keep(key, response, now)
        return self._read(response, now)

    async def _ask(self, token: str) -> IntrospectionResponse:
        endpoint = (await self._discovery.metadata()).introspection_endpoint
        if endpoint is None:
            raise Refused(
                INTROSPECTION_UNAVAILABLE, "the metadata of the issuer names no introspection_endpoint"
            )
        credentials = ClientCredentials(self._client.client_id, self._client.client_secret)
        form = parameters.encode((("token", token), ("token_type_hint", "access_token")))
        request = HttpRequest(
            "POST",
            self._discovery.reachable(endpoint),
            {
                "accept": "application/json",
                "content-type": parameters.FORM,
                "authorization": write_basic(credentials),
            },
            form.encode("ascii"),
        )
        try:
            response = await self._discovery.transport.send(request)
        except TransportError as error:
            raise _unavailable("the introspection endpoint could not be reached", error.detail) from error
        if response.status == HTTPStatus.UNAUTHORIZED:
            raise _unavailable(
                "the introspection endpoint refused this API's own credentials", response.status
            )
        if response.status != HTTPStatus.OK:
            raise _unavailable("the introspection endpoint did not answer with 200", response.status)
        try:
            return parse_introspection_response(response.body)
        except (InvalidValue, JoseError) as error:
            raise _unavailable("the introspection response is malformed", error.detail) from error

    def _keep(self, key: Digest, response: IntrospectionResponse, now: Timestamp) -> None:
        if not self._lifetime:
            return
        self._answers.pop(key, None)
        while len(self._answers) >= MAX_CACHED:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = _Answer(response, Timestamp(now + self._lifetime))

    def _read(self, response: IntrospectionResponse, now: Timestamp) -> AccessToken:
        if not response.active:
            raise Refused(INACTIVE, "the issuer says that the token is not active")
        expected = self._expectation
        # RFC 7662 §2.2 makes all but `active` optional. The issuer was asked at its own endpoint, so it need
        # not name itself; a token without an end is good for as long as the answer is, and an answer that is
        # not kept at all still is good for the request that asked for it.
        claims: dict[str, Any] = {
            "iss": expected.issuer,
            "exp": now + max(self._lifetime, 1),
            **response.claims,
        }
        if response.client_id is not None:
            claims.setdefault("sub", response.client_id)
        try:
            jwt.check_issuer(claims, expected.issuer)
            jwt.check_audience(claims, expected.audience)
            jwt.check_times(claims, now=now, leeway=expected.leeway_seconds)
            check_kind(claims, expected.profile)
            return read_claims(claims, expected.profile, expected.audience)
        except JoseError as error:
            raise refused(error) from error


def _unavailable(detail: str, received: object) -> Refused:
    return Refused(INTROSPECTION_UNAVAILABLE, detail, received=received, retry_after=_RETRY_AFTER)
