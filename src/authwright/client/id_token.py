"""The ID token of a token response, checked for the client that asked. OpenID Connect Core §3.1.3.7."""

from collections.abc import Mapping
from typing import Final

from authwright.jose.errors import (
    InvalidClaims,
    InvalidKey,
    JoseError,
    MalformedClaim,
    MissingClaim,
    NoMatchingKey,
    UnsupportedAlgorithm,
)
from authwright.jose.jwk import symmetric_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.types import Seconds, Secret, Timestamp
from authwright.oidc.id_token import ExpectedIdToken, IdToken, check_id_token

from . import problems
from .client_auth import ClientSecretBasic, ClientSecretPost, RegisteredClient
from .errors import InvalidResponse

_BY_CLAIM: Final[Mapping[str, problems.Problem]] = {
    "iss": problems.ID_TOKEN_ISSUER,
    "aud": problems.ID_TOKEN_AUDIENCE,
    "azp": problems.ID_TOKEN_AUDIENCE,
    "exp": problems.ID_TOKEN_TIME,
    "nbf": problems.ID_TOKEN_TIME,
    "iat": problems.ID_TOKEN_TIME,
    "nonce": problems.ID_TOKEN_NONCE,
    "at_hash": problems.ID_TOKEN_HASH,
    "auth_time": problems.ID_TOKEN_AUTHENTICATION,
}


def check(
    id_token: Secret,
    *,
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    keys: Jwks,
    access_token: Secret,
    nonce: Secret | None,
    max_age: Seconds | None,
    now: Timestamp,
) -> IdToken:
    """
    *id_token*, checked. *nonce* None leaves that claim to the caller.

    *keys* are the issuer's; a client registered for HS256, HS384 or HS512 has its own secret as the key
    instead. Raises `InvalidResponse`, with the problem ``ID_TOKEN_KEY`` when fresher keys may help.
    """
    alg = client.id_token_signed_response_alg
    expected = ExpectedIdToken(
        issuer=metadata.issuer,
        client_id=client.client_id,
        nonce=None if nonce is None else nonce.reveal(),
        algorithms=(alg,),
        max_age=max_age,
        trusted_audiences=client.trusted_audiences,
    )
    try:
        return check_id_token(
            id_token.reveal(),
            _secret_keys(client) if alg.startswith("HS") else keys,
            expected,
            now=now,
            access_token=access_token.reveal(),
        )
    except JoseError as error:
        raise _refusal(error) from error


def _secret_keys(client: RegisteredClient) -> Jwks:
    """Core §10.1: the octets of the client secret are the key. Without a secret there is none."""
    match client.auth:
        case ClientSecretBasic(secret) | ClientSecretPost(secret):
            return Jwks((symmetric_jwk(secret.reveal(), client.id_token_signed_response_alg),))
        case _:
            return Jwks(())


def _refusal(error: JoseError) -> InvalidResponse:
    match error:
        case NoMatchingKey():
            return InvalidResponse(problems.ID_TOKEN_KEY, detail=error.detail)
        case UnsupportedAlgorithm() | InvalidKey():  # a client secret that is too short for HMAC
            return InvalidResponse(problems.ID_TOKEN_ALGORITHM, detail=error.detail)
        case MissingClaim() | MalformedClaim():
            return InvalidResponse(problems.ID_TOKEN_CLAIMS, detail=error.detail, expected=error.claim)
        case InvalidClaims():
            problem = _BY_CLAIM.get(error.claim, problems.ID_TOKEN_CLAIMS)
            return InvalidResponse(
                problem, detail=error.detail, received=error.received, expected=error.expected
            )
        case _:
            return InvalidResponse(problems.ID_TOKEN_MALFORMED, detail=error.detail)
