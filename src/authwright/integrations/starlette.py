"""
Protecting a Starlette application, or any ASGI application.

`Auth` is built once; `Protected` stands in front of a route, a mount or the whole application::

    auth = Auth(issuer="https://id.example.com", audience="https://api.example.com")

    async def items(request):
        return JSONResponse({"owner": principal(request).sub})

    reading = Middleware(Protected, auth=auth, scopes=["items:read"])
    app = Starlette(
        routes=[Route("/items", items, middleware=[reading]), *auth.routes(["items:read"])],
        lifespan=auth.lifespan,
    )
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final, cast

from starlette import types
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocket

from authwright.oauth.clock import Clock
from authwright.oauth.http import HttpRequest, Transport
from authwright.oauth.scope import Scope
from authwright.oauth.token_profile import RFC_9068, TokenProfile
from authwright.oauth.uri import parse_uri
from authwright.resource_server.discovery import check_internal_url
from authwright.resource_server.error_response import close_reason, error_response
from authwright.resource_server.expectation import DEFAULT_ALGORITHMS, DEFAULT_LEEWAY, Expectation
from authwright.resource_server.introspection import IntrospectionClient
from authwright.resource_server.metadata import metadata_path, metadata_url, protected_resource_metadata
from authwright.resource_server.principal import Principal
from authwright.resource_server.protection import Protection, log
from authwright.resource_server.refusals import Refused
from authwright.resource_server.requirement import Requirement, check
from authwright.transport import FetchPolicy, GuardedTransport
from authwright.transport.clock import SystemClock
from authwright.transport.fetch_policy import bare_host

__all__ = ["Auth", "Principal", "Protected", "RefusedRequest", "RefusedWebSocket", "principal"]

_PRINCIPAL: Final = "authwright.principal"
_DENIAL: Final = "websocket.http.response"
_POLICY_VIOLATION: Final = 1008


class Auth:
    """
    What tokens the API accepts, and the keys to verify them with. One for each API and process.

    *issuer* and *audience* are compared byte for byte with the token's ``iss`` and ``aud``. *internal_url*
    is where the issuer is reached from here, when that is not its own URL, as between containers. *profile*
    is that of the issuer's tokens, from `authwright.oauth.token_profile`. *introspection* makes opaque
    tokens verifiable. *transport* replaces the guarded HTTP client, and is then the caller's to close.
    Raises `ConfigurationError`.
    """

    def __init__(  # noqa: PLR0913 - all by name, and all but two have a default
        self,
        *,
        issuer: str,
        audience: str,
        internal_url: str | None = None,
        profile: TokenProfile = RFC_9068,
        algorithms: Iterable[str] = DEFAULT_ALGORITHMS,
        introspection: IntrospectionClient | None = None,
        leeway: timedelta = DEFAULT_LEEWAY,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.expectation = Expectation(
            issuer=issuer,
            audience=audience,
            profile=profile,
            algorithms=frozenset(algorithms),
            leeway=leeway,
        )
        self._own_transport = _transport(issuer, internal_url) if transport is None else None
        self.protection = Protection(
            expectation=self.expectation,
            transport=cast("Transport", transport or self._own_transport),
            clock=clock or SystemClock(),
            internal_url=internal_url,
            introspection=introspection,
        )
        self._metadata_url = metadata_url(self.expectation)

    async def authenticate(self, connection: HTTPConnection, scopes: Iterable[str] = ()) -> Principal:
        """
        Who is calling, with a token that has all of *scopes*.

        Raises `RefusedRequest` or `RefusedWebSocket`, for which Starlette has an answer of its own.
        """
        try:
            return await self.protection.authenticate(_request(connection), scope=_scope(_tokens(scopes)))
        except Refused as refused:
            raise self.exception(connection, refused) from refused

    def exception(self, connection: HTTPConnection, refused: Refused) -> "RefusedRequest | RefusedWebSocket":
        """*refused* as an exception that Starlette and FastAPI understand."""
        if connection.scope["type"] == "websocket":
            return RefusedWebSocket(refused, self)
        return RefusedRequest(refused, self)

    def response(self, refused: Refused) -> Response:
        """The HTTP answer to a refused request."""
        answer = error_response(
            refused,
            resource_metadata=self._metadata_url,
            in_development=self.expectation.in_development,
        )
        return Response(answer.body, answer.status, dict(answer.headers))

    def routes(self, scopes: Iterable[str] = ()) -> list[Route]:
        """
        The route of the API's own metadata (:rfc:`9728`), which names *scopes*. None for an audience that
        is no URL.
        """
        path = metadata_path(self.expectation)
        if path is None:
            return []
        document = protected_resource_metadata(self.expectation, scopes=_tokens(scopes)).to_dict()

        async def metadata(_request: Request) -> Response:
            return metadata_response(document)

        return [Route(path, metadata)]

    @asynccontextmanager
    async def lifespan(self, _app: object = None) -> AsyncGenerator[None]:
        """Begin to fetch the issuer's keys at the start, and close what is open at the end."""
        self.protection.keys.warm_up()
        try:
            yield
        finally:
            await self.protection.aclose()
            if self._own_transport is not None:
                await self._own_transport.aclose()


class Protected:
    """
    ASGI middleware: lets a request through to *app* when its token has all of *scopes* and meets
    *requirement*.

    *requirement* is of roles and groups, from `authwright.resource_server.requirement`. The application
    finds who is calling by `principal`. A WebSocket is refused before it is accepted: with an HTTP response
    where the server can send one, else by closing with 1008.
    """

    def __init__(
        self,
        app: types.ASGIApp,
        *,
        auth: Auth,
        scopes: Iterable[str] = (),
        requirement: Requirement | None = None,
    ) -> None:
        self._app = app
        self._auth = auth
        self._scope = Scope(*_tokens(scopes))
        self._requirement = requirement

    async def __call__(self, scope: types.Scope, receive: types.Receive, send: types.Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._authenticated(HTTPConnection(scope))
        except Refused as refused:
            if scope["type"] == "websocket":
                await refuse_websocket(WebSocket(scope, receive, send), refused, self._auth)
            else:
                await self._auth.response(refused)(scope, receive, send)
            return
        await self._app({**scope, _PRINCIPAL: caller}, receive, send)

    async def _authenticated(self, connection: HTTPConnection) -> Principal:
        caller = await self._auth.protection.authenticate(_request(connection), scope=self._scope)
        if self._requirement is not None:
            check_requirement(self._requirement, caller)
        return caller


def principal(connection: HTTPConnection) -> Principal:
    """Who is calling, behind `Protected`. Raises `LookupError` where nothing protects the route."""
    caller: Principal | None = connection.scope.get(_PRINCIPAL)
    if caller is None:
        raise LookupError("the route is not behind Protected")
    return caller


class RefusedRequest(HTTPException):
    """
    `Refused`, as an exception to which Starlette and FastAPI know the answer: status, challenge, short
    half.
    """

    def __init__(self, refused: Refused, auth: Auth) -> None:
        response = auth.response(refused)
        headers = {
            name: value
            for name in ("www-authenticate", "retry-after")
            if (value := response.headers.get(name)) is not None
        }
        super().__init__(response.status_code, close_reason(refused), headers)
        self.refused = refused
        self.auth = auth


class RefusedWebSocket(WebSocketException):
    """
    `Refused`, as an exception to which Starlette and FastAPI know the answer: not accepted, closed with
    1008.
    """

    def __init__(self, refused: Refused, auth: Auth) -> None:
        super().__init__(_POLICY_VIOLATION, close_reason(refused))
        self.refused = refused
        self.auth = auth


async def refuse_websocket(websocket: WebSocket, refused: Refused, auth: Auth) -> None:
    """Answer the handshake of *websocket*, which was not accepted yet, with *refused*."""
    if _DENIAL in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(auth.response(refused))
    else:
        await websocket.close(_POLICY_VIOLATION, close_reason(refused))


def metadata_response(document: dict[str, Any]) -> Response:
    """*document*, for everybody: a client in a browser that got a 401 reads it from another origin."""
    headers = {"access-control-allow-origin": "*", "cache-control": "max-age=3600"}
    return JSONResponse(document, headers=headers)


def check_requirement(requirement: Requirement, caller: Principal) -> None:
    """Check that *caller* meets *requirement*. Raises `Refused`, and logs it."""
    try:
        check(requirement, roles=caller.roles, groups=caller.groups)
    except Refused as refused:
        log(refused)
        raise


def _request(connection: HTTPConnection) -> HttpRequest:
    """What a verifier looks at: where a token may be, and where it must not be."""
    headers: dict[str, str] = {}
    if authorization := connection.headers.getlist("authorization"):
        headers["authorization"] = ", ".join(authorization)
    query = connection.scope["query_string"].decode("latin-1")
    return HttpRequest(connection.scope.get("method", "GET"), f"?{query}", headers)


def _tokens(scopes: Iterable[str]) -> tuple[str, ...]:
    """
    *scopes*, one by one. Raises `TypeError` for a string, an iterable of strings to Python and to type
    checkers: each of its letters would be a scope, which no token has.
    """
    if isinstance(scopes, str):
        raise TypeError("scopes is a collection of scope tokens; for one write [token]")
    return tuple(scopes)


@lru_cache(maxsize=256)
def _scope(tokens: tuple[str, ...]) -> Scope:
    """What a route needs is written in the code, so there are few, and each is checked once."""
    return Scope(*tokens)


def _transport(issuer: str, internal_url: str | None) -> GuardedTransport:
    """A client for the issuer alone, which the operator named: it may well be on a private network."""
    if internal_url is not None:
        check_internal_url(internal_url)
    hosts = (parse_uri(url).host for url in (issuer, internal_url) if url is not None)
    return GuardedTransport(FetchPolicy(allowed_hosts=frozenset(bare_host(host) for host in hosts if host)))
