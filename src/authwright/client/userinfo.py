"""Claims about the person who signed in. OpenID Connect Core §5.3."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.metadata import AuthorizationServerMetadata

from .discovery import endpoint
from .errors import InvalidResponse
from .problems import FOREIGN_USERINFO, USERINFO_REFUSED
from .responses import read_json
from .tokens import Tokens


def build_userinfo_request(metadata: AuthorizationServerMetadata, tokens: Tokens) -> HttpRequest:
    """
    Ask with the access token of *tokens*. Core §5.3.1.

    Raises `NotOffered`, and `InvalidStoredValue` for tokens of another issuer: they would be sent to a
    stranger.
    """
    tokens.check_issuer(metadata.issuer)
    headers = {"accept": "application/json", "authorization": tokens.authorization.reveal()}
    return HttpRequest("GET", endpoint(metadata, "userinfo_endpoint"), headers)


def parse_userinfo_response(response: HttpResponse, tokens: Tokens) -> Mapping[str, Any]:
    """
    The claims. Core §5.3.2.

    Their ``sub`` must be that of the ID token in *tokens*: "if they do not match, the UserInfo Response
    values MUST NOT be used". Raises `ErrorResponse` and `InvalidResponse`.
    """
    claims = read_json(response, refused=USERINFO_REFUSED)
    sub = claims.get("sub")
    if not isinstance(sub, str) or sub != tokens.sub:
        raise InvalidResponse(FOREIGN_USERINFO)
    return MappingProxyType(claims)
