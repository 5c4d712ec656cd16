"""The guard of an API, from a request to its access token. :rfc:`6750`, :rfc:`9068`, :rfc:`7662`."""

import logging
from dataclasses import dataclass, field
from typing import Final

from authwright.jose import jws
from authwright.jose.errors import Malformed
from authwright.oauth.access_token import AccessToken
from authwright.oauth.clock import Clock
from authwright.oauth.http import HttpRequest, Transport
from authwright.oauth.scope import Scope
from authwright.transport.clock import SystemClock

from .bearer import read_bearer_token
from .discovery import Discovery, check_internal_url
from .expectation import Expectation
from .introspection import Introspection, IntrospectionClient
from .jwt_access_token import verify_jwt
from .keys import KeyCache
from .principal import Principal, principal_of
from .refusals import INSUFFICIENT_SCOPE, Refused

_NO_SCOPE: Final = Scope()

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """
    Protects one API. Holds the issuer's keys, so there is one for each API and process.

    *internal_url* is where the issuer is reached from here, if not at its own URL. *introspection* makes
    opaque tokens verifiable. *form_body* also takes tokens from forms (:rfc:`6750#section-2.2`). Raises
    `ConfigurationError`.
    """

    expectation: Expectation
    transport: Transport = field(repr=False)
    clock: Clock = field(default_factory=SystemClock, repr=False)
    internal_url: str | None = None
    introspection: IntrospectionClient | None = None
    form_body: bool = False
    discovery: Discovery = field(init=False, repr=False)
    keys: KeyCache = field(init=False, repr=False)
    _introspection: Introspection | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.internal_url is not None:
            check_internal_url(self.internal_url)
        discovery = Discovery(self.expectation.issuer, self.transport, internal_url=self.internal_url)
        object.__setattr__(self, "discovery", discovery)
        object.__setattr__(self, "keys", KeyCache(discovery, self.clock))
        introspection = self.introspection and Introspection(
            self.introspection, discovery, self.expectation, self.clock
        )
        object.__setattr__(self, "_introspection", introspection)

    async def verify(self, request: HttpRequest, *, scope: Scope = _NO_SCOPE) -> AccessToken:
        """
        The access token of *request*, which must carry all of *scope*. Raises `Refused`, and logs it.

        After the first fetch of keys this does no I/O for a JWT.
        """
        return (await self._verified(request, scope))[0]

    async def authenticate(self, request: HttpRequest, *, scope: Scope = _NO_SCOPE) -> Principal:
        """`verify`, for an application: who is calling."""
        return principal_of(*await self._verified(request, scope))

    async def verify_token(self, token: str) -> AccessToken:
        """
        What *token* is, wherever it came from: the checks of `verify` without the request. Raises `Refused`.

        With introspection, what is not a JWT is asked about; a token does not choose to be checked less.
        """
        if self._introspection is not None and (self._introspection.always or not _is_jws(token)):
            return await self._introspection.verify(token)
        return await verify_jwt(token, self.keys, self.expectation, now=self.clock.now())

    async def aclose(self) -> None:
        """End what runs in the background. The transport is the caller's to close."""
        await self.keys.aclose()

    async def _verified(self, request: HttpRequest, scope: Scope) -> tuple[AccessToken, str]:
        try:
            token = read_bearer_token(request, form_body=self.form_body)
            access_token = await self.verify_token(token)
            if not scope <= access_token.scope:
                raise Refused(
                    INSUFFICIENT_SCOPE,
                    "the scope of the token is not enough",
                    received=str(access_token.scope),
                    expected=str(scope),
                )
        except Refused as refused:
            refused.scope = scope
            log(refused)
            raise
        return access_token, token


def log(refused: Refused) -> None:
    """Write the full half of *refused* to the log."""
    _log.log(logging.INFO if refused.refusal.routine else logging.WARNING, "%s", refused)


def _is_jws(token: str) -> bool:
    try:
        jws.parse(token)
    except Malformed:
        return False
    return True
