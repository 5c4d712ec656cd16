"""Giving a token back. :rfc:`7009`."""

from typing import Literal

from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.types import Secret, Timestamp

from .client_auth import RegisteredClient, build_authenticated_request
from .discovery import endpoint
from .problems import REVOCATION_REFUSED
from .responses import check_status

TokenTypeHint = Literal["access_token", "refresh_token"]


def build_revocation_request(
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    token: Secret,
    *,
    token_type_hint: TokenTypeHint,
    now: Timestamp,
) -> HttpRequest:
    """
    Ask that *token* be good for nothing any more. :rfc:`7009#section-2.1`.

    To revoke a refresh token ends what the person granted; to revoke an access token ends that token. Raises
    `NotOffered`.
    """
    pairs = [("token", token.reveal()), ("token_type_hint", token_type_hint)]
    return build_authenticated_request(
        metadata, client, endpoint(metadata, "revocation_endpoint"), pairs, now=now
    )


def parse_revocation_response(response: HttpResponse) -> None:
    """
    Check that the token is revoked, or was never good: both are a success. :rfc:`7009#section-2.2`.

    Raises `ErrorResponse` and `InvalidResponse`; the token must then be taken to be alive.
    """
    check_status(response, refused=REVOCATION_REFUSED)
