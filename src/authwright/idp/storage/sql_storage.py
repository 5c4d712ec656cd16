"""
What is the same on every SQL database: the reads, what is remembered, and what follows from a commit.

A backend says how a statement is run and how the statements of a commit are made one durable transaction.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final

from typing_extensions import override

from authwright.authorization_server.events import Event
from authwright.authorization_server.records import (
    AuthorizationCode,
    Client,
    Consent,
    Grant,
    Interaction,
    OpaqueAccessToken,
    ProtectedResource,
    RefreshToken,
    Session,
)
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.records import Account, Group, OneTimeLink, StoredSigningKey
from authwright.idp.writes import Write
from authwright.oauth.types import ClientId, Digest, GrantId, SessionId, Subject, Timestamp

from . import prune
from .port import ProductStorage, Pruned
from .registry_memory import RegistryMemory
from .statement import Parameters, Row
from .statements import (
    account,
    authorization_code,
    client,
    consent,
    event,
    grant,
    group,
    interaction,
    one_time_link,
    opaque_access_token,
    protected_resource,
    refresh_token,
    registry,
    session,
    signing_key,
)
from .statements import (
    jti as jti_statements,
)

NOTHING: Final[Parameters] = {}

READY: Final = "UPDATE readiness SET checks = checks + 1"
"""The write by which a backend's `ready` finds out."""


def ignore(_event: Event) -> None:
    """For who need not be told of audit events."""


class SqlStorage(ProductStorage, ABC):
    """
    A `ProductStorage` over `_rows` and `_apply`.

    *committed* is told of every audit event once it is durable. *monotonic*, a clock in seconds that nobody
    sets, says how old what is remembered of clients and APIs is.
    """

    def __init__(
        self,
        *,
        committed: Callable[[Event], object] = ignore,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._committed = committed
        self._registry = RegistryMemory(self.registry_version, monotonic)

    @override
    async def client(self, client_id: ClientId) -> Client | None:
        remembered = await self._registry.current()
        known = remembered.client(client_id)
        if known is None and (row := await self._row(client.BY_ID, {"client_id": client_id})):
            known = client.to_client(row)
            remembered.remember(known)
        return known

    @override
    async def protected_resources(self) -> tuple[ProtectedResource, ...]:
        remembered = await self._registry.current()
        known = remembered.protected_resources
        if known is None:
            rows = await self._rows(protected_resource.ALL)
            known = tuple(map(protected_resource.to_protected_resource, rows))
            remembered.protected_resources = known
        return known

    @override
    async def registry_version(self) -> int:
        ((version,),) = await self._rows(registry.VERSION)
        return int(version)

    @override
    async def clients(self) -> tuple[Client, ...]:
        return tuple(map(client.to_client, await self._rows(client.ALL)))

    @override
    async def session(self, secret_digest: Digest) -> Session | None:
        row = await self._row(session.BY_SECRET, {"secret_digest": secret_digest})
        return session.to_session(row) if row else None

    @override
    async def session_by_id(self, session_id: SessionId) -> Session | None:
        row = await self._row(session.BY_ID, {"session_id": session_id})
        return session.to_session(row) if row else None

    @override
    async def sessions_of(self, subject: Subject) -> tuple[Session, ...]:
        return tuple(map(session.to_session, await self._rows(session.OPEN_OF_SUBJECT, {"subject": subject})))

    @override
    async def interaction(self, interaction_digest: Digest) -> Interaction | None:
        row = await self._row(interaction.BY_DIGEST, {"interaction_digest": interaction_digest})
        return interaction.to_interaction(row) if row else None

    @override
    async def consent(self, subject: Subject, client_id: ClientId) -> Consent | None:
        row = await self._row(consent.BY_SUBJECT_AND_CLIENT, {"subject": subject, "client_id": client_id})
        return consent.to_consent(row) if row else None

    @override
    async def consents_of(self, subject: Subject) -> tuple[Consent, ...]:
        return tuple(map(consent.to_consent, await self._rows(consent.OF_SUBJECT, {"subject": subject})))

    @override
    async def grant(self, grant_id: GrantId, *, unless_revoked: str | None = None) -> Grant | None:
        if unless_revoked is None:
            row = await self._row(grant.BY_ID, {"grant_id": grant_id})
        else:
            row = await self._row(grant.OF_TOKEN, {"grant_id": grant_id, "jti": unless_revoked})
        return grant.to_grant(row) if row else None

    @override
    async def grants_of(self, subject: Subject) -> tuple[Grant, ...]:
        return tuple(map(grant.to_grant, await self._rows(grant.LIVE_OF_SUBJECT, {"subject": subject})))

    @override
    async def authorization_code(self, code_digest: Digest) -> AuthorizationCode | None:
        row = await self._row(authorization_code.BY_DIGEST, {"code_digest": code_digest})
        return authorization_code.to_authorization_code(row) if row else None

    @override
    async def refresh_token(self, refresh_token_digest: Digest) -> RefreshToken | None:
        row = await self._row(refresh_token.BY_DIGEST, {"refresh_token_digest": refresh_token_digest})
        return refresh_token.to_refresh_token(row) if row else None

    @override
    async def opaque_access_token(self, access_token_digest: Digest) -> OpaqueAccessToken | None:
        row = await self._row(opaque_access_token.BY_DIGEST, {"access_token_digest": access_token_digest})
        return opaque_access_token.to_opaque_access_token(row) if row else None

    @override
    async def jti_revoked(self, jti: str) -> bool:
        return bool(await self._rows(jti_statements.REVOKED, {"jti": jti}))

    @override
    async def account(self, subject: Subject) -> Account | None:
        row = await self._row(account.BY_SUBJECT, {"subject": subject})
        return account.to_account(row) if row else None

    @override
    async def account_by_username(self, normal_username: str) -> Account | None:
        row = await self._row(account.BY_USERNAME, {"normal_username": normal_username})
        return account.to_account(row) if row else None

    @override
    async def accounts(self, *, after: str = "", limit: int = 100) -> tuple[Account, ...]:
        return tuple(
            map(account.to_account, await self._rows(account.PAGE, {"after": after, "limit": limit}))
        )

    @override
    async def groups(self) -> tuple[Group, ...]:
        return tuple(map(group.to_group, await self._rows(group.ALL)))

    @override
    async def signing_keys(self) -> tuple[StoredSigningKey, ...]:
        return tuple(map(signing_key.to_signing_key, await self._rows(signing_key.ALL)))

    @override
    async def one_time_link(self, link_digest: Digest) -> OneTimeLink | None:
        row = await self._row(one_time_link.BY_DIGEST, {"link_digest": link_digest})
        return one_time_link.to_one_time_link(row) if row else None

    @override
    async def events(self, *, limit: int = 100) -> tuple[Event, ...]:
        return tuple(map(event.to_event, await self._rows(event.NEWEST, {"limit": limit})))

    @override
    async def commit(self, writes: Sequence[Write]) -> None:
        if not writes:
            return
        await self._apply(writes)
        for write in writes:
            if isinstance(write, RecordEvent):
                self._committed(write.event)
            elif isinstance(write, registry.CHANGED_BY):
                self._registry.changed()

    @override
    async def prune(self, now: Timestamp, *, events_before: Timestamp | None = None) -> Pruned:
        removed: dict[str, int] = {}
        values = prune.parameters(now, events_before)
        for table, sql in prune.RULES:
            removed[table] = removed.get(table, 0) + await self._run(sql, values)
        return Pruned(tuple(removed.items()))

    @override
    async def ready(self) -> None:
        await self._run(READY, NOTHING)

    async def _row(self, sql: str, parameters: Parameters) -> Row | None:
        rows = await self._rows(sql, parameters)
        return rows[0] if rows else None

    @abstractmethod
    async def _rows(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        """
        The rows of a SELECT, as of one moment after the call; none when a value cannot be stored at all.

        Raises `StorageUnavailable`.
        """

    @abstractmethod
    async def _apply(self, writes: Sequence[Write]) -> None:
        """All *writes*, at least one, as `Storage.commit` says."""

    @abstractmethod
    async def _run(self, sql: str, parameters: Parameters) -> int:
        """One statement, durable by itself: how many rows it touched. Raises `StorageUnavailable`."""
