"""What differs between two descriptions of one thing, in words that a terminal can show."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from authwright.authorization_server.records import ScopeDescription
from authwright.oauth.scope import Scope

_NOTHING: Final = ("nothing",)


@dataclass(frozen=True, slots=True)
class Difference:
    """A key that changes: which of its values go and which come."""

    key: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The keys of *after* whose value is another than in *before*; a key that *before* lacks had nothing."""
    return tuple(
        _difference(key, _words(before.get(key)), _words(value))
        for key, value in after.items()
        if before.get(key) != value
    )


def choices(described: Mapping[str, Any], defaults: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What a new thing has that is not the default."""
    return tuple(
        Difference(key, (), _words(value) or _NOTHING)
        for key, value in described.items()
        if value != defaults.get(key)
    )


def _difference(key: str, before: tuple[str, ...], after: tuple[str, ...]) -> Difference:
    removed = tuple(word for word in before if word not in after)
    added = tuple(word for word in after if word not in before)
    # The same words in another order.
    return Difference(key, removed, added) if removed or added else Difference(key, before, after)


def _words(value: object) -> tuple[str, ...]:
    match value:
        case None:
            return ()
        case tuple():
            return tuple(_word(item) for item in cast("Iterable[object]", value))
        case frozenset() | Scope():
            return tuple(sorted(_word(item) for item in cast("Iterable[object]", value)))
        case _:
            return (_word(value),)


def _word(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case ScopeDescription():
            return f"{value.name} ({value.description})"
        case Mapping():
            return json.dumps(value, sort_keys=True, ensure_ascii=False)
        case _:
            return str(value)
