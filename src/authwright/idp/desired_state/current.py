"""What there is now, as far as a declaration touches it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from authwright.authorization_server.records import Client, ProtectedResource
from authwright.idp.desired_state.document import DesiredState
from authwright.idp.records import Account, Group
from authwright.idp.storage.port import ProductStorage
from authwright.oauth.types import ClientId

_PAGE = 500


@dataclass(frozen=True, slots=True)
class CurrentState:
    """
    Everything stored but people: of those, whom the declaration names (by normal username) in *people*, and
    in *members* who is in a group that the declaration does not name, where these are to be deleted.
    """

    apis: Mapping[str, ProtectedResource]
    clients: Mapping[ClientId, Client]
    groups: Mapping[str, Group]
    people: Mapping[str, Account]
    members: tuple[Account, ...] = ()


async def read_current(storage: ProductStorage, desired: DesiredState, *, prune: bool) -> CurrentState:
    """Read it. With *prune*, all people are looked through for members of groups that go."""
    found = [await storage.account_by_username(person.normal_username) for person in desired.people]
    groups = {group.name: group for group in await storage.groups()}
    leaving = (
        groups.keys() - {group.name for group in desired.groups} if prune and desired.groups else set[str]()
    )
    members = (
        [account async for account in _accounts(storage) if leaving & {*account.groups}] if leaving else []
    )
    return CurrentState(
        apis={api.resource: api for api in await storage.protected_resources()},
        clients={client.client_id: client for client in await storage.clients()},
        groups=groups,
        people={account.normal_username: account for account in found if account is not None},
        members=tuple(members),
    )


async def _accounts(storage: ProductStorage) -> AsyncIterator[Account]:
    after = ""
    while page := await storage.accounts(after=after, limit=_PAGE):
        for account in page:
            yield account
        after = page[-1].normal_username
