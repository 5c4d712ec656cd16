"""The authorization endpoint over HTTP: cookies in, a redirect or a page out. :rfc:`6749#section-3.1`."""

import secrets

from starlette.responses import Response

from authwright.authorization_server.decisions import ErrorPage, Redirect
from authwright.authorization_server.endpoints.authorization import Outcome, authorization
from authwright.authorization_server.requests import BrowserRequest
from authwright.idp.provider import IdentityProvider
from authwright.idp.web.asgi import Incoming
from authwright.idp.web.cookies import browser_secret
from authwright.idp.web.errors import error_page, wrong_method_page
from authwright.idp.web.outcome import respond
from authwright.idp.web.rendering import Renderer
from authwright.oauth.errors import OAuthError
from authwright.oauth.parameters import parse_form, parse_query


async def authorize(request: Incoming, idp: IdentityProvider, renderer: Renderer) -> Response:
    """GET, or POST with a form (OpenID Connect Core §3.1.2.1)."""
    correlation_id = secrets.token_hex(8)
    if request.method not in {"GET", "HEAD", "POST"}:
        return wrong_method_page(renderer, "GET, POST")
    try:
        parameters = (
            parse_form(request.body, request.headers.get("content-type"))
            if request.method == "POST"
            else parse_query(request.query)
        )
    except OAuthError as error:
        idp.log.warning("authorization.refused", detail=error.detail, correlation_id=correlation_id)
        return error_page(renderer, error, correlation_id)
    cookies = request.headers.get("cookie", "")
    browser, is_new = browser_secret(cookies, renderer.cookies, idp.server.entropy)
    outcome = await authorization(
        BrowserRequest(parameters, renderer.cookies.session(cookies), browser, request.network), idp.server
    )
    refusal = refusal_in(outcome)
    if refusal is not None:
        idp.log.warning(
            "authorization.refused",
            client_id=parameters.get("client_id"),
            error=refusal.code,
            detail=refusal.detail,
            network=request.network,
            correlation_id=correlation_id,
        )
    response = respond(renderer, outcome, correlation_id)
    if is_new:
        response.headers.append("set-cookie", renderer.cookies.set_browser(browser))
    return response


def refusal_in(outcome: Outcome) -> OAuthError | None:
    """The error that *outcome* tells of, on a page or by redirect."""
    match outcome:
        case ErrorPage(error):
            return error
        case Redirect(refusal=refusal):
            return refusal
        case _:
            return None
