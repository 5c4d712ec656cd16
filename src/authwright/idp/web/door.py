"""
The one door through which every answer of a page leaves.

It reads the request, calls the page's handler, and turns whatever is raised into a page, so that no handler
has to think of methods, cookies of strangers, or faults that are not its own.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.provider import IdentityProvider
from authwright.idp.web.asgi import Receive, Scope, Send
from authwright.idp.web.errors import Advice, Refused, SignInFirst, error_page, wrong_method_page
from authwright.idp.web.rendering import Renderer
from authwright.idp.web.visit import INTERACTION, Visit, open_visit
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


@dataclass(frozen=True, slots=True)
class Door:
    """*page* as an ASGI application for every method, so that a 405 is a page too."""

    idp: IdentityProvider
    renderer: Renderer
    page: Page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        handler = self.page.handlers.get(scope["method"])
        if handler is None:
            response = wrong_method_page(self.renderer, ", ".join(self.page.handlers))
        else:
            response = await self._answer(handler, Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, handler: Handler, request: Request) -> Response:
        correlation_id = secrets.token_hex(8)
        try:
            return await self._handled(handler, request, correlation_id)
        except SignInFirst as first:
            about = {} if first.interaction is None else {INTERACTION: first.interaction.reveal()}
            return self.renderer.redirect(self.renderer.url("/login", **about))
        except Refused as refused:
            return self._refused(refused.error, correlation_id, refused.advice)
        except OAuthError as error:
            return self._refused(error, correlation_id)
        except StorageUnavailable as error:
            self._failed("storage.unavailable", error, correlation_id)
            unavailable = TemporarilyUnavailable(
                "the storage cannot serve a page", headers={"retry-after": "5"}
            )
            return error_page(self.renderer, unavailable, correlation_id)
        except Exception as error:  # noqa: BLE001 - the last door: a bug is a page and not a traceback
            self._failed("page.crashed", error, correlation_id)
            return error_page(self.renderer, ServerError("a bug in a page"), correlation_id)

    async def _handled(self, handler: Handler, request: Request, correlation_id: str) -> Response:
        visit = await open_visit(
            request, self.idp, self.renderer, route=self.page.path, correlation_id=correlation_id
        )
        response = await handler(visit)
        if visit.browser_is_new and request.method != "POST":
            # A POST without the cookie is another site's (SameSite=Lax), and the browser may well have one.
            response.headers.append("set-cookie", self.renderer.cookies.set_browser(visit.browser))
        return response

    def _refused(self, error: OAuthError, correlation_id: str, advice: Advice = "error.advice") -> Response:
        # The route and not the path: one-time codes are in paths.
        self.idp.log.warning(
            "page.refused",
            path=self.page.path,
            error=error.code,
            detail=error.detail,
            correlation_id=correlation_id,
        )
        return error_page(self.renderer, error, correlation_id, advice=advice)

    def _failed(self, what: str, error: Exception, correlation_id: str) -> None:
        self.idp.log.error(what, error, path=self.page.path, correlation_id=correlation_id)
