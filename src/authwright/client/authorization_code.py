"""
The authorization code grant with PKCE, for OpenID Connect and for plain OAuth.

:rfc:`6749#section-4.1`, :rfc:`7636`, :rfc:`8707`, :rfc:`9207`, OpenID Connect Core §3.1. Four pure steps: the
request that the browser carries away, the check of what it brings back, the token request, the token
response.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, replace
from typing import Final, TypedDict, Unpack, final

from authwright.jose.jwks import Jwks
from authwright.oauth import pkce
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.issuer import check_response_issuer
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.parameters import Parameters, parse_query
from authwright.oauth.redirect_uri import add_parameters
from authwright.oauth.scope import Scope
from authwright.oauth.types import Seconds, Secret, Timestamp

from . import id_token, problems
from .client_auth import RegisteredClient, build_authenticated_request
from .discovery import endpoint
from .errors import InvalidCallback, InvalidResponse
from .login import LOGIN_LIFETIME, Login, new_login
from .resource import resources
from .responses import raise_if_refused
from .token_response import read_token_response
from .tokens import Tokens

_CHECKED: Final = object()


class AuthenticationParameters(TypedDict, total=False):
    """
    Optional parameters of an authentication request, OpenID Connect Core §3.1.2.1, by their names on the
    wire.
    """

    prompt: str
    max_age: int
    login_hint: str
    id_token_hint: Secret
    acr_values: str
    display: str
    ui_locales: str


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Where to send the browser, and what to keep for the callback."""

    authorization_url: str
    login: Login


@final
@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """
    A callback that belongs to *login*. `check_authorization_response` alone makes it, and the token request
    asks for it: a code of unproven origin never reaches a token endpoint.
    """

    login: Login
    code: Secret
    checked: InitVar[object] = None

    def __post_init__(self, checked: object) -> None:
        if checked is not _CHECKED:
            raise TypeError("an AuthorizationResponse is made by check_authorization_response alone")


def build_authorization_request(
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    *,
    redirect_uri: str,
    scope: Scope,
    resource: Iterable[str] = (),
    now: Timestamp,
    **options: Unpack[AuthenticationParameters],
) -> AuthorizationRequest:
    """
    A new login, and the URL that begins it. :rfc:`6749#section-4.1.1`, OpenID Connect Core §3.1.2.1.

    *redirect_uri* is one of those registered, byte for byte. *resource* names the APIs that the access token
    is for (:rfc:`8707#section-2.1`). Raises `NotOffered`.
    """
    max_age = options.get("max_age")
    login = new_login(
        issuer=metadata.issuer,
        redirect_uri=redirect_uri,
        scope=scope,
        resource=resources(resource),
        max_age=None if max_age is None else Seconds(max_age),
        now=now,
    )
    pairs = [
        ("response_type", "code"),
        ("client_id", client.client_id),
        ("redirect_uri", redirect_uri),
        ("scope", str(scope)),
        ("state", login.state.reveal()),
        ("nonce", login.nonce.reveal()),
        ("code_challenge", pkce.challenge_of(login.code_verifier.reveal())),
        ("code_challenge_method", pkce.CODE_CHALLENGE_METHOD),
        *(("resource", each) for each in login.resource),
        *(
            (name, value.reveal() if isinstance(value, Secret) else str(value))
            for name, value in options.items()
        ),
    ]
    url = add_parameters(endpoint(metadata, "authorization_endpoint"), pairs)
    return AuthorizationRequest(url, login)


def parse_callback(callback: str | Mapping[str, str]) -> Parameters:
    """
    The parameters of a callback, given as the URL that the browser requested or as its parameters.

    The URL is the better choice: a mapping no longer shows whether a parameter was repeated. Raises
    `InvalidCallback`.
    """
    try:
        if isinstance(callback, str):
            return parse_query(callback.partition("#")[0].partition("?")[2])
        return Parameters(tuple(callback.items()))
    except InvalidRequest as error:
        raise InvalidCallback(problems.MALFORMED_CALLBACK, detail=error.detail) from error


def check_authorization_response(
    metadata: AuthorizationServerMetadata, login: Login, parameters: Mapping[str, str], *, now: Timestamp
) -> AuthorizationResponse:
    """
    Check that *parameters*, which a browser brought to the redirect URI, answer *login*.

    :rfc:`6749#section-4.1.2`, :rfc:`9207#section-2.4`, :rfc:`9700#section-4.4.2`. Nothing is believed before
    ``state`` was compared, errors neither. Raises `InvalidCallback`, `InvalidResponse`, and `ErrorResponse`
    when the server or the person said no.
    """
    state = parameters.get("state", "")
    if not hmac.compare_digest(state.encode("utf-8", "surrogatepass"), login.state.reveal().encode()):
        raise InvalidCallback(problems.STATE_MISMATCH)
    _check_same_issuer(metadata, login)
    if now - login.created_at > LOGIN_LIFETIME:
        raise InvalidCallback(problems.LOGIN_EXPIRED)
    try:
        check_response_issuer(
            parameters.get("iss"),
            issuer=login.issuer,
            supported=metadata.authorization_response_iss_parameter_supported,
        )
    except InvalidValue as error:
        raise InvalidResponse(
            problems.WRONG_RESPONSE_ISSUER,
            detail=error.detail,
            received=parameters.get("iss"),
            expected=login.issuer,
        ) from error
    raise_if_refused(parameters, refused=problems.AUTHORIZATION_REFUSED)
    code = parameters.get("code")
    if not code:
        raise InvalidResponse(problems.CODE_MISSING)
    return AuthorizationResponse(login, Secret(code), _CHECKED)


def build_token_request(
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    callback: AuthorizationResponse,
    *,
    now: Timestamp,
) -> HttpRequest:
    """Redeem the code of *callback*. :rfc:`6749#section-4.1.3`, :rfc:`7636#section-4.5`."""
    login = callback.login
    _check_same_issuer(metadata, login)
    pairs = [
        ("grant_type", "authorization_code"),
        ("code", callback.code.reveal()),
        ("redirect_uri", login.redirect_uri),
        ("code_verifier", login.code_verifier.reveal()),
        *(("resource", each) for each in login.resource),
    ]
    return build_authenticated_request(metadata, client, endpoint(metadata, "token_endpoint"), pairs, now=now)


def parse_token_response(
    response: HttpResponse,
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    callback: AuthorizationResponse,
    keys: Jwks,
    *,
    now: Timestamp,
) -> Tokens:
    """
    The tokens in the answer to `build_token_request`. :rfc:`6749#section-5.1`, OpenID Connect Core §3.1.3.

    When ``openid`` was asked for there must be an ID token, and it must pass every check of Core §3.1.3.7
    with the issuer's *keys*. Raises `ErrorResponse` and `InvalidResponse`; with the problem ``ID_TOKEN_KEY``
    when fresher keys may help.
    """
    login = callback.login
    received = read_token_response(response, now=now)
    tokens = Tokens(
        issuer=metadata.issuer,
        access_token=received.access_token,
        scope=login.scope if received.scope is None else received.scope,
        expires_at=received.expires_at,
        refresh_token=received.refresh_token,
    )
    if "openid" not in login.scope:
        return tokens
    if received.id_token is None:
        raise InvalidResponse(problems.ID_TOKEN_MISSING)
    checked = id_token.check(
        received.id_token,
        metadata=metadata,
        client=client,
        keys=keys,
        access_token=received.access_token,
        nonce=login.nonce,
        max_age=login.max_age,
        now=now,
    )
    return replace(tokens, id_token=received.id_token, claims=checked.claims)


def _check_same_issuer(metadata: AuthorizationServerMetadata, login: Login) -> None:
    """A code goes to the issuer that its login was begun at, and to no other. :rfc:`9700#section-4.4.2`."""
    if login.issuer != metadata.issuer:
        raise InvalidCallback(problems.FOREIGN_LOGIN, received=login.issuer, expected=metadata.issuer)
