"""
Protecting a FastAPI application. `Auth` is one callable, so FastAPI's own words do the rest::

    auth = Auth(issuer="http://localhost:9000", audience="http://localhost:8000")
    app = FastAPI(**auth.swagger(client_id="web"))
    auth.install(app)
    Reader = Annotated[Principal, Security(auth, scopes=["items:read"])]

    @app.get("/items")
    async def items(user: Reader):
        return {"owner": user.sub, "groups": user.groups}

Scopes reach OpenAPI, ``app.dependency_overrides[auth]`` replaces the guard in a test, and the same line
guards a WebSocket. ``Security(auth.role("admin") | auth.group("editors"))`` asks for more than scopes.
"""

import inspect
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final, cast

from fastapi import FastAPI, Security
from fastapi.openapi.models import OAuth2, OAuthFlowAuthorizationCode, OAuthFlows, OpenIdConnect
from fastapi.openapi.models import SecurityBase as SecurityScheme
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from typing_extensions import override

from authwright.integrations import starlette
from authwright.integrations.starlette import (
    Principal,
    RefusedRequest,
    RefusedWebSocket,
    check_requirement,
    metadata_response,
    refuse_websocket,
)
from authwright.oauth.issuer import openid_configuration_url
from authwright.resource_server.metadata import metadata_path, protected_resource_metadata
from authwright.resource_server.refusals import Refused
from authwright.resource_server.requirement import AllOf, AnyOf, Group, Requirement, Role

__all__ = ["Auth", "Guard", "Principal", "RefusedRequest", "RefusedWebSocket"]

_NO_SCOPES: Final[Mapping[str, str]] = MappingProxyType({})
_REFUSALS: Final = MappingProxyType(
    {
        "401": "There is no access token, or it is not valid.",
        "403": "The access token does not reach this far.",
    }
)


class Auth(starlette.Auth, SecurityBase):
    """
    `authwright.integrations.starlette.Auth` as a dependency. It is the same one whatever scopes a route
    needs.

    In OpenAPI it is an OAuth 2.0 scheme with the authorization code flow once the issuer's endpoints are
    known, and until then an OpenID Connect scheme, which names the issuer alone. An application that trusts
    several issuers sets the *scheme_name* of each, or OpenAPI takes them for one::

        staff.scheme_name = "Staff"
    """

    scheme_name: str = "OAuth2"
    """The name of the scheme in OpenAPI. To be set before `install`, and before the first schema is made."""

    async def __call__(self, connection: HTTPConnection, security_scopes: SecurityScopes) -> Principal:
        """Who is calling, for FastAPI, which answers the exceptions of `authenticate`."""
        return await self.authenticate(connection, security_scopes.scopes)

    @property
    @override
    def model(self) -> SecurityScheme:  # type: ignore[override]  # what FastAPI reads when it makes the schema
        """The security scheme of OpenAPI."""
        metadata = self.protection.discovery.known
        if metadata is None or metadata.authorization_endpoint is None or metadata.token_endpoint is None:
            return OpenIdConnect(openIdConnectUrl=openid_configuration_url(self.expectation.issuer))
        flow = OAuthFlowAuthorizationCode(
            authorizationUrl=metadata.authorization_endpoint, tokenUrl=metadata.token_endpoint
        )
        return OAuth2(flows=OAuthFlows(authorizationCode=flow))

    def role(self, name: str) -> "Guard":
        """A dependency that also asks for the role *name*; combine it by ``&`` and ``|``."""
        return Guard(self, Role(name))

    def group(self, name: str) -> "Guard":
        """A dependency that also asks for membership in the group *name*; combine it by ``&`` and ``|``."""
        return Guard(self, Group(name))

    def swagger(self, *, client_id: str, scopes: Iterable[str] = ()) -> dict[str, Any]:
        """
        Arguments for `FastAPI` that make the Authorize button of Swagger UI work, with PKCE (:rfc:`7636`).

        *client_id* is that of a public client whose redirect URI is the application's
        ``/docs/oauth2-redirect``; *scopes* are ticked beforehand. The token is asked for with this API as
        its resource (:rfc:`8707`).
        """
        return {
            "swagger_ui_init_oauth": {
                "clientId": client_id,
                "scopes": " ".join(scopes),
                "usePkceWithAuthorizationCodeGrant": True,
                "additionalQueryStringParams": {"resource": self.expectation.audience},
            }
        }

    def install(self, app: FastAPI, *, scopes: Mapping[str, str] = _NO_SCOPES) -> None:
        """
        Complete *app*: the API's own metadata (:rfc:`9728`), the bodies of refusals, scopes in OpenAPI, and
        keys that are fetched when the application starts and before the first request needs them.

        *scopes* describes scopes for people; those that routes use are found without it.
        """
        app.add_exception_handler(RefusedRequest, _answer_request)
        app.add_exception_handler(RefusedWebSocket, _answer_websocket)
        self._install_openapi(app, scopes)
        self._install_metadata(app, scopes)
        self._install_lifespan(app)

    def _install_openapi(self, app: FastAPI, scopes: Mapping[str, str]) -> None:
        generate = app.openapi

        def openapi() -> dict[str, Any]:
            schema = generate()
            _describe(schema, self.scheme_name, scopes)
            if self.protection.discovery.known is None:
                # Not to be kept: once the issuer has answered, the schema has its endpoints.
                app.openapi_schema = None
            return schema

        app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own documentation does

    def _install_metadata(self, app: FastAPI, scopes: Mapping[str, str]) -> None:
        path = metadata_path(self.expectation)
        if path is None:
            return

        async def metadata(_request: Request) -> Response:
            used = (
                scope
                for operation in _operations(app.openapi())
                for scope in _scopes(operation, self.scheme_name)
            )
            document = protected_resource_metadata(self.expectation, scopes={*scopes, *used})
            return metadata_response(document.to_dict())

        app.add_route(path, metadata, include_in_schema=False)

    def _install_lifespan(self, app: FastAPI) -> None:
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(application: FastAPI) -> AsyncGenerator[Any]:
            async with self.lifespan(), inner(application) as state:
                yield state

        app.router.lifespan_context = lifespan


class Guard:
    """
    A dependency that asks for roles or groups beside the scopes of its `Security`.

    It rests on `Auth`, so that an override of that in a test also replaces who is calling here. Combining
    those of two raises `ValueError`.
    """

    def __init__(self, auth: Auth, requirement: Requirement) -> None:
        self._auth = auth
        self._requirement = requirement
        # FastAPI learns from the signature what to pass: here, the principal that this very `Auth` gives.
        self.__signature__ = inspect.Signature(
            [
                inspect.Parameter("connection", inspect.Parameter.KEYWORD_ONLY, annotation=HTTPConnection),
                inspect.Parameter(
                    "caller", inspect.Parameter.KEYWORD_ONLY, annotation=Principal, default=Security(auth)
                ),
            ]
        )

    async def __call__(self, *, connection: HTTPConnection, caller: Principal) -> Principal:
        """Who is calling, once the requirement holds."""
        try:
            check_requirement(self._requirement, caller)
        except Refused as refused:
            raise self._auth.exception(connection, refused) from refused
        return caller

    def __and__(self, other: "Guard") -> "Guard":
        self._check_same(other)
        return Guard(self._auth, AllOf(self._requirement, other._requirement))

    def __or__(self, other: "Guard") -> "Guard":
        self._check_same(other)
        return Guard(self._auth, AnyOf(self._requirement, other._requirement))

    def _check_same(self, other: "Guard") -> None:
        if other._auth is not self._auth:  # noqa: SLF001 - its own class
            # One token is looked at, and a role of one issuer is none of another.
            raise ValueError("guards of two Auth objects cannot be combined")


async def _answer_request(_request: Request, error: Exception) -> Response:
    refusal = cast("RefusedRequest", error)
    return refusal.auth.response(refusal.refused)


async def _answer_websocket(websocket: WebSocket, error: Exception) -> None:
    refusal = cast("RefusedWebSocket", error)
    await refuse_websocket(websocket, refusal.refused, refusal.auth)


def _describe(schema: dict[str, Any], scheme_name: str, descriptions: Mapping[str, str]) -> None:
    """Complete *schema*: what scopes there are, and that an operation may be refused."""
    used = dict(descriptions)
    for operation in _operations(schema):
        if any(scheme_name in requirement for requirement in operation.get("security", ())):
            for status, description in _REFUSALS.items():
                operation["responses"].setdefault(status, {"description": description})
        for scope in _scopes(operation, scheme_name):
            used.setdefault(scope, "")
    scheme = schema.get("components", {}).get("securitySchemes", {}).get(scheme_name, {})
    if "flows" in scheme:
        scheme["flows"]["authorizationCode"]["scopes"] = used


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in schema.get("paths", {}).values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))


def _scopes(operation: dict[str, Any], scheme_name: str) -> Iterator[str]:
    for requirement in operation.get("security", ()):
        yield from requirement.get(scheme_name, ())
