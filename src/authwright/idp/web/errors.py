"""
The pages that say no. Never a redirect, and nothing of the request in them but what we named ourselves.

:rfc:`6749#section-4.1.2.1`: when the client or the redirect URI is not proven, the person is told, here.
"""

from typing import Final, Literal

from starlette.responses import Response

from authwright.idp.web.rendering import Renderer
from authwright.oauth.errors import OAuthError, ServerError
from authwright.oauth.types import Secret

Advice = Literal["error.advice", "error.interaction", "error.form", "error.server", "error.unavailable"]
"""Texts of `authwright.idp.web.messages` that say what to do about an error."""

_FROM_HERE_OURS: Final = 500


class Refused(Exception):
    """A page refuses for *error*, and knows a better *advice* than the general one."""

    def __init__(self, error: OAuthError, advice: Advice) -> None:
        super().__init__(error.detail)
        self.error = error
        self.advice: Advice = advice


class SignInFirst(Exception):
    """
    The page needs somebody who is signed in, and nobody is (any more).

    *interaction* is the authorization request in progress, to go on with after it.
    """

    def __init__(self, interaction: Secret | None = None) -> None:
        super().__init__("nobody is signed in")
        self.interaction = interaction


def error_page(
    renderer: Renderer, error: OAuthError, correlation_id: str, *, advice: Advice = "error.advice"
) -> Response:
    """
    The error page for *error*: its code in ``id="aw-error"``, and *correlation_id* to find it in the log.

    The status is 400 for whatever the person or the client did, else the error's own.
    """
    ours = error.status >= _FROM_HERE_OURS
    if ours:
        advice = "error.server" if isinstance(error, ServerError) else "error.unavailable"
    response = renderer.page(
        "error.html",
        {
            "code": error.code,
            "description": error.description,
            "advice": renderer.messages(advice),
            "correlation_id": correlation_id,
        },
        status=error.status if ours else 400,
    )
    for name, value in error.headers.items():
        if name.lower() == "retry-after":
            response.headers["retry-after"] = value
    return response


def not_found_page(renderer: Renderer) -> Response:
    """404. The address that was asked for is not repeated."""
    return _plain_page(renderer, "error.not_found", 404)


def wrong_method_page(renderer: Renderer, allow: str) -> Response:
    """405, :rfc:`9110#section-15.5.6`. *allow* lists the methods that the address has."""
    response = _plain_page(renderer, "error.method", 405)
    response.headers["allow"] = allow
    return response


def _plain_page(
    renderer: Renderer, name: Literal["error.not_found", "error.method"], status: int
) -> Response:
    messages = renderer.messages
    context = {"title": messages(f"{name}_title"), "text": messages(name)}
    return renderer.page("notice.html", context, status=status)
