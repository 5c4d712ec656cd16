"""Roles and groups, alone and combined."""

import pytest

from authwright.resource_server.refusals import Refused
from authwright.resource_server.requirement import AllOf, AnyOf, Group, Role, check, describe, holds

ADMIN, EDITORS, READERS = Role("admin"), Group("editors"), Group("readers")


@pytest.mark.parametrize(
    ("requirement", "roles", "groups", "code"),
    [
        (ADMIN, ["admin"], [], None),
        (ADMIN, [], ["admin"], "AW121"),
        (ADMIN, ["admins", "Admin", "adm"], [], "AW121"),
        (EDITORS, [], ["editors"], None),
        (EDITORS, ["editors"], [], "AW122"),
        (AllOf(ADMIN, EDITORS), ["admin"], ["editors"], None),
        (AllOf(ADMIN, EDITORS), ["admin"], [], "AW122"),
        (AllOf(ADMIN, EDITORS), [], ["editors"], "AW121"),
        (AnyOf(ADMIN, EDITORS), [], ["editors"], None),
        (AnyOf(ADMIN, EDITORS), ["admin"], [], None),
        (AnyOf(ADMIN, EDITORS), [], [], "AW121"),
        (AnyOf(EDITORS, ADMIN), [], [], "AW122"),
        (AllOf(AnyOf(ADMIN, EDITORS), READERS), [], ["editors"], "AW122"),
        (AllOf(AnyOf(ADMIN, EDITORS), READERS), ["admin"], ["readers"], None),
        (AnyOf(AllOf(ADMIN, EDITORS), READERS), ["admin"], [], "AW122"),
    ],
)
def test_check(requirement, roles, groups, code):
    assert holds(requirement, roles=roles, groups=groups) is (code is None)
    if code is None:
        check(requirement, roles=roles, groups=groups)
        return
    with pytest.raises(Refused) as caught:
        check(requirement, roles=roles, groups=groups)
    assert caught.value.refusal.code == code
    assert caught.value.expected == describe(requirement)


def test_roles_written_as_one_string_are_not_searched():
    """A membership test on text would find substrings; roles are a collection of names."""
    assert not holds(ADMIN, roles=("administrator",), groups=())


def test_describe():
    assert (
        describe(AllOf(AnyOf(ADMIN, EDITORS), READERS)) == "((role admin or group editors) and group readers)"
    )
