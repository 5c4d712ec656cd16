"""``[[group]]``: people together, and the roles that go to each of them."""

from collections.abc import Mapping
from typing import Final

from authwright.authorization_server.events import EventKind
from authwright.idp.desired_state import kinds
from authwright.idp.desired_state.change import Action, Change, Circumstances
from authwright.idp.desired_state.difference import differences
from authwright.idp.desired_state.entry import Key, Line, in_toml, read_entry
from authwright.idp.records import Group
from authwright.idp.writes import DeleteGroup, SaveGroup

KEYS: Final = (
    Key("name", kinds.name, "a name of ASCII characters without spaces", '"editors"'),
    Key("roles", kinds.array(kinds.name), "an array of role names", '["editor"]', default=()),
)


def read_group(table: Mapping[str, object], where: str, line: Line = in_toml) -> Group:
    """The group that *table* declares. Raises `DeclarationError`."""
    return Group(**read_entry(table, KEYS, where, line))


def change_group(group: Group, stored: Group | None, circumstances: Circumstances) -> Change | None:
    """From *stored* to *group*; None when they are the same."""
    if group == stored:
        return None
    roles = () if stored is None else stored.roles
    return Change(
        Action.CREATE if stored is None else Action.UPDATE,
        "group",
        group.name,
        differences({"roles": roles}, {"roles": group.roles}),
        (SaveGroup(group), circumstances.event(EventKind.GROUP_SAVED, detail=group.name)),
    )


def delete_group(name: str, circumstances: Circumstances) -> Change:
    """Take the group away; its members leave it by changes of their own."""
    event = circumstances.event(EventKind.GROUP_DELETED, detail=name)
    return Change(Action.DELETE, "group", name, (), (DeleteGroup(name), event))
