"""
The access token of a request. :rfc:`6750#section-2`.

From the ``Authorization`` header; from a form body where the API allows it (:rfc:`6750#section-2.2`); never
from the query (:rfc:`6750#section-2.3`), which ends up in logs, histories and ``Referer``.
"""

import re
from typing import Final

from authwright.oauth.errors import InvalidRequest
from authwright.oauth.http import HttpRequest
from authwright.oauth.parameters import decode_text, is_form

from .refusals import INVALID_REQUEST, MALFORMED_TOKEN, NO_TOKEN, TOKEN_IN_QUERY, Refused

MAX_TOKEN_LENGTH: Final = 16_384
"""Characters. A longer token is refused before anything else looks at it."""

# credentials = "Bearer" 1*SP b64token, RFC 6750 §2.1; the scheme in any case, RFC 9110 §11.1.
_B64TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)


def read_bearer_token(request: HttpRequest, *, form_body: bool = False) -> str:
    """
    The one access token that *request* carries.

    *form_body* also looks into the body of a form, as :rfc:`6750#section-2.2` allows. Raises `Refused` when
    there is none, when it comes in two ways ("Clients MUST NOT use more than one method",
    :rfc:`6750#section-2`), or when it is malformed or longer than `MAX_TOKEN_LENGTH`.
    """
    if _holds_token(request.url.partition("?")[2]):
        raise Refused(TOKEN_IN_QUERY, "access_token is in the query")
    in_header = _from_header(request.headers.get("authorization"))
    in_body = _from_body(request) if form_body else None
    if in_header is not None and in_body is not None:
        raise Refused(INVALID_REQUEST, "the access token is both in the header and in the body")
    token = in_header if in_header is not None else in_body
    if token is None:
        raise Refused(NO_TOKEN, "the request has no access token")
    if len(token) > MAX_TOKEN_LENGTH:
        raise Refused(
            MALFORMED_TOKEN,
            "the access token is too long",
            received=f"{len(token)} characters",
            expected=f"at most {MAX_TOKEN_LENGTH}",
        )
    if _B64TOKEN.fullmatch(token) is None:
        raise Refused(MALFORMED_TOKEN, "the access token holds a character that no token has")
    return token


def _holds_token(encoded: str) -> bool:
    return "access_token" in encoded and any(pair.startswith("access_token=") for pair in encoded.split("&"))


def _from_header(authorization: str | None) -> str | None:
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        # RFC 6750 §3.1: another scheme is no attempt that could be answered with an error code.
        return None
    token = token.strip(" ")
    if not token or "," in token or " " in token:
        # Empty; or two header lines, which HTTP joins by a comma (RFC 9110 §5.3).
        raise Refused(INVALID_REQUEST, "the Authorization header does not hold one bearer token")
    return token


def _from_body(request: HttpRequest) -> str | None:
    """:rfc:`6750#section-2.2`: a form, single-part, by a method whose body has a meaning."""
    if not is_form(request.headers.get("content-type", "")) or request.method in {"GET", "HEAD"}:
        return None
    values = [
        value
        for name, _, value in (pair.partition(b"=") for pair in request.body.split(b"&"))
        if name == b"access_token"
    ]
    if not values:
        return None
    if len(values) > 1:
        raise Refused(INVALID_REQUEST, "the form holds access_token twice")
    try:
        return decode_text(values[0])
    except InvalidRequest:
        raise Refused(INVALID_REQUEST, "access_token in the form is not form-urlencoded") from None
