"""A token taken apart, member by member. Reads what a token says of itself; verifies nothing."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from authwright.demo.web import meanings
from authwright.jose import jws
from authwright.jose.encoding import parse_json_object
from authwright.oauth.types import Timestamp

_TIMES: Final = frozenset({"exp", "iat", "nbf", "auth_time"})
_UNITS: Final = (("day", 86_400), ("h", 3600), ("min", 60))


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a token or a message: its name, its value, perhaps *note* on the value, what it is for."""

    name: str
    value: str
    meaning: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A compact JWS (:rfc:`7515#section-3.1`): its three parts as they travel, and what the first two say."""

    parts: tuple[str, str, str]
    header: tuple[Member, ...]
    claims: tuple[Member, ...]


def anatomy_of(token: str, explained: Mapping[str, str], now: Timestamp) -> Anatomy:
    """*token*, with its claims *explained*. Raises `JoseError` when it is no JWT."""
    parsed = jws.parse(token)
    header, payload, signature = token.split(".")
    return Anatomy(
        parts=(header, payload, signature),
        header=members_of(parsed.header.items(), meanings.HEADER, now),
        claims=members_of(parse_json_object(parsed.unverified_payload).items(), explained, now),
    )


def members_of(
    pairs: Iterable[tuple[str, Any]], explained: Mapping[str, str], now: Timestamp
) -> tuple[Member, ...]:
    """Each pair with its meaning; times also as people tell them."""
    return tuple(
        Member(
            name,
            _written(value),
            explained.get(name, meanings.UNKNOWN),
            moment(value, now) if name in _TIMES and isinstance(value, int) else "",
        )
        for name, value in pairs
    )


def moment(at: int, now: Timestamp) -> str:
    """A time on the clock of this machine, and how far it is from *now*."""
    return f"{clock_face(at)}, {distance(at - now)}"


def clock_face(at: int) -> str:
    """Hours, minutes and seconds in this machine's time zone, which is that of whoever is looking."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def distance(seconds: int) -> str:
    """How far away something is that happens in *seconds*, or happened."""
    words = duration(abs(seconds))
    return f"in {words}" if seconds > 0 else f"{words} ago" if seconds else "now"


def duration(seconds: int) -> str:
    """At most two units."""
    words: list[str] = []
    for unit, size in _UNITS:
        if seconds >= size:
            words.append(f"{seconds // size} {unit}")
            seconds %= size
    if seconds or not words:
        words.append(f"{seconds} s")
    return " ".join(words[:2])


def _written(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_written, cast("list[object]", value)))
    return value if isinstance(value, str) else str(value)
