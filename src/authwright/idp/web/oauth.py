"""
The protocol endpoints over HTTP: plain data in, plain data out, JSON and headers in between.

Every function here does the same three things: read what HTTP carries, call the endpoint of
`authwright.authorization_server`, write what it answered. `handle` is the one place where errors become
responses.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from authwright.authorization_server.endpoints.introspection import introspection
from authwright.authorization_server.endpoints.revocation import revocation
from authwright.authorization_server.endpoints.token import token
from authwright.authorization_server.endpoints.userinfo import userinfo
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.provider import IdentityProvider
from authwright.idp.web import cors
from authwright.idp.web.asgi import Headers, Incoming, Outgoing, encode_headers
from authwright.idp.web.headers import NO_SNIFFING
from authwright.idp.web.published import Published
from authwright.jose.encoding import dump_json
from authwright.oauth.challenge import bearer_challenge
from authwright.oauth.client_secret import is_basic, read_basic
from authwright.oauth.errors import (
    InsufficientScope,
    InvalidRequest,
    InvalidToken,
    OAuthError,
    ServerError,
    TemporarilyUnavailable,
)
from authwright.oauth.issuer import authorization_server_metadata_url
from authwright.oauth.parameters import is_form, parse_form
from authwright.oauth.types import Secret
from authwright.oauth.uri import parse_uri

Handler = Callable[[Incoming, IdentityProvider], Awaitable[Outgoing]]

_JSON: Final = {"content-type": "application/json"}
_NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}

_PRIVATE_JSON: Final = encode_headers({**_JSON, **_NO_STORE, **NO_SNIFFING})


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: what serves each method. *everybody*: readable from every origin."""

    handlers: Mapping[str, Handler]
    everybody: bool = False


async def post_token(request: Incoming, idp: IdentityProvider) -> Outgoing:
    """:rfc:`6749#section-3.2`."""
    response = await token(_client_request(request), idp.server)
    if response.subject is None:
        # Machines' tokens are no audit events (docs/adr/0005); tokens of people were told of at the commit.
        idp.log.debug("token.issued", client_id=response.client_id, scope=response.scope)
    return _json(response.to_dict(), _PRIVATE_JSON)


async def post_introspect(request: Incoming, idp: IdentityProvider) -> Outgoing:
    """:rfc:`7662#section-2`."""
    response = await introspection(_client_request(request), idp.server)
    return _json(response.to_dict(), _PRIVATE_JSON)


async def post_revoke(request: Incoming, idp: IdentityProvider) -> Outgoing:
    """:rfc:`7009#section-2`."""
    await revocation(_client_request(request), idp.server)
    return Outgoing(200, encode_headers({**_NO_STORE, **NO_SNIFFING}))


async def any_userinfo(request: Incoming, idp: IdentityProvider) -> Outgoing:
    """OpenID Connect Core §5.3.1: GET, or POST with the token in the header or in the form body."""
    return _json(await userinfo(_bearer_token(request), idp.server), _PRIVATE_JSON)


async def get_healthz(request: Incoming, idp: IdentityProvider) -> Outgoing:
    """
    Whether to send requests to this node: its storage takes a durable write now, and it is not about to stop.

    For load balancers and readiness probes.
    """
    del request
    if idp.stopping.is_set():
        return _json({"status": "stopping"}, _PRIVATE_JSON, status=503)
    await idp.storage.ready()
    return _json({"status": "ok"}, _PRIVATE_JSON)


async def get_livez(request: Incoming, idp: IdentityProvider) -> Outgoing:
    """
    Whether this process turns. For liveness probes: a database that is away comes back, and a restart of
    everything that needs it would not bring it back sooner.
    """
    del request, idp
    return _json({"status": "ok"}, _PRIVATE_JSON)


def routes(idp: IdentityProvider, published: Published) -> dict[str, Route]:
    """Every protocol endpoint by the path under which requests for this issuer arrive."""
    endpoints, issuer = idp.server.endpoints, idp.server.issuer
    prefix = parse_uri(issuer).path.removesuffix("/")
    document = Route({"GET": published.get_metadata}, everybody=True)
    return {
        prefix + endpoints.token: Route({"POST": post_token}),
        prefix + endpoints.introspection: Route({"POST": post_introspect}),
        prefix + endpoints.revocation: Route({"POST": post_revoke}),
        prefix + endpoints.userinfo: Route({"GET": any_userinfo, "POST": any_userinfo}),
        prefix + endpoints.jwks: Route({"GET": published.get_jwks}, everybody=True),
        prefix + "/.well-known/openid-configuration": document,
        prefix + "/.well-known/oauth-authorization-server": document,
        # For an issuer with a path, RFC 8414 §3.1 puts the well-known part before that path.
        parse_uri(authorization_server_metadata_url(issuer)).path: document,
        prefix + "/healthz": Route({"GET": get_healthz}),
        prefix + "/livez": Route({"GET": get_livez}),
    }


async def handle(request: Incoming, route: Route, idp: IdentityProvider) -> Outgoing:
    """The answer of *route* to *request*, whatever happens."""
    origin = request.header(b"origin")
    if origin is not None:
        origin = None if route.everybody else await _client_origin(origin, idp)
    if request.method == "OPTIONS":
        return _preflight(route, origin)
    handler = route.handlers.get("GET" if request.method == "HEAD" else request.method)
    if handler is None:
        allow = ", ".join((*route.handlers, "OPTIONS"))
        response = Outgoing(405, encode_headers({"allow": allow, **NO_SNIFFING}))
    else:
        response = await _answer(request, handler, idp)
    if origin is not None:
        response = replace(response, headers=(*response.headers, *encode_headers(cors.allow(origin))))
    return response


def error_response(error: OAuthError) -> Outgoing:
    """:rfc:`6749#section-5.2`. The public half of *error*."""
    body = {"error": error.code, "error_description": error.description}
    headers = encode_headers({**_JSON, **_NO_STORE, **NO_SNIFFING, **error.headers})
    return Outgoing(error.status, headers, dump_json(body))


async def _answer(request: Incoming, handler: Handler, idp: IdentityProvider) -> Outgoing:
    try:
        return await handler(request, idp)
    except OAuthError as error:
        idp.log.warning(
            "request.refused",
            path=request.path,
            client_id=_claimed_client_id(request),
            error=error.code,
            detail=error.detail,
            network=request.network,
        )
        return error_response(_with_challenge(error))
    except StorageUnavailable as error:
        idp.log.error("storage.unavailable", error, path=request.path)
        return error_response(
            TemporarilyUnavailable("the storage cannot answer", headers={"retry-after": "5"})
        )
    except Exception as error:  # noqa: BLE001 - the last door: a bug answers server_error and not a traceback
        correlation_id = secrets.token_hex(8)
        idp.log.error("request.crashed", error, path=request.path, correlation_id=correlation_id)
        return error_response(ServerError("a bug", headers={"x-correlation-id": correlation_id}))


def _claimed_client_id(request: Incoming) -> str | None:
    """Who a refused request said it was from. For the log alone: nothing is proven."""
    authorization = request.header(b"authorization") or ""
    try:
        if is_basic(authorization):
            return read_basic(authorization).client_id
        return parse_form(request.body, request.header(b"content-type")).get("client_id")
    except OAuthError:
        return None


def _client_request(request: Incoming) -> ClientRequest:
    """:rfc:`6749#section-2.3.1`: parameters of a client come in the body and never in the URL."""
    if request.query:
        raise InvalidRequest("a request of a client has parameters in its URL")
    return ClientRequest(
        parameters=parse_form(request.body, request.header(b"content-type")),
        authorization=request.header(b"authorization"),
        network=request.network,
    )


def _bearer_token(request: Incoming) -> Secret:
    """:rfc:`6750#section-2`: by header or by form body, and not by both; never by query."""
    authorization = request.header(b"authorization")
    in_header = None
    if authorization is not None:
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != "bearer" or not credentials.strip(" "):
            raise InvalidToken("userinfo was asked with another scheme than Bearer, or with no token")
        in_header = credentials.strip(" ")
    in_body = None
    content_type = request.header(b"content-type") or ""
    if request.method == "POST" and is_form(content_type):
        in_body = parse_form(request.body, content_type).get("access_token")
    if in_header is not None and in_body is not None:
        raise InvalidRequest("the access token came both in the header and in the body")
    access_token = in_header or in_body
    if access_token is None:
        # No error code for a request that brought nothing (RFC 6750 §3.1).
        raise InvalidToken(
            "userinfo was asked without an access token",
            headers={"www-authenticate": str(bearer_challenge())},
        )
    return Secret(access_token)


def _with_challenge(error: OAuthError) -> OAuthError:
    """:rfc:`6750#section-3`: a refusal of a bearer token says so in ``WWW-Authenticate`` too."""
    if not isinstance(error, InvalidToken | InsufficientScope) or "www-authenticate" in error.headers:
        return error
    return type(error)(error.detail, headers={"www-authenticate": str(bearer_challenge(error))})


async def _client_origin(origin: str, idp: IdentityProvider) -> str | None:
    """*origin* when it is a client's."""
    try:
        clients = await idp.storage.clients()
    except StorageUnavailable:
        return None
    return origin if cors.is_client_origin(origin, clients) else None


def _preflight(route: Route, origin: str | None) -> Outgoing:
    if route.everybody:
        return Outgoing(204, encode_headers({**cors.preflight("*"), **NO_SNIFFING}))
    if origin is None:
        return Outgoing(403, encode_headers(NO_SNIFFING))
    return Outgoing(204, encode_headers({**cors.preflight(origin), **NO_SNIFFING}))


def _json(body: Mapping[str, Any], headers: Headers, *, status: int = 200) -> Outgoing:
    return Outgoing(status, headers, dump_json(body))
