"""Signing out at the authorization server as well. OpenID Connect RP-Initiated Logout 1.0."""

from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.redirect_uri import add_parameters
from authwright.oauth.types import Secret

from .client_auth import RegisteredClient
from .discovery import endpoint


def build_logout_url(
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    *,
    id_token_hint: Secret | None = None,
    post_logout_redirect_uri: str | None = None,
    state: str | None = None,
) -> str:
    """
    Where to send the browser so that the session at the authorization server ends. §2, §3.

    End the application's own session first: nothing says that the browser comes back. *id_token_hint*, the ID
    token of that session, expired or not, says who signs out; without it the server asks the person, and need
    not follow *post_logout_redirect_uri*, which is one of those registered. *state* comes back with the
    browser unchanged. Raises `NotOffered`.
    """
    named = {
        "id_token_hint": None if id_token_hint is None else id_token_hint.reveal(),
        "client_id": client.client_id,
        "post_logout_redirect_uri": post_logout_redirect_uri,
        "state": state,
    }
    pairs = [(name, value) for name, value in named.items() if value is not None]
    return add_parameters(endpoint(metadata, "end_session_endpoint"), pairs)
