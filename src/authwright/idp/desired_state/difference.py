"""What differs between two descriptions of one thing, in words that a terminal can show."""

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, cast

from authwright.authorization_server.records import ScopeDescription


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


def _difference(key: str, before: tuple[str, ...], after: tuple[str, ...]) -> Difference:
    removed = tuple(word for word in before if word not in after)
    added = tuple(word for word in after if word not in before)
    # The same words in another order.
    return Difference(key, removed, added) if removed or added else Difference(key, before, after)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, tuple | AbstractSet):
        items = cast("Iterable[object]", value)
        words = tuple(_word(item) for item in items)
        return words if isinstance(value, tuple) else tuple(sorted(words))
    return () if value is None else (_word(value),)


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
