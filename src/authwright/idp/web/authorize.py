"""The authorization endpoint over HTTP: cookies in, a redirect or a page out. :rfc:`6749#section-3.1`."""

from starlette.responses import Response

from authwright.authorization_server.decisions import ErrorPage, Interact, Redirect
from authwright.authorization_server.endpoints.authorization import Outcome, authorization
from authwright.idp.web.outcome import respond
from authwright.idp.web.visit import Visit
from authwright.oauth.errors import OAuthError
from authwright.oauth.parameters import Parameters, encode


async def get_authorize(visit: Visit) -> Response:
    """The request in the URL."""
    return await _authorize(visit, visit.query())


async def post_authorize(visit: Visit) -> Response:
    """
    The request in a form (OpenID Connect Core §3.1.2.1).

    From the client's site it comes without our cookies (``SameSite=Lax``). It is asked again by GET, where
    they come along: else a person who is signed in would not be, and requests in other windows would lose
    the browser that they are bound to.
    """
    parameters = visit.form()
    if visit.browser_is_new:
        address = visit.renderer.url(visit.route)
        return visit.renderer.redirect(f"{address}?{encode(parameters.pairs)}")
    return await _authorize(visit, parameters)


async def _authorize(visit: Visit, parameters: Parameters) -> Response:
    outcome = await authorization(visit.browser_request(parameters), visit.idp.server)
    log_refusal(visit, outcome, client_id=parameters.get("client_id"))
    return respond(visit.renderer, outcome, visit.correlation_id)


def log_refusal(visit: Visit, outcome: Outcome, *, client_id: str | None) -> None:
    """The reason of a refusal goes to the log; the client and the person learn the code alone."""
    refusal = _refusal(outcome)
    if refusal is not None:
        visit.idp.log.warning(
            "authorization.refused",
            client_id=client_id,
            error=refusal.code,
            detail=refusal.detail,
            network=visit.incoming.network,
            correlation_id=visit.correlation_id,
        )


def _refusal(outcome: Outcome) -> OAuthError | None:
    match outcome:
        case ErrorPage(error):
            return error
        case Redirect(refusal=refusal):
            return refusal
        case Interact():
            return None
