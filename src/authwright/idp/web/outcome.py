"""What the authorization endpoint decided, as a response to the person's browser."""

from types import MappingProxyType
from typing import Final, assert_never

from starlette.responses import Response

from authwright.authorization_server.decisions import ErrorPage, Interact, Redirect
from authwright.authorization_server.endpoints.authorization import Outcome
from authwright.authorization_server.records import Step
from authwright.idp.web.errors import Advice, error_page
from authwright.idp.web.rendering import Renderer

STEP_PATHS: Final = MappingProxyType(
    {Step.LOGIN: "/login", Step.CONSENT: "/consent", Step.SELECT_ACCOUNT: "/select-account"}
)


def respond(
    renderer: Renderer, outcome: Outcome, correlation_id: str, *, advice: Advice = "error.advice"
) -> Response:
    """
    A redirect to the page that is needed, a redirect to the client, or the error page.

    *advice* is for the error page; the caller logs the error under *correlation_id*.
    """
    match outcome:
        case Interact(step, interaction):
            return renderer.redirect(renderer.url(STEP_PATHS[step], interaction=interaction.reveal()))
        case Redirect():
            return renderer.redirect(outcome.location)
        case ErrorPage(error):
            return error_page(renderer, error, correlation_id, advice=advice)
        case _:
            assert_never(outcome)
