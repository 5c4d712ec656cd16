"""
One table of the file, read strictly: a table of keys says which there are and what each may hold.

A misspelt key is one that silently does nothing, so what is not in the table of keys is an error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.shown_in_errors import nearest, shown
from authwright.oauth.invalid_value import InvalidValue


@final
class _Required:
    """No default: the key has to be there."""


REQUIRED: Final = _Required()


@dataclass(frozen=True, slots=True)
class Key:
    """
    A key, how its value is *read* (raises `InvalidValue`), and what it is when absent.

    *expected* finishes the sentence "expected …"; *example* is a value as it is written in the file.
    """

    name: str
    read: Callable[[object], Any]
    expected: str
    example: str
    default: Any = REQUIRED


def in_toml(key: Key) -> str:
    """The line to write in the file."""
    return f"{key.name} = {key.example}"


Line = Callable[[Key], str]
"""How a key is written where the declaration comes from: in a file, or on the command line."""


def read_entry(
    table: Mapping[str, object], keys: Sequence[Key], where: str, line: Line = in_toml
) -> dict[str, Any]:
    """A value for each of *keys*, from *table*. Raises `DeclarationError`, naming the entry as *where*."""
    names = [key.name for key in keys]
    for name in table:
        if name not in names:
            near = nearest(name, names)
            raise DeclarationError(
                Problem.UNKNOWN_KEY,
                where,
                received=f"the unknown key {shown(name)}",
                expected=f"a key that exists; the nearest is {near}",
                write=f"{near} in its place, or delete it",
            )
    return {key.name: _value(table, key, where, line) for key in keys}


def _value(table: Mapping[str, object], key: Key, where: str, line: Line) -> Any:
    if key.name not in table:
        if key.default is REQUIRED:
            raise DeclarationError(
                Problem.MISSING_KEY,
                f"{where}, {key.name}",
                received=None,
                expected=key.expected,
                write=line(key),
            )
        return key.default
    raw = table[key.name]
    try:
        return key.read(raw)
    except InvalidValue as error:
        raise DeclarationError(
            Problem.INVALID_VALUE,
            f"{where}, {key.name}",
            received=shown(raw),
            expected=f"{key.expected} ({error.detail})",
            write=line(key),
        ) from None
