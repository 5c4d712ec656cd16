"""The pages: which address is served by what."""

from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authwright.idp.provider import IdentityProvider
from authwright.idp.web.account import disconnect_app, end_other_sessions, end_session, show_account
from authwright.idp.web.asgi import Asgi, Receive, Scope, Send
from authwright.idp.web.assets import CACHE_CONTROL
from authwright.idp.web.authorize import get_authorize, post_authorize
from authwright.idp.web.consent import show_consent, submit_consent
from authwright.idp.web.door import Door, Page
from authwright.idp.web.errors import not_found_page, wrong_method_page
from authwright.idp.web.first_admin import show_first_admin, submit_first_admin
from authwright.idp.web.headers import safe_headers
from authwright.idp.web.login import show_login, submit_login
from authwright.idp.web.logout import show_logout, submit_logout
from authwright.idp.web.password import show_password, submit_password
from authwright.idp.web.recovery import show_recovery, submit_recovery
from authwright.idp.web.rendering import Renderer
from authwright.idp.web.select_account import show_select_account, submit_select_account
from authwright.idp.web.visit import Visit


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
    pages = (authorize, *PAGES)
    routes = [Route(renderer.base + page.path, Door(idp, renderer, page)) for page in pages]
    routes.append(Route(renderer.base + "/static/{name}", _Static(renderer)))
    starlette = Starlette(routes=routes, exception_handlers={404: no_such_page})
    # A redirect to the address with or without a slash would be built from the Host header.
    starlette.router.redirect_slashes = False

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # Inside another application the path still begins with the issuer's, which the routes contain.
        await starlette({**scope, "root_path": ""}, receive, send)

    return app


@dataclass(frozen=True, slots=True)
class _Static:
    """Our own files, by exact name. They ask nothing of the storage, so they are there when it is not."""

    renderer: Renderer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"]["name"]
        asset = next((asset for asset in self.renderer.assets.values() if asset.name == name), None)
        if asset is None:
            response = not_found_page(self.renderer)
        elif scope["method"] not in {"GET", "HEAD"}:
            response = wrong_method_page(self.renderer, "GET, HEAD")
        else:
            headers = {**safe_headers(self.renderer.issuer), "cache-control": CACHE_CONTROL}
            response = Response(asset.content, headers=headers, media_type=asset.content_type)
        await response(scope, receive, send)
