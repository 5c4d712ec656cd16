"""
The pages: which address is served by what, and the one door through which every answer leaves.

Starlette finds the page; its `_Door` reads the request, calls the handler, and turns whatever is raised into
a page, so that no handler has to think of headers, cookies or faults that are not its own.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.provider import IdentityProvider
from authwright.idp.web.account import disconnect_app, end_other_sessions, end_session, show_account
from authwright.idp.web.asgi import Asgi, Receive, Scope, Send
from authwright.idp.web.assets import CACHE_CONTROL
from authwright.idp.web.authorize import get_authorize, post_authorize
from authwright.idp.web.consent import show_consent, submit_consent
from authwright.idp.web.errors import Advice, Refused, error_page, not_found_page, wrong_method_page
from authwright.idp.web.first_admin import show_first_admin, submit_first_admin
from authwright.idp.web.headers import safe_headers
from authwright.idp.web.login import show_login, submit_login
from authwright.idp.web.logout import show_logout, submit_logout
from authwright.idp.web.password import show_password, submit_password
from authwright.idp.web.recovery import show_recovery, submit_recovery
from authwright.idp.web.rendering import Renderer
from authwright.idp.web.select_account import show_select_account, submit_select_account
from authwright.idp.web.visit import Visit, open_visit
from authwright.oauth.errors import OAuthError, ServerError, TemporarilyUnavailable

Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """An address and what serves it. A GET changes nothing, but for a logout that proves itself."""

    path: str
    get: Handler | None = None
    post: Handler | None = None

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The handlers that there are; HEAD is GET without the body."""
        by_method = {"GET": self.get, "HEAD": self.get, "POST": self.post}
        return {method: handler for method, handler in by_method.items() if handler is not None}


async def show_home(visit: Visit) -> Response:
    """Whoever comes to the issuer itself is a person with a browser."""
    return visit.renderer.redirect(visit.renderer.url("/account"))


PAGES: Final = (
    #    address                       GET                  POST
    Page("/",                          show_home),
    Page("/login",                     show_login,          submit_login),
    Page("/consent",                   show_consent,        submit_consent),
    Page("/select-account",            show_select_account, submit_select_account),
    Page("/logout",                    show_logout,         submit_logout),
    Page("/account",                   show_account),
    Page("/account/apps/disconnect",   None,                disconnect_app),
    Page("/account/sessions/end",      None,                end_session),
    Page("/account/sessions/end-others", None,              end_other_sessions),
    Page("/account/password",          show_password,       submit_password),
    Page("/first/{argument}",          show_first_admin,    submit_first_admin),
    Page("/recover/{argument}",        show_recovery,       submit_recovery),
)  # fmt: skip


def create_pages(idp: IdentityProvider, renderer: Renderer) -> Asgi:
    """The pages of *idp* as an ASGI application, which says 404 to every address that it does not know."""

    async def no_such_page(_request: Request, _error: Exception) -> Response:
        return not_found_page(renderer)

    authorize = Page(idp.server.endpoints.authorization, get_authorize, post_authorize)
    routes = [Route(renderer.base + page.path, _Door(idp, renderer, page)) for page in (authorize, *PAGES)]
    routes.append(Route(renderer.base + "/static/{argument}", _Door(idp, renderer, _STATIC)))
    starlette = Starlette(routes=routes, exception_handlers={404: no_such_page})
    # A redirect to the address with or without a slash would be built from the Host header.
    starlette.router.redirect_slashes = False

    async def pages(scope: Scope, receive: Receive, send: Send) -> None:
        # Inside another application the path still begins with the issuer's, which the routes contain.
        await starlette({**scope, "root_path": ""}, receive, send)

    return pages


async def _show_static(visit: Visit) -> Response:
    """One of our own files, by its exact name."""
    renderer = visit.renderer
    asset = next((asset for asset in renderer.assets.values() if asset.name == visit.argument), None)
    if asset is None:
        return not_found_page(renderer)
    headers = {**safe_headers(renderer.issuer), "cache-control": CACHE_CONTROL}
    return Response(asset.content, 200, headers, asset.content_type)


_STATIC: Final = Page("/static/{argument}", _show_static)


@dataclass(frozen=True, slots=True)
class _Door:
    """A page as an ASGI application. Starlette hands it every method, so that a 405 is a page too."""

    idp: IdentityProvider
    renderer: Renderer
    page: Page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        handler = self.page.handlers.get(request.method)
        if handler is None:
            return wrong_method_page(self.renderer, ", ".join(self.page.handlers))
        correlation_id = secrets.token_hex(8)
        try:
            visit = await open_visit(
                request, self.idp, self.renderer, route=self.page.path, correlation_id=correlation_id
            )
            response = await handler(visit)
        except Refused as refused:
            return self._refuse(refused.error, correlation_id, refused.advice)
        except OAuthError as error:
            return self._refuse(error, correlation_id)
        except StorageUnavailable as error:
            self.idp.log.error(
                "storage.unavailable", error, path=self.page.path, correlation_id=correlation_id
            )
            unavailable = TemporarilyUnavailable("the storage cannot answer", headers={"retry-after": "5"})
            return error_page(self.renderer, unavailable, correlation_id)
        except Exception as error:  # noqa: BLE001 - the last door: a bug is a page and not a traceback
            self.idp.log.error("page.crashed", error, path=self.page.path, correlation_id=correlation_id)
            return error_page(self.renderer, ServerError("a bug in a page"), correlation_id)
        if visit.browser_is_new and self.page is not _STATIC:
            response.headers.append("set-cookie", self.renderer.cookies.set_browser(visit.browser))
        return response

    def _refuse(self, error: OAuthError, correlation_id: str, advice: Advice = "error.advice") -> Response:
        self.idp.log.warning(
            "page.refused",
            path=self.page.path,
            error=error.code,
            detail=error.detail,
            correlation_id=correlation_id,
        )
        return error_page(self.renderer, error, correlation_id, advice=advice)
