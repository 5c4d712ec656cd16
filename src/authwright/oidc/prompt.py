"""
How an authorization request asks for the person to be authenticated. OpenID Connect Core §3.1.2.1.

``prompt`` and ``max_age`` change what is decided, and ``login_hint`` what the login page holds already.
``acr_values``, ``display``, ``ui_locales`` and ``claims_locales`` are wishes that a server may leave unmet,
and no error comes of them: there is one way to sign in, and one page, so they are not read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from authwright.oauth.errors import InvalidRequest
from authwright.oauth.types import Seconds, Timestamp


class Prompt(StrEnum):
    """A value of ``prompt`` that is understood."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


_KNOWN: Final = {prompt.value: prompt for prompt in Prompt}
# Nine digits are thirty years; more would only test what a database does with large integers.
_MAX_AGE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AuthenticationParameters:
    """What the request asks of the authentication."""

    prompt: frozenset[Prompt] = frozenset()
    max_age: Seconds | None = None
    login_hint: str | None = None


def parse_authentication_parameters(parameters: Mapping[str, str]) -> AuthenticationParameters:
    """
    Read the parameters of §3.1.2.1 that are about authentication.

    Raises `InvalidRequest` when ``prompt=none`` comes with another value, or ``max_age`` is no number of
    seconds. An unknown prompt is left out: a newer client may know more of them than we do.
    """
    return AuthenticationParameters(
        prompt=_parse_prompt(parameters.get("prompt", "")),
        max_age=_parse_max_age(parameters.get("max_age")),
        login_hint=parameters.get("login_hint"),
    )


def is_older_than(auth_time: Timestamp, max_age: Seconds | None, now: Timestamp) -> bool:
    """
    Whether an authentication at *auth_time* is too old for a request with *max_age*.

    Zero always is: it asks for what ``prompt=login`` asks for.
    """
    return max_age is not None and now - auth_time >= max_age


def _parse_prompt(value: str) -> frozenset[Prompt]:
    words = value.split()
    if Prompt.NONE in words and len(words) > 1:
        raise InvalidRequest("prompt=none was combined with another prompt")
    return frozenset(_KNOWN[word] for word in words if word in _KNOWN)


def _parse_max_age(value: str | None) -> Seconds | None:
    if value is None:
        return None
    if _MAX_AGE.fullmatch(value) is None:
        raise InvalidRequest("max_age is not a number of seconds")
    return Seconds(int(value))
