"""
``WWW-Authenticate``: challenges written by a protected resource and parsed by a client.

:rfc:`9110#section-11.6.1` is the grammar, :rfc:`6750#section-3` the parameters of the scheme Bearer, and
:rfc:`9728#section-5.1` adds ``resource_metadata``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from typing_extensions import override

from .errors import OAuthError
from .invalid_value import InvalidValue
from .scope import Scope

MAX_LENGTH: Final = 8192
"""Characters of a header value that is parsed; servers cut earlier."""

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_AUTH_PARAM = rf"({_TOKEN})[ \t]*=[ \t]*({_TOKEN}|{_QUOTED})"
_SCHEME: Final = re.compile(rf"[ \t,]*({_TOKEN})(?: +|(?=[ \t]*(?:,|$)))", re.ASCII)
_PARAMETER: Final = re.compile(rf"[ \t,]*{_AUTH_PARAM}[ \t]*(?=,|$)", re.ASCII)
_TOKEN68: Final = re.compile(r"([A-Za-z0-9\-._~+/]+=*)[ \t]*(?=,|$)", re.ASCII)
_QUOTED_PAIR: Final = re.compile(r"\\(.)")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge. *scheme* and the names of *parameters* are lower case, since they compare so."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @override
    def __str__(self) -> str:
        """
        The header value, every parameter a quoted string.

        Raises `InvalidValue` when a value holds more than printable ASCII: a line break would begin another
        header.
        """
        written = ", ".join(f"{name}={_quote(value)}" for name, value in self.parameters.items())
        return f"{self.scheme.capitalize()} {written}".rstrip()


def bearer_challenge(
    error: OAuthError | None = None,
    *,
    realm: str | None = None,
    scope: Scope | None = None,
    resource_metadata: str | None = None,
) -> Challenge:
    """
    The challenge of a protected resource. :rfc:`6750#section-3`.

    Without *error* for a request that brought no token, which "SHOULD NOT" be told an error code. *scope*
    is what the resource needs, and *resource_metadata* the URL where a client learns whom to ask
    (:rfc:`9728#section-5.1`).
    """
    parameters = {
        "realm": realm,
        "error": None if error is None else error.code,
        "error_description": None if error is None else error.description,
        "scope": None if scope is None else str(scope),
        "resource_metadata": resource_metadata,
    }
    return Challenge("bearer", {name: value for name, value in parameters.items() if value})


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """
    The challenges in a ``WWW-Authenticate`` value, in order; several header lines may be joined by commas.

    The opaque token that schemes such as Negotiate use is skipped. Raises `InvalidValue` when the grammar is
    broken, a parameter is repeated within a challenge, or the value is over 8192 characters.
    """
    if len(header) > MAX_LENGTH:
        raise InvalidValue("the WWW-Authenticate value is too long")
    challenges: list[Challenge] = []
    position = 0
    while header[position:].strip(" \t,"):
        scheme = _SCHEME.match(header, position)
        if scheme is None:
            raise InvalidValue("the WWW-Authenticate value does not begin a challenge with a scheme")
        token68 = _TOKEN68.match(header, scheme.end())
        if token68 is not None:
            parameters: dict[str, str] = {}
            position = token68.end()
        else:
            parameters, position = _parameters(header, scheme.end())
        challenges.append(Challenge(scheme[1].lower(), MappingProxyType(parameters)))
    return tuple(challenges)


def _parameters(header: str, position: int) -> tuple[dict[str, str], int]:
    """The auth-params from *position* on, and where they end: at the next scheme or at the end."""
    parameters: dict[str, str] = {}
    while (parameter := _PARAMETER.match(header, position)) is not None:
        name, value = parameter[1].lower(), parameter[2]
        if name in parameters:
            raise InvalidValue("a parameter is repeated within one challenge")
        parameters[name] = _QUOTED_PAIR.sub(r"\1", value[1:-1]) if value.startswith('"') else value
        position = parameter.end()
    return parameters, position


def _quote(value: str) -> str:
    if _PRINTABLE.fullmatch(value) is None:
        raise InvalidValue("a challenge parameter holds more than printable ASCII")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
