"""New tokens for a refresh token. :rfc:`6749#section-6`, OpenID Connect Core §12."""

from collections.abc import Iterable
from dataclasses import replace

from authwright.jose.errors import InvalidClaims
from authwright.jose.jwks import Jwks
from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.scope import Scope
from authwright.oauth.types import Timestamp
from authwright.oidc.id_token import check_same_authentication, read_claims

from . import id_token
from .client_auth import RegisteredClient, build_authenticated_request
from .discovery import endpoint
from .errors import InvalidResponse, InvalidStoredValue
from .problems import ID_TOKEN_AUTHENTICATION, NO_REFRESH_TOKEN
from .resource import resources
from .token_response import read_token_response
from .tokens import Tokens


def build_refresh_request(
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    tokens: Tokens,
    *,
    scope: Scope | None = None,
    resource: Iterable[str] = (),
    now: Timestamp,
) -> HttpRequest:
    """
    Ask for new tokens by the refresh token of *tokens*. :rfc:`6749#section-6`, :rfc:`8707#section-2.2`.

    *scope* and *resource* can narrow what the new access token may do and where. Raises `NotOffered`, and
    `InvalidStoredValue` when there is no refresh token, or it is another issuer's and would go to a stranger.
    """
    tokens.check_issuer(metadata.issuer)
    if tokens.refresh_token is None:
        raise InvalidStoredValue(NO_REFRESH_TOKEN)
    pairs = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token.reveal())]
    if scope is not None:
        pairs.append(("scope", str(scope)))
    pairs += [("resource", each) for each in resources(resource)]
    return build_authenticated_request(metadata, client, endpoint(metadata, "token_endpoint"), pairs, now=now)


def parse_refresh_response(
    response: HttpResponse,
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    tokens: Tokens,
    keys: Jwks,
    *,
    scope: Scope | None = None,
    now: Timestamp,
) -> Tokens:
    """
    The tokens in the answer to `build_refresh_request`. :rfc:`6749#section-6`, OpenID Connect Core §12.2.

    What the response does not renew, the refresh token or the ID token, is that of *tokens*. A new ID token
    must be about the same authentication. Raises `ErrorResponse` and `InvalidResponse`; with the problem
    ``ID_TOKEN_KEY`` when fresher keys may help.
    """
    received = read_token_response(response, now=now)
    granted = tokens.scope if scope is None else scope
    renewed = replace(
        tokens,
        access_token=received.access_token,
        scope=granted if received.scope is None else received.scope,
        expires_at=received.expires_at,
        refresh_token=received.refresh_token or tokens.refresh_token,
    )
    if tokens.id_token is None or received.id_token is None:
        return renewed
    checked = id_token.check(
        received.id_token,
        metadata=metadata,
        client=client,
        keys=keys,
        access_token=received.access_token,
        nonce=None,
        max_age=None,
        now=now,
    )
    try:
        check_same_authentication(checked, read_claims(tokens.claims))
    except InvalidClaims as error:
        raise InvalidResponse(ID_TOKEN_AUTHENTICATION, detail=error.detail) from error
    return replace(renewed, id_token=received.id_token, claims=checked.claims)
