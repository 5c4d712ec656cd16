"""The web app as an ASGI application: which page answers what, and what becomes of errors."""

import hmac
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authwright.client import ClientError, ErrorResponse
from authwright.demo.web.chapter import Chapter, NotSignedIn, UnknownButton
from authwright.demo.web.chapters import CHAPTERS, sign_in, sign_out
from authwright.demo.web.parts import Parts
from authwright.demo.web.rendering import Pages
from authwright.demo.web.visits import Visit
from authwright.idp.web.asgi import Asgi, Receive, Scope, Send, read_request
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters, parse_form
from authwright.transport import TransportError

FORM_TOKEN: Final = "form_token"
"""The hidden input of every form: another site can post a form, and does not know this."""

_DENIED: Final = "access_denied"


def create_web_app(parts: Parts) -> Asgi:
    """The application of *parts*. Does I/O once, for the templates."""
    site = _Site(parts, Pages(parts))
    inner = Starlette(
        routes=[
            Route("/", site.home),
            Route("/callback", site.callback),
            Route("/signed-out", site.signed_out),
            Route("/static/{name}", site.file),
            *(
                Route(chapter.path, partial(site.chapter, chapter=chapter), methods=["GET", "POST"])
                for chapter in CHAPTERS
            ),
        ]
    )
    host = urlsplit(parts.addresses.app).netloc.encode()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and dict(scope["headers"]).get(b"host") != host:
            # Cookies and the redirect URI belong to one name. And a site whose name was made to point here
            # (DNS rebinding) sees nothing.
            await site.elsewhere(scope, receive, send)
            return
        await inner(scope, receive, send)

    return app


class _Site:
    def __init__(self, parts: Parts, pages: Pages) -> None:
        self._parts = parts
        self._pages = pages

    async def elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._pages.redirect(f"{self._parts.addresses.app}/")(scope, receive, send)

    async def home(self, _request: Request) -> Response:
        return self._pages.redirect(CHAPTERS[0].path)

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        return self._pages.file(name) if name in self._pages.files else Response(status_code=404)

    async def chapter(self, request: Request, *, chapter: Chapter) -> Response:
        visit = self._visit(request)
        try:
            if request.method == "POST":
                return await self._pressed(request, visit, chapter)
            if chapter.personal and visit.tokens is None:
                return self._pages.page("nobody", visit, {"wanted": chapter}, title=chapter.title)
            return self._pages.page(chapter.name, visit, chapter.show(self._parts, visit))
        except (ClientError, TransportError, InvalidRequest) as error:
            return self._problem(visit, error)
        except (NotSignedIn, UnknownButton):
            # An old tab: the tokens are gone, or the page has changed.
            return self._pages.redirect(CHAPTERS[0].path, visit)

    async def callback(self, request: Request) -> Response:
        visit = self._visit(request)
        try:
            visit = await sign_in.finish(self._parts, visit, request.scope["query_string"].decode("ascii"))
        except (ClientError, TransportError, UnicodeDecodeError) as error:
            return self._problem(visit, error)
        return self._pages.redirect("/flow", visit)

    async def signed_out(self, request: Request) -> Response:
        visit = self._visit(request)
        result = sign_out.came_back(visit, request.query_params.get("state", ""))
        return self._pages.page("signed-out", visit, {"result": result}, title="Signed out")

    async def _pressed(self, request: Request, visit: Visit, chapter: Chapter) -> Response:
        form = await _form(request)
        given = form.get(FORM_TOKEN, "").encode("utf-8", "surrogatepass")
        if chapter.press is None or not hmac.compare_digest(given, visit.form_token.reveal().encode()):
            raise InvalidRequest("a form of the demo came without the token of its visit")
        answer = await chapter.press(self._parts, visit, form.get("press", ""))
        if answer is None:
            return self._pages.redirect(f"{chapter.path}#result", visit)
        return self._pages.redirect(answer.location, answer.visit)

    def _visit(self, request: Request) -> Visit:
        visits = self._parts.visits
        return visits.find(request.cookies.get(self._parts.cookie)) or visits.begin()

    def _problem(self, visit: Visit, error: Exception) -> Response:
        denied = isinstance(error, ErrorResponse) and error.error == _DENIED
        context = {
            "denied": denied,
            "code": error.code if isinstance(error, ClientError) else "",
            "detail": getattr(error, "detail", "the request could not be read"),
            "cause": error.problem.likely_cause if isinstance(error, ClientError) else "",
            "change": error.problem.change if isinstance(error, ClientError) else "",
        }
        status = 200 if denied else 502 if isinstance(error, TransportError) else 400
        title = "You said no" if denied else "That did not work"
        return self._pages.page("problem", visit, context, status=status, title=title)


async def _form(request: Request) -> Parameters:
    incoming = await read_request(request.scope, request.receive, "")
    return parse_form(incoming.body, incoming.header(b"content-type"))
