"""The whole file: TOML to `DesiredState`."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from authwright.authorization_server.records import ProtectedResource
from authwright.idp.desired_state.api import read_api
from authwright.idp.desired_state.client import DesiredClient, read_client
from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.desired_state.group import read_group
from authwright.idp.desired_state.person import DesiredPerson, read_person
from authwright.idp.records import Group
from authwright.idp.shown_in_errors import nearest, shown

_T = TypeVar("_T")

_ARRAYS: Final = {"api": "resource", "client": "client_id", "group": "name", "user": "username"}
"""The arrays of tables that a file may hold, and the key that identifies an entry of each."""


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What a file declares."""

    apis: tuple[ProtectedResource, ...] = ()
    clients: tuple[DesiredClient, ...] = ()
    groups: tuple[Group, ...] = ()
    people: tuple[DesiredPerson, ...] = ()


def read_document(text: str, directory: Path) -> DesiredState:
    """
    What *text* declares. Files that it names begin at *directory*, and are read.

    Raises `DeclarationError`.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(
            Problem.NOT_TOML,
            "the file",
            received="text that is not TOML",
            expected=f"TOML ({error})",
            write='[[client]]\nclient_id = "notes-web"',
        ) from None
    _check_tables(document)
    return DesiredState(
        apis=_entries(document, "api", read_api, lambda api: api.resource),
        clients=_entries(
            document,
            "client",
            lambda table, where: read_client(table, directory, where),
            lambda desired: desired.client.client_id,
        ),
        groups=_entries(document, "group", read_group, lambda group: group.name),
        people=_entries(
            document,
            "user",
            lambda table, where: read_person(table, directory, where),
            lambda person: person.normal_username,
        ),
    )


def _check_tables(document: Mapping[str, Any]) -> None:
    for name, entries in document.items():
        if name not in _ARRAYS:
            near = nearest(name, _ARRAYS)
            raise DeclarationError(
                Problem.UNKNOWN_KEY,
                "the file",
                received=f"the unknown key {shown(name)}",
                expected=f"[[api]], [[client]], [[group]] or [[user]]; the nearest is [[{near}]]",
                write=f"[[{near}]]",
            )
        if not _is_array_of_tables(entries):
            raise DeclarationError(
                Problem.INVALID_VALUE,
                name,
                received=shown(entries),
                expected="an array of tables",
                write=f"[[{name}]]",
            )


def _is_array_of_tables(entries: object) -> bool:
    return isinstance(entries, list) and all(isinstance(each, dict) for each in cast("list[object]", entries))


def _entries(
    document: Mapping[str, Any],
    name: str,
    read: Callable[[Mapping[str, object], str], _T],
    identity: Callable[[_T], str],
) -> tuple[_T, ...]:
    tables = cast("list[dict[str, object]]", document.get(name, []))
    entries = [read(table, _where(name, number, table)) for number, table in enumerate(tables, start=1)]
    seen: set[str] = set()
    for entry in entries:
        if identity(entry) in seen:
            raise DeclarationError(
                Problem.DECLARED_TWICE,
                f"[[{name}]]",
                received=f"{shown(identity(entry))} twice",
                expected="each once",
                write=f"one [[{name}]] with the keys of both",
            )
        seen.add(identity(entry))
    return tuple(entries)


def _where(name: str, number: int, table: Mapping[str, object]) -> str:
    identity = table.get(_ARRAYS[name])
    return f"[[{name}]] {shown(identity) if isinstance(identity, str) else f'number {number}'}"
