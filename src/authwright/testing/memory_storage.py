"""Storage in memory: every promise of the port but durability, for tests."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace

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
from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.records import Account, Group, OneTimeLink, StoredSigningKey
from authwright.idp.storage.port import Pruned
from authwright.idp.storage.statements import registry
from authwright.idp.writes import Write
from authwright.oauth.types import ClientId, Digest, GrantId, SessionId, Subject, Timestamp

from .memory_tables import Tables


class MemoryStorage:
    """
    A `authwright.idp.storage.port.ProductStorage` that forgets.

    Each read and commit gives other tasks a turn, as a real database does: a race that this hides would
    otherwise wait for production.
    """

    def __init__(self) -> None:
        self._tables = Tables()
        self._registry_version = 0
        self._closed = False
        # Loops in several threads may share it, as nodes share a database.
        self._writing = threading.Lock()

    async def client(self, client_id: ClientId) -> Client | None:
        """As the port says."""
        return (await self._read()).clients.get(client_id)

    async def clients(self) -> tuple[Client, ...]:
        """As the port says."""
        clients = (await self._read()).clients
        return tuple(clients[key] for key in sorted(clients))

    async def protected_resources(self) -> tuple[ProtectedResource, ...]:
        """As the port says."""
        resources = (await self._read()).protected_resources
        return tuple(resources[key] for key in sorted(resources))

    async def session(self, secret_digest: Digest) -> Session | None:
        """As the port says."""
        sessions = (await self._read()).sessions.values()
        return next((session for session in sessions if session.secret_digest == secret_digest), None)

    async def session_by_id(self, session_id: SessionId) -> Session | None:
        """As the port says."""
        return (await self._read()).sessions.get(session_id)

    async def sessions_of(self, subject: Subject) -> tuple[Session, ...]:
        """As the port says."""
        sessions = (await self._read()).sessions.values()
        found = [session for session in sessions if session.subject == subject and session.ended_at is None]
        return tuple(sorted(found, key=lambda each: (each.authenticated_at, each.session_id), reverse=True))

    async def interaction(self, interaction_digest: Digest) -> Interaction | None:
        """As the port says."""
        return (await self._read()).interactions.get(interaction_digest)

    async def consent(self, subject: Subject, client_id: ClientId) -> Consent | None:
        """As the port says."""
        return (await self._read()).consents.get((subject, client_id))

    async def consents_of(self, subject: Subject) -> tuple[Consent, ...]:
        """As the port says."""
        consents = (await self._read()).consents
        return tuple(consents[key] for key in sorted(consents) if key[0] == subject)

    async def grant(self, grant_id: GrantId, *, unless_revoked: str | None = None) -> Grant | None:
        """As the port says."""
        tables = await self._read()
        return None if unless_revoked in tables.revoked_jtis else tables.grants.get(grant_id)

    async def grants_of(self, subject: Subject) -> tuple[Grant, ...]:
        """As the port says."""
        grants = (await self._read()).grants.values()
        found = [grant for grant in grants if grant.subject == subject and grant.revoked_at is None]
        return tuple(sorted(found, key=lambda each: (each.created_at, each.grant_id), reverse=True))

    async def authorization_code(self, code_digest: Digest) -> AuthorizationCode | None:
        """As the port says."""
        tables = await self._read()
        code = tables.authorization_codes.get(code_digest)
        return code and replace(code, grant=tables.grants[code.grant.grant_id])

    async def refresh_token(self, refresh_token_digest: Digest) -> RefreshToken | None:
        """As the port says."""
        tables = await self._read()
        token = tables.refresh_tokens.get(refresh_token_digest)
        return token and replace(token, grant=tables.grants[token.grant.grant_id])

    async def opaque_access_token(self, access_token_digest: Digest) -> OpaqueAccessToken | None:
        """As the port says."""
        tables = await self._read()
        token = tables.opaque_access_tokens.get(access_token_digest)
        if token is None or token.grant is None:
            return token
        return replace(token, grant=tables.grants[token.grant.grant_id])

    async def jti_revoked(self, jti: str) -> bool:
        """As the port says."""
        return jti in (await self._read()).revoked_jtis

    async def account(self, subject: Subject) -> Account | None:
        """As the port says."""
        return (await self._read()).accounts.get(subject)

    async def account_by_username(self, normal_username: str) -> Account | None:
        """As the port says."""
        accounts = (await self._read()).accounts.values()
        return next((account for account in accounts if account.normal_username == normal_username), None)

    async def accounts(self, *, after: str = "", limit: int = 100) -> tuple[Account, ...]:
        """As the port says."""
        accounts = (await self._read()).accounts.values()
        found = [account for account in accounts if account.normal_username > after]
        return tuple(sorted(found, key=lambda each: each.normal_username)[:limit])

    async def groups(self) -> tuple[Group, ...]:
        """As the port says."""
        groups = (await self._read()).groups
        return tuple(groups[key] for key in sorted(groups))

    async def signing_keys(self) -> tuple[StoredSigningKey, ...]:
        """As the port says."""
        return tuple((await self._read()).signing_keys.values())

    async def registry_version(self) -> int:
        """As the port says."""
        await self._read()
        return self._registry_version

    async def one_time_link(self, link_digest: Digest) -> OneTimeLink | None:
        """As the port says."""
        return (await self._read()).one_time_links.get(link_digest)

    async def events(self, *, limit: int = 100) -> tuple[Event, ...]:
        """As the port says."""
        events = (await self._read()).events
        return tuple(events[position] for position in sorted(events, reverse=True)[:limit])

    async def commit(self, writes: Sequence[Write]) -> None:
        """As the port says."""
        await self._read()
        with self._writing:
            tables = self._tables.copy()
            for write in writes:
                tables.apply(write)
            self._tables = tables
            self._registry_version += sum(isinstance(write, registry.CHANGED_BY) for write in writes)

    async def prune(self, now: Timestamp, *, events_before: Timestamp | None = None) -> Pruned:
        """As the port says."""
        await self._read()
        with self._writing:
            tables = self._tables.copy()
            rows = tables.prune(now, events_before)
            self._tables = tables
        return Pruned(rows)

    async def ready(self) -> None:
        """As the port says."""
        await self._read()

    async def close(self) -> None:
        """As the port says."""
        self._closed = True

    async def _read(self) -> Tables:
        await asyncio.sleep(0)
        if self._closed:
            raise StorageUnavailable("the storage is closed")
        return self._tables
