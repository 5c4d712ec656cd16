"""
Authentication for httpx2: the access token of :rfc:`6750#section-2.1`, fresh, in every request to one API.

For a machine::

    tokens = FreshClientTokens(client, scope="items:read", resource=[API])
    api = httpx2.Client(base_url=API, auth=BearerAuth(tokens, origin=API))

A machine's token can be replaced whenever it is refused: it is had for the asking, and nothing is spent. So a
request that is answered by 401 is sent once more, with another token (:rfc:`6750#section-3.1`).
"""

from collections.abc import AsyncGenerator, Generator
from http import HTTPStatus
from typing import NoReturn, Protocol, runtime_checkable

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


@runtime_checkable
class ReplacingTokenSource(TokenSource, Protocol):
    """A source that has others when its tokens are refused: `FreshClientTokens`."""

    def instead_of(self, refused: Tokens) -> Tokens | None:
        """Other tokens, None when there are no better ones."""
        ...


@runtime_checkable
class AsyncReplacingTokenSource(AsyncTokenSource, Protocol):
    """`AsyncFreshClientTokens`."""

    async def instead_of(self, refused: Tokens) -> Tokens | None:
        """Other tokens, None when there are no better ones."""
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
        tokens = self._tokens.get()
        _attach(request, tokens)
        response = yield request
        if isinstance(self._tokens, ReplacingTokenSource) and _is_worth_another(request, response):
            other = self._tokens.instead_of(tokens)
            if other is not None:
                _attach(request, other)
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
        tokens = await self._tokens.get()
        _attach(request, tokens)
        response = yield request
        if isinstance(self._tokens, AsyncReplacingTokenSource) and _is_worth_another(request, response):
            other = await self._tokens.instead_of(tokens)
            if other is not None:
                _attach(request, other)
                yield request


def _attach(request: httpx2.Request, tokens: Tokens) -> None:
    request.headers["authorization"] = tokens.authorization.reveal()


def _is_worth_another(request: httpx2.Request, response: httpx2.Response) -> bool:
    """
    Whether another token may help, and the request can be sent again.

    401 says that nothing was done (:rfc:`9110#section-15.5.2`); behind a redirect something may have been. A
    body that is produced while it is sent is gone.
    """
    refused = response.status_code == HTTPStatus.UNAUTHORIZED and not response.history
    return refused and isinstance(request.stream, httpx2.ByteStream)


def _origin_of(url: httpx2.URL) -> tuple[str, str, int | None]:
    # httpx2 leaves out the port where it is the scheme's own.
    return url.scheme, url.host, url.port
