"""The successful response of the token endpoint, common to all grants. :rfc:`6749#section-5.1`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authwright.oauth.errors import InvalidScope
from authwright.oauth.http import HttpResponse
from authwright.oauth.scope import Scope
from authwright.oauth.types import Secret, Timestamp

from .errors import InvalidResponse
from .problems import MALFORMED_RESPONSE, TOKEN_REFUSED, UNKNOWN_TOKEN_TYPE
from .responses import read_json

# access-token and refresh-token are 1*VSCHAR (RFC 6749 appendix A.12, A.17). VSCHAR has the space, which no
# Bearer header can carry, and no line break, which would begin another header.
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_DIGITS: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_LONGEST: Final = 9_999_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenResponse:
    """Of good form; *id_token* has not been checked. *scope* is None when it is what was asked for."""

    access_token: Secret
    expires_at: Timestamp | None
    scope: Scope | None
    refresh_token: Secret | None
    id_token: Secret | None


def read_token_response(response: HttpResponse, *, now: Timestamp) -> TokenResponse:
    """
    Read a response that came at *now*.

    Raises `ErrorResponse`, and `InvalidResponse` when a member is missing or malformed. Any token type but
    Bearer is refused, since a client "MUST NOT" use one that it does not understand
    (:rfc:`6749#section-7.1`).
    """
    members = read_json(response, refused=TOKEN_REFUSED)
    access_token = _token(members, "access_token")
    token_type = members.get("token_type")
    if access_token is None or not isinstance(token_type, str):
        raise InvalidResponse(MALFORMED_RESPONSE, expected="access_token and token_type")
    if token_type.lower() != "bearer":
        raise InvalidResponse(UNKNOWN_TOKEN_TYPE)
    return TokenResponse(
        access_token=access_token,
        expires_at=_expires_at(members, now),
        scope=_scope(members),
        refresh_token=_token(members, "refresh_token"),
        id_token=_token(members, "id_token"),
    )


def _token(members: Mapping[str, Any], name: str) -> Secret | None:
    value = members.get(name)
    if value is None:  # null is not the same as absent, and common
        return None
    if not isinstance(value, str) or _TOKEN.fullmatch(value) is None:
        raise InvalidResponse(MALFORMED_RESPONSE, expected=name)
    return Secret(value)


def _expires_at(members: Mapping[str, Any], now: Timestamp) -> Timestamp | None:
    value = members.get("expires_in")
    if value is None:
        return None
    if isinstance(value, str) and _DIGITS.fullmatch(value):  # as large providers send it
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST:
        raise InvalidResponse(MALFORMED_RESPONSE, expected="expires_in")
    return Timestamp(now + int(value))


def _scope(members: Mapping[str, Any]) -> Scope | None:
    value = members.get("scope")
    if value is None:
        return None
    try:
        # Split at any run of white space: doubled spaces are common, and mean nothing else.
        return Scope(*value.split()) if isinstance(value, str) else Scope("")
    except InvalidScope:
        raise InvalidResponse(MALFORMED_RESPONSE, expected="scope") from None
