"""Groups."""

from typing import Final, assert_never

from authwright.idp.records import Group
from authwright.idp.storage.columns import from_list, to_tuple
from authwright.idp.storage.statement import Row, Statement
from authwright.idp.writes import DeleteGroup, SaveGroup

ALL: Final = "SELECT name, roles FROM groups ORDER BY name"

_SAVE: Final = """
    INSERT INTO groups (name, roles) VALUES (:name, :roles)
    ON CONFLICT (name) DO UPDATE SET roles = excluded.roles
"""

_DELETE: Final = "DELETE FROM groups WHERE name = :name"


def statements(write: SaveGroup | DeleteGroup) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case SaveGroup(group):
            return (Statement(_SAVE, {"name": group.name, "roles": from_list(group.roles)}),)
        case DeleteGroup(name):
            return (Statement(_DELETE, {"name": name}),)
        case _:
            assert_never(write)


def to_group(row: Row) -> Group:
    """The group in a row of `ALL`."""
    name, roles = row
    return Group(name=name, roles=to_tuple(roles))
