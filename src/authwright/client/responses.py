"""
Reading what an endpoint answered: a JSON object, an OAuth error, or neither.

:rfc:`6749#section-5.1` (success), :rfc:`6749#section-5.2` (errors), :rfc:`6750#section-3` (errors in a
challenge).
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import JoseError
from authwright.oauth.challenge import parse_challenges
from authwright.oauth.http import HttpResponse
from authwright.oauth.invalid_value import InvalidValue

from .errors import ErrorResponse, InvalidResponse
from .problems import NOT_JSON, UNEXPECTED_STATUS, Problem

# error = 1*NQSCHAR (RFC 6749 appendix A.7), of a length that a registered code stays far below.
_ERROR: Final = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{1,128}")
_JSON: Final = re.compile(r"application/(?:json|[a-z0-9!#$&^_.+-]+\+json)[ \t]*(?:;.*)?", re.IGNORECASE)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def check_status(response: HttpResponse, *, refused: Problem) -> None:
    """
    Check that the request succeeded.

    Raises `ErrorResponse` with the problem *refused* when the body or a challenge holds an OAuth error, and
    `InvalidResponse` for any other status than 200.
    """
    _successful(response, refused=refused)


def read_json(response: HttpResponse, *, refused: Problem) -> dict[str, Any]:
    """The JSON object of a successful response. Raises as `check_status` does, and when it is none."""
    members = _successful(response, refused=refused)
    if members is None:
        raise InvalidResponse(NOT_JSON, received=response.headers.get("content-type"))
    return members


def raise_if_refused(members: Mapping[str, Any], *, refused: Problem, status: int | None = None) -> None:
    """Raise `ErrorResponse` when *members*, the members of an answer, hold an error code."""
    error = members.get("error")
    if isinstance(error, str) and _ERROR.fullmatch(error):
        description = members.get("error_description")
        raise ErrorResponse(
            refused,
            error,
            error_description=description if isinstance(description, str) else None,
            status=status,
        )


def _successful(response: HttpResponse, *, refused: Problem) -> dict[str, Any] | None:
    members = _json(response)
    # Some servers send errors with status 200, so a body with `error` is one whatever the status says.
    raise_if_refused(members or _challenge(response), refused=refused, status=response.status)
    if response.status != HTTPStatus.OK:
        raise InvalidResponse(UNEXPECTED_STATUS, received=response.status)
    return members


def _json(response: HttpResponse) -> dict[str, Any] | None:
    if _JSON.fullmatch(response.headers.get("content-type", "")) is None:
        return None
    try:
        return parse_json_object(response.body)
    except JoseError:
        return None


def _challenge(response: HttpResponse) -> Mapping[str, str]:
    """The parameters of the challenge that names an error, if there is one."""
    try:
        challenges = parse_challenges(response.headers.get("www-authenticate", ""))
    except InvalidValue:
        return _NOTHING
    return next((each.parameters for each in challenges if "error" in each.parameters), _NOTHING)
