"""
``id_token_hint``: an ID token of ours that comes back to say who is meant.

OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2.
"""

from authwright.authorization_server.records import Client
from authwright.authorization_server.server import AuthorizationServer
from authwright.jose.errors import JoseError
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.types import Subject
from authwright.oidc.id_token import IdToken, check_id_token_hint

ID_TOKEN_ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
"""What a client may register as ``id_token_signed_response_alg``."""


def read_hint(id_token_hint: str, server: AuthorizationServer) -> IdToken:
    """
    The ID token in the hint: signed by one of our keys, issued by us, expired or not. No I/O.

    Raises `InvalidRequest`.
    """
    try:
        return check_id_token_hint(
            id_token_hint, server.signer.jwks(), issuer=server.issuer, algorithms=ID_TOKEN_ALGORITHMS
        )
    except JoseError:
        raise InvalidRequest("the id_token_hint is not an ID token of this issuer") from None


def subject_of_hint(id_token_hint: str | None, server: AuthorizationServer, client: Client) -> Subject | None:
    """
    Whom the hint of an authorization request names; None when there is no hint.

    Raises `InvalidRequest` when it is no ID token of ours, or was issued to somebody else than *client*.
    """
    if id_token_hint is None:
        return None
    hint = read_hint(id_token_hint, server)
    if client.client_id not in hint.audience:
        raise InvalidRequest("the id_token_hint was issued to another client")
    return hint.subject
