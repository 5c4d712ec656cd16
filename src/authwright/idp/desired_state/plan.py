"""What has to change so that what is stored is what is declared. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from authwright.idp.desired_state.api import change_api, delete_api
from authwright.idp.desired_state.change import Change, Circumstances
from authwright.idp.desired_state.client import change_client, delete_client
from authwright.idp.desired_state.current import CurrentState
from authwright.idp.desired_state.document import DesiredState
from authwright.idp.desired_state.group import change_group, delete_group
from authwright.idp.desired_state.person import change_person, leave_groups
from authwright.idp.desired_state.references import check_references
from authwright.idp.writes import Write
from authwright.oauth.types import ClientId, Secret


@dataclass(frozen=True, slots=True)
class Plan:
    """
    *undeclared* are things, by kind and name, that are kept although the file does not mention them.
    *new_secrets* are to be shown once, after the commit.
    """

    changes: tuple[Change, ...]
    unchanged: int
    undeclared: tuple[tuple[str, str], ...]
    new_secrets: tuple[tuple[ClientId, Secret], ...]

    @property
    def writes(self) -> tuple[Write, ...]:
        """All of them, for one commit."""
        return tuple(write for change in self.changes for write in change.writes)


def make_plan(
    desired: DesiredState, current: CurrentState, circumstances: Circumstances, *, prune: bool = False
) -> Plan:
    """
    The changes from *current* to *desired*. With *prune*, what is not declared is deleted, of each kind that
    *desired* has any of; never people. Raises `DeclarationError` for a name that points at nothing.
    """
    check_references(desired, current, prune=prune)
    undeclared = tuple(_undeclared(desired, current))
    # A file without any client says nothing about clients; it does not say that there shall be none.
    declared_kinds = {"api": desired.apis, "client": desired.clients, "group": desired.groups}
    doomed = {(kind, name) for kind, name in undeclared if prune and declared_kinds[kind]}
    closing = {name for kind, name in doomed if kind == "group"}
    clients = [
        (
            each.client.client_id,
            *change_client(each, current.clients.get(each.client.client_id), circumstances),
        )
        for each in desired.clients
    ]
    made = [
        *(change_api(api, current.apis.get(api.resource), circumstances) for api in desired.apis),
        *(change for _, change, _ in clients),
        *(change_group(group, current.groups.get(group.name), circumstances) for group in desired.groups),
        *(
            change_person(person, current.people.get(person.normal_username), circumstances, closing=closing)
            for person in desired.people
        ),
    ]
    return Plan(
        changes=(
            *(change for change in made if change is not None),
            *_leavings(current, closing, circumstances),
            *_deletions(sorted(doomed), circumstances),
        ),
        unchanged=made.count(None),
        undeclared=tuple(thing for thing in undeclared if thing not in doomed),
        new_secrets=tuple((client_id, secret) for client_id, _, secret in clients if secret is not None),
    )


def _undeclared(desired: DesiredState, current: CurrentState) -> Iterable[tuple[str, str]]:
    for kind, stored, declared in (
        ("api", current.apis.keys(), {api.resource for api in desired.apis}),
        ("client", current.clients.keys(), {each.client.client_id for each in desired.clients}),
        ("group", current.groups.keys(), {group.name for group in desired.groups}),
    ):
        yield from ((kind, name) for name in sorted(stored - declared))


def _leavings(current: CurrentState, closing: set[str], circumstances: Circumstances) -> Iterable[Change]:
    for account in current.members:
        if account.normal_username in current.people:
            continue  # changed as declared
        change = leave_groups(account, closing, circumstances)
        if change is not None:
            yield change


def _deletions(doomed: Iterable[tuple[str, str]], circumstances: Circumstances) -> Iterable[Change]:
    delete = {"api": delete_api, "client": delete_client, "group": delete_group}
    return (delete[kind](name, circumstances) for kind, name in doomed)
