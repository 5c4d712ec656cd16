"""
The kinds of value that a setting can have: from TOML or from the environment, to a type.

Each reader takes what TOML gave (a string, an integer, an array) or the string of an environment variable,
and raises `InvalidValue` for everything else.
"""

import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.issuer import check_issuer
from authwright.oauth.types import whole_seconds

_E = TypeVar("_E", bound=str)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION: Final = re.compile(r"(0|[1-9][0-9]{0,8})([smhd])")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9._-]{0,252}[a-z0-9])?", re.IGNORECASE)


def text(raw: object) -> str:
    """A string without control characters, not empty."""
    if not isinstance(raw, str) or not raw or not raw.isprintable():
        raise InvalidValue("a setting is not a printable string")
    return raw


def issuer(raw: object) -> str:
    """An issuer identifier by form; whether plain http may stand is asked with the other settings known."""
    value = text(raw)
    check_issuer(value, allow_loopback_http=True)
    return value


def integer(low: int, high: int) -> Callable[[object], int]:
    """A whole number from *low* to *high*."""

    def read(raw: object) -> int:
        if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,10}", raw):
            raw = int(raw)
        if not isinstance(raw, int) or isinstance(raw, bool) or not low <= raw <= high:
            raise InvalidValue("a setting is not a whole number in its range")
        return raw

    return read


def duration(low: timedelta, high: timedelta) -> Callable[[object], timedelta]:
    """A number with s, m, h or d, from *low* to *high*. No bare number: nobody has to guess its unit."""

    def read(raw: object) -> timedelta:
        match = _DURATION.fullmatch(raw) if isinstance(raw, str) else None
        if match is None:
            raise InvalidValue("a setting is not a duration")
        value = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
        if not low <= value <= high:
            raise InvalidValue("a duration is out of its range")
        return value

    return read


def choice(*values: _E) -> Callable[[object], _E]:
    """One of *values*."""

    def read(raw: object) -> _E:
        for value in values:
            if raw == value:
                return value
        raise InvalidValue("a setting is none of its choices")

    return read


def host(raw: object) -> str:
    """An IP address or a host name."""
    value = text(raw)
    if not _is_address(value) and _HOST.fullmatch(value) is None:
        raise InvalidValue("a setting is neither an IP address nor a host name")
    return value


def hosts(raw: object) -> frozenset[str]:
    """Host names and addresses, in lower case: an array, or one string with commas."""
    return frozenset(host(item).lower() for item in _items(raw))


def networks(raw: object) -> tuple[Network, ...]:
    """IP networks in CIDR notation or single addresses: an array, or one string with commas."""
    try:
        return tuple(ipaddress.ip_network(text(item)) for item in _items(raw))
    except ValueError:
        raise InvalidValue("a setting holds what is not an IP network") from None


def located(value: Any, directory: Path) -> Any:
    """*value*; a relative path begins at *directory*."""
    return directory / value if isinstance(value, Path) else value


def path(raw: object) -> Path:
    """A path. Whether there is a file is asked when it is read."""
    return Path(text(raw))


def spelled(value: object) -> str:
    """*value* as it would be written in an environment variable."""
    if isinstance(value, timedelta):
        seconds = whole_seconds(value)
        if seconds == 0:
            return "0s"
        unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _UNITS[unit] == 0)
        return f"{seconds // _UNITS[unit]}{unit}"
    if isinstance(value, frozenset):
        return ",".join(sorted(cast("frozenset[str]", value)))
    if isinstance(value, tuple):
        return ",".join(str(item) for item in cast("tuple[object, ...]", value))
    return "" if value is None else str(value)


def is_loopback(value: str) -> bool:
    """Whether a host setting means this machine alone."""
    if _is_address(value):
        return ipaddress.ip_address(value).is_loopback
    return value.lower() == "localhost"


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _items(raw: object) -> list[object]:
    if isinstance(raw, str):
        return [item.strip() for item in raw.split(",") if item.strip()]
    if isinstance(raw, list):
        return cast("list[object]", raw)
    raise InvalidValue("a setting is not an array of strings")
