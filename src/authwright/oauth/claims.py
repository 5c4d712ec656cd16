"""
Reading the members of a claims set by their types. :rfc:`7519#section-2`, :rfc:`7519#section-4.1`.

A claim of the wrong type is refused as if it were forged, because two programs that each coerce it in
their own way have read two different tokens. All raise `InvalidValue`; all give ``None`` or an empty tuple
for a claim that is absent.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from .invalid_value import InvalidValue
from .types import Timestamp

_LAST_TIME: Final = 253_402_300_799
"""The end of the year 9999, the last that calendars of common libraries can show."""


def text(claims: Mapping[str, Any], name: str) -> str | None:
    """A StringOrURI that is not empty."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise InvalidValue("a claim that must be a string is not, or is empty")
    return value


def texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """An array of strings; one string alone is read as an array of it, as ``aud`` is written."""
    value = claims.get(name)
    if value is None:
        return ()
    items: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise InvalidValue("a claim that must hold strings holds something else")
    return tuple(items)


def timestamp(claims: Mapping[str, Any], name: str) -> Timestamp | None:
    """
    A NumericDate, cut to the second.

    Not a boolean, which Python takes for a number, and neither infinite nor beyond the year 9999.
    """
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValue("a claim that must be a time is not a number")
    if not math.isfinite(value) or not 0 <= value <= _LAST_TIME:
        raise InvalidValue("a claim that must be a time is out of range")
    return Timestamp(int(value))
