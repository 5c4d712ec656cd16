"""
Names in a declaration that point at something else: scopes, groups and clients that have to exist.

A client may be registered for a scope that nobody defines, and a person be in a group that there is not, and
both would be without effect and without an error for ever.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authwright.authorization_server.records import ProtectedResource
from authwright.idp.desired_state.current import CurrentState
from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.desired_state.document import DesiredState
from authwright.idp.shown_in_errors import nearest, shown
from authwright.oidc.claims import IDENTITY_SCOPE


@dataclass(frozen=True, slots=True)
class _Reference:
    where: str
    names: Iterable[str]
    known: frozenset[str]
    what: str
    define: str


def check_references(desired: DesiredState, current: CurrentState, *, prune: bool) -> None:
    """Check that every name in *desired* exists when *desired* is applied. Raises `DeclarationError`."""
    for reference in _references(desired, current, prune=prune):
        for name in reference.names:
            if name not in reference.known:
                raise _unknown(name, reference)


def _references(desired: DesiredState, current: CurrentState, *, prune: bool) -> Iterable[_Reference]:
    apis = _after({api.resource: api for api in desired.apis}, current.apis, prune=prune)
    scopes = frozenset(_scopes(apis.values())) | frozenset(IDENTITY_SCOPE)
    declared_clients = {each.client.client_id: each.client for each in desired.clients}
    clients = frozenset(_after(declared_clients, current.clients, prune=prune))
    groups = frozenset(_after({group.name: group for group in desired.groups}, current.groups, prune=prune))
    for each in desired.clients:
        where = f"[[client]] {shown(each.client.client_id)}, scope"
        yield _Reference(
            where, each.client.scope, scopes, "scope", 'scopes = {{ "{0}" = "…" }}   in its [[api]]'
        )
    for api in desired.apis:
        where = f"[[api]] {shown(api.resource)}, introspection_clients"
        define = '[[client]]\nclient_id = "{0}"'
        yield _Reference(where, sorted(api.introspection_clients), clients, "client", define)
    for person in desired.people:
        where = f"[[user]] {shown(person.username)}, groups"
        yield _Reference(where, person.groups or (), groups, "group", '[[group]]\nname = "{0}"')


def _after(declared: Mapping[Any, Any], stored: Mapping[Any, Any], *, prune: bool) -> Mapping[Any, Any]:
    return declared if prune and declared else {**stored, **declared}


def _scopes(apis: Iterable[ProtectedResource]) -> Iterable[str]:
    return (scope.name for api in apis for scope in api.scopes)


def _unknown(name: str, reference: _Reference) -> DeclarationError:
    near = nearest(name, sorted(reference.known))
    return DeclarationError(
        Problem.UNKNOWN_NAME,
        reference.where,
        received=shown(name),
        expected=f"a {reference.what} that exists" + (f"; the nearest is {near}" if near else ""),
        write=reference.define.format(name),
    )
