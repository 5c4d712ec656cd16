"""
Authentication for httpx2: the access token of :rfc:`6750#section-2.1`, fresh, in every request to one API.

For a machine::

    tokens = FreshClientTokens(client, scope="items:read", resource=[API])
    api = httpx2.Client(base_url=API, auth=BearerAuth(tokens, origin=API))
"""

from collections.abc import AsyncGenerator, Generator
from typing import NoReturn, Protocol

import httpx2
from typing_extensions import override

from .tokens import Tokens


class TokenSource(Protocol):
    """`FreshTokens` or `FreshClientTokens`."""

    def get(self) -> Tokens:
        """Fresh tokens."""
        ...


class AsyncTokenSource(Protocol):
    """`AsyncFreshTokens` or `AsyncFreshClientTokens`."""

    async def get(self) -> Tokens:
        """Fresh tokens."""
        ...


class _OriginBound(httpx2.Auth):
    """
    Whoever receives a bearer token can use it, so it goes to *origin* alone: scheme, host and port.

    A request to elsewhere is a mistake of the caller: `ValueError`. httpx2 itself drops the header when it
    follows a redirect to another origin.
    """

    def __init__(self, origin: str) -> None:
        self._origin = _origin_of(httpx2.URL(origin))

    @override
    def auth_flow(self, request: httpx2.Request) -> NoReturn:
        raise TypeError("BearerAuth is for httpx2.Client, AsyncBearerAuth for httpx2.AsyncClient")

    def check_origin(self, request: httpx2.Request) -> None:
        """Check that *request* goes to the API. Raises `ValueError`."""
        if _origin_of(request.url) != self._origin:
            raise ValueError("a request to another origin was about to carry the access token")


class BearerAuth(_OriginBound):
    """For `httpx2.Client`: the access token of *tokens*, for the API at *origin*."""

    def __init__(self, tokens: TokenSource, *, origin: str) -> None:
        super().__init__(origin)
        self._tokens = tokens

    @override
    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        self.check_origin(request)
        _attach(request, self._tokens.get())
        yield request


class AsyncBearerAuth(_OriginBound):
    """For `httpx2.AsyncClient`: the access token of *tokens*, for the API at *origin*."""

    def __init__(self, tokens: AsyncTokenSource, *, origin: str) -> None:
        super().__init__(origin)
        self._tokens = tokens

    @override
    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        self.check_origin(request)
        _attach(request, await self._tokens.get())
        yield request


def _attach(request: httpx2.Request, tokens: Tokens) -> None:
    request.headers["authorization"] = tokens.authorization.reveal()


def _origin_of(url: httpx2.URL) -> tuple[str, str, int | None]:
    # httpx2 leaves out the port where it is the scheme's own.
    return url.scheme, url.host, url.port
