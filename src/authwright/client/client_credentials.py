"""An access token for the client itself. :rfc:`6749#section-4.4`."""

from collections.abc import Iterable

from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.scope import Scope
from authwright.oauth.types import Timestamp

from .client_auth import RegisteredClient, build_authenticated_request
from .discovery import endpoint
from .resource import resources
from .token_response import read_token_response
from .tokens import Tokens


def build_client_credentials_request(
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    *,
    scope: Scope,
    resource: Iterable[str] = (),
    now: Timestamp,
) -> HttpRequest:
    """
    Ask for a token in the client's own name. :rfc:`6749#section-4.4.2`.

    An empty *scope* leaves the choice to the server. *resource* names the APIs (:rfc:`8707#section-2.2`).
    Raises `NotOffered`.
    """
    pairs = [("grant_type", "client_credentials")]
    if scope:
        pairs.append(("scope", str(scope)))
    pairs += [("resource", each) for each in resources(resource)]
    return build_authenticated_request(metadata, client, endpoint(metadata, "token_endpoint"), pairs, now=now)


def parse_client_credentials_response(
    response: HttpResponse, metadata: AuthorizationServerMetadata, *, scope: Scope, now: Timestamp
) -> Tokens:
    """
    The access token. Raises `ErrorResponse` and `InvalidResponse`.

    A refresh token is left where it is: "SHOULD NOT be included" (:rfc:`6749#section-4.4.3`), and the
    credentials do the same.
    """
    received = read_token_response(response, now=now)
    return Tokens(
        issuer=metadata.issuer,
        access_token=received.access_token,
        scope=scope if received.scope is None else received.scope,
        expires_at=received.expires_at,
    )
