"""
One class for each error code that this authorization server answers.

The codes are those of the IANA "OAuth Extensions Error Registry" and of OpenID Connect Core §3.1.2.6.
``code`` and ``description`` are public and fixed: a client learns the code, and the same code always reads
the same. ``detail`` is private: a constant sentence, unique in the code base, that goes to the log and says
which check refused. Neither ever contains what was received, so neither can leak or be injected into.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class OAuthError(Exception):
    """
    A refusal that the specifications name. :rfc:`6749#section-5.2`, :rfc:`6749#section-4.1.2.1`.

    *detail* is for the operator's log; *headers* go out with the response (``WWW-Authenticate``,
    ``Retry-After``).
    """

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400
    description: ClassVar[str] = "The request is missing a parameter or is otherwise malformed."

    def __init__(self, detail: str, *, headers: Mapping[str, str] = _NO_HEADERS) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers


class InvalidRequest(OAuthError):
    """:rfc:`6749#section-5.2`: malformed, a parameter is missing, repeated or contradictory."""


class InvalidClient(OAuthError):
    """:rfc:`6749#section-5.2`: client authentication failed. Every cause reads the same to the caller."""

    code = "invalid_client"
    status = 401
    description = "Client authentication failed."


class InvalidGrant(OAuthError):
    """:rfc:`6749#section-5.2`: the code or refresh token is unknown, spent, expired, revoked or another's."""

    code = "invalid_grant"
    description = "The authorization code or refresh token is not valid, or was issued for another request."


class UnauthorizedClient(OAuthError):
    """:rfc:`6749#section-5.2`: this client may not use this grant or response type."""

    code = "unauthorized_client"
    description = "The client is not allowed to make this kind of request."


class UnsupportedGrantType(OAuthError):
    """:rfc:`6749#section-5.2`."""

    code = "unsupported_grant_type"
    description = "The authorization server does not support this grant_type."


class UnsupportedResponseType(OAuthError):
    """:rfc:`6749#section-4.1.2.1`."""

    code = "unsupported_response_type"
    description = "The authorization server does not support this response_type."


class InvalidScope(OAuthError):
    """:rfc:`6749#section-5.2`: malformed, unknown, or more than was granted."""

    code = "invalid_scope"
    description = "The requested scope is malformed, unknown, or exceeds what may be granted."


class InvalidTarget(OAuthError):
    """:rfc:`8707#section-2`: the resource is malformed, unknown, or not allowed to this client."""

    code = "invalid_target"
    description = "The requested resource is malformed, unknown, or not available to this client."


class AccessDenied(OAuthError):
    """:rfc:`6749#section-4.1.2.1`: the person or the policy said no."""

    code = "access_denied"
    status = 403
    description = "The resource owner or the authorization server denied the request."


class LoginRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6: ``prompt=none``, and nobody is signed in."""

    code = "login_required"
    description = "The request needs the person to sign in."


class ConsentRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6: ``prompt=none``, and consent is missing."""

    code = "consent_required"
    description = "The request needs the person's consent."


class RequestNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6: request objects by value are not accepted."""

    code = "request_not_supported"
    description = "The authorization server does not accept the request parameter."


class RequestUriNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6: request objects by reference are not accepted."""

    code = "request_uri_not_supported"
    description = "The authorization server does not accept the request_uri parameter."


class RegistrationNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6: the registration parameter is not accepted."""

    code = "registration_not_supported"
    description = "The authorization server does not accept the registration parameter."


class InvalidToken(OAuthError):
    """:rfc:`6750#section-3.1`: the access token is expired, revoked, malformed or for somebody else."""

    code = "invalid_token"
    status = 401
    description = "The access token is not valid."


class InsufficientScope(OAuthError):
    """:rfc:`6750#section-3.1`: the token is good, and does not reach this far."""

    code = "insufficient_scope"
    status = 403
    description = "The access token does not carry the required scope."


class TemporarilyUnavailable(OAuthError):
    """:rfc:`6749#section-4.1.2.1`: overload or an outage behind us; answered with ``Retry-After``."""

    code = "temporarily_unavailable"
    status = 503
    description = "The authorization server cannot answer right now. Try again shortly."


class ServerError(OAuthError):
    """:rfc:`6749#section-4.1.2.1`: a bug of ours. The log has the traceback; the caller has none."""

    code = "server_error"
    status = 500
    description = "The authorization server met an unexpected condition."
