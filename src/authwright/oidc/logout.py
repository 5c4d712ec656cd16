"""The logout request by which a client asks to end the session. OpenID Connect RP-Initiated Logout §2."""

from collections.abc import Mapping
from dataclasses import dataclass

from authwright.oauth.types import ClientId


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """
    The parameters, each as received and none of them proved. All are optional.

    ``logout_hint`` and ``ui_locales`` are not read: the browser's session says who signs out.
    """

    id_token_hint: str | None = None
    client_id: ClientId | None = None
    post_logout_redirect_uri: str | None = None
    state: str | None = None


def parse_logout_request(parameters: Mapping[str, str]) -> LogoutRequest:
    """Read the parameters of a logout request, which come by query or by form."""
    client_id = parameters.get("client_id")
    return LogoutRequest(
        id_token_hint=parameters.get("id_token_hint"),
        client_id=None if client_id is None else ClientId(client_id),
        post_logout_redirect_uri=parameters.get("post_logout_redirect_uri"),
        state=parameters.get("state"),
    )
