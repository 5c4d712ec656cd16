"""
Reading the members of a claims set by their types. :rfc:`7519#section-2`, :rfc:`7519#section-4.1`.

A claim of the wrong type is refused as if it were forged: two programs that each coerce it in their own way
have read two different tokens. All functions raise `MalformedClaim`, and give ``None`` or an empty tuple for
a claim that is absent.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from authwright.jose.errors import MalformedClaim, MissingClaim

from .types import Timestamp

_LAST_TIME: Final = 253_402_300_799
"""The end of the year 9999, the last that common calendar libraries can show."""


def text(claims: Mapping[str, Any], name: str) -> str | None:
    """A string that is not empty."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, str) or not value:
        raise MalformedClaim("a claim that must be a string is not, or is empty", claim=name)
    return value


def required_text(claims: Mapping[str, Any], name: str) -> str:
    """`text`, of a claim that must be there. Raises `MissingClaim`."""
    value = text(claims, name)
    if value is None:
        raise MissingClaim("a claim that must be a string is absent", claim=name)
    return value


def texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """An array of strings; one string alone is read as an array of it, as ``aud`` may be written."""
    if name not in claims:
        return ()
    value = claims[name]
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    strings = tuple(item for item in items if isinstance(item, str))
    if len(strings) != len(items):
        raise MalformedClaim("a claim that must be a string or an array of strings is not", claim=name)
    return strings


def timestamp(claims: Mapping[str, Any], name: str) -> Timestamp | None:
    """
    A NumericDate, cut to the second: not a boolean, which Python takes for a number, and neither before the
    epoch nor after the year 9999.
    """
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedClaim("a claim that must be a time is not a number", claim=name)
    if not 0 <= value <= _LAST_TIME:  # which NaN is not either
        raise MalformedClaim("a claim that must be a time is out of range", claim=name)
    return Timestamp(int(value))


def required_timestamp(claims: Mapping[str, Any], name: str) -> Timestamp:
    """`timestamp`, of a claim that must be there. Raises `MissingClaim`."""
    value = timestamp(claims, name)
    if value is None:
        raise MissingClaim("a claim that must be a time is absent", claim=name)
    return value


def write_audience(audience: tuple[str, ...]) -> str | list[str] | None:
    """``aud`` as it is written: one audience as a string, several as an array. :rfc:`7519#section-4.1.3`."""
    if len(audience) == 1:
        return audience[0]
    return list(audience) or None
