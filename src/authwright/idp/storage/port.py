"""The port of the product's storage: the protocol's reads, the product's own, and the same one `commit`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from authwright.authorization_server.events import Event
from authwright.authorization_server.records import Client, Consent, Grant, Session
from authwright.authorization_server.storage import Storage
from authwright.idp.records import Account, Group, OneTimeLink, StoredSigningKey
from authwright.idp.writes import Write
from authwright.oauth.types import Digest, Subject, Timestamp


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows a `ProductStorage.prune` removed, by table."""

    rows: tuple[tuple[str, int], ...]


class ProductStorage(Storage, Protocol):
    """Guarantees as in `Storage`; all methods do I/O unless they say otherwise."""

    async def account(self, subject: Subject) -> Account | None:
        """The account, disabled ones included."""
        ...

    async def account_by_username(self, normal_username: str) -> Account | None:
        """The account whose username has this normal form."""
        ...

    async def accounts(self, *, after: str = "", limit: int = 100) -> tuple[Account, ...]:
        """A page of accounts ordered by normal username, beginning behind *after*."""
        ...

    async def groups(self) -> tuple[Group, ...]:
        """All groups, by name."""
        ...

    async def clients(self) -> tuple[Client, ...]:
        """All clients, by client_id."""
        ...

    async def sessions_of(self, subject: Subject) -> tuple[Session, ...]:
        """Sessions of the person that have not ended, newest first; expired ones included until pruned."""
        ...

    async def grants_of(self, subject: Subject) -> tuple[Grant, ...]:
        """Grants of the person that are not revoked, newest first."""
        ...

    async def consents_of(self, subject: Subject) -> tuple[Consent, ...]:
        """Remembered consents of the person, by client_id."""
        ...

    async def signing_keys(self) -> tuple[StoredSigningKey, ...]:
        """All signing keys, oldest first."""
        ...

    async def registry_version(self) -> int:
        """A number that is another after every change of a client, an API or a signing key, on any node."""
        ...

    async def one_time_link(self, link_digest: Digest) -> OneTimeLink | None:
        """The link, used and expired ones included."""
        ...

    async def events(self, *, limit: int = 100) -> tuple[Event, ...]:
        """The newest lines of the audit log, newest first."""
        ...

    @override
    async def commit(self, writes: Sequence[Write]) -> None:
        """As `Storage.commit`, for the product's writes too."""
        ...

    async def prune(self, now: Timestamp, *, events_before: Timestamp | None = None) -> Pruned:
        """
        Delete what no decision can need any more: rows whose own time and the time in which a replay of them
        must be recognised are both over; and the lines of the audit log from before *events_before*. Bounded
        work per call; call again while it removes something.
        """
        ...

    async def ready(self) -> None:
        """Return when a durable write is possible now; else raise `StorageUnavailable`. For health checks."""
        ...

    async def close(self) -> None:
        """Finish commits in flight and let go of files and connections. Idempotent."""
        ...
