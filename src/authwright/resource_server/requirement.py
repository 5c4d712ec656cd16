"""
What the holder of an access token must be: roles and groups, and their combinations.

Roles and groups come with the token (:rfc:`9068#section-2.2.3.1`). Scopes say what a client may do for
somebody and are checked first; these say what that somebody is allowed to do.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import assert_never

from .refusals import MISSING_GROUP, MISSING_ROLE, Refused


@dataclass(frozen=True, slots=True)
class Role:
    """The role *name*."""

    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """Membership in the group *name*."""

    name: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Both."""

    one: "Requirement"
    other: "Requirement"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One or the other."""

    one: "Requirement"
    other: "Requirement"


Requirement = Role | Group | AllOf | AnyOf


def holds(requirement: Requirement, *, roles: Collection[str], groups: Collection[str]) -> bool:
    """Whether somebody with *roles* and *groups* meets *requirement*."""
    match requirement:
        case Role(name):
            return name in roles
        case Group(name):
            return name in groups
        case AllOf(one, other):
            return all(holds(each, roles=roles, groups=groups) for each in (one, other))
        case AnyOf(one, other):
            return any(holds(each, roles=roles, groups=groups) for each in (one, other))
        case _ as unreachable:
            assert_never(unreachable)


def check(requirement: Requirement, *, roles: Collection[str], groups: Collection[str]) -> None:
    """Check that *requirement* holds. Raises `Refused`, which says all of it and not the first part alone."""
    if holds(requirement, roles=roles, groups=groups):
        return
    if _first_unmet(requirement, roles, groups):
        row, detail = MISSING_ROLE, "the holder of the token lacks a role"
    else:
        row, detail = MISSING_GROUP, "the holder of the token lacks a group"
    raise Refused(
        row,
        detail,
        received={"roles": list(roles), "groups": list(groups)},
        expected=describe(requirement),
    )


def describe(requirement: Requirement) -> str:
    """*requirement* in words."""
    match requirement:
        case Role(name):
            return f"role {name}"
        case Group(name):
            return f"group {name}"
        case AllOf(one, other):
            return f"({describe(one)} and {describe(other)})"
        case AnyOf(one, other):
            return f"({describe(one)} or {describe(other)})"
        case _ as unreachable:
            assert_never(unreachable)


def _first_unmet(requirement: Requirement, roles: Collection[str], groups: Collection[str]) -> bool:
    """Whether the first part that does not hold is a role, which decides the code."""
    match requirement:
        case Role():
            return True
        case Group():
            return False
        case AllOf(one, other) | AnyOf(one, other):
            unmet = other if holds(one, roles=roles, groups=groups) else one
            return _first_unmet(unmet, roles, groups)
        case _ as unreachable:
            assert_never(unreachable)
