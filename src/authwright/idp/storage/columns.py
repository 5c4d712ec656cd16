"""How values that are more than text or a number stand in a column."""

import json
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

_encode = json.JSONEncoder(separators=(",", ":")).encode


def from_list(values: Collection[str]) -> str:
    """JSON text of *values* in their order."""
    return _encode(list(values)) if values else "[]"


def from_set(values: Collection[str]) -> str:
    """JSON text of *values* in alphabetical order, so that equal sets are equal text."""
    return _encode(sorted(values))


def from_object(members: Mapping[str, Any]) -> str:
    """JSON text of *members*."""
    return _encode(dict(members))


def to_tuple(column: str) -> tuple[str, ...]:
    """The list that `from_list` wrote."""
    return tuple(json.loads(column)) if column != "[]" else ()


def to_object(column: str) -> Mapping[str, Any]:
    """The members that `from_object` wrote, read-only."""
    return MappingProxyType(json.loads(column))
