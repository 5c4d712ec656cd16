"""
Storage in one SQLite file: for one machine, and as many processes on it as one likes.

Write-ahead log, flushed at every commit (``synchronous=FULL``): with less, a power loss could take back the
last commits, and a code that was spent would be fresh again. Writes go through `GroupCommit`. Reads are
single statements run where they are called, on a connection that holds no transaction between them; each
therefore sees everything committed by then, whichever process did it, and takes some ten microseconds.
"""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, final

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
from authwright.authorization_server.storage import Conflict, StorageUnavailable
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.records import Account, Group, OneTimeLink, StoredSigningKey
from authwright.idp.writes import Write
from authwright.oauth.types import ClientId, Digest, GrantId, SessionId, Subject, Timestamp

from . import prune, sqlite_file
from .group_commit import GroupCommit
from .migrate import Migration
from .plan import plan
from .port import ProductStorage, Pruned
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

_MOST_REMEMBERED_CLIENTS: Final = 10_000

_NOTHING: Final[Parameters] = {}

_READY: Final = "UPDATE readiness SET checks = checks + 1"


class _Registry:
    """What is remembered of clients and resources while the registry has this version."""

    __slots__ = ("clients", "protected_resources", "version")

    def __init__(self, version: int) -> None:
        self.version = version
        self.clients: dict[ClientId, Client] = {}
        self.protected_resources: tuple[ProtectedResource, ...] | None = None


@final
class SqliteStorage(ProductStorage):
    """A `ProductStorage` in one file. Made by `open`."""

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], committed: Callable[[Event], object]
    ) -> None:
        self._connect = connect
        self._committed = committed
        self._connection: sqlite3.Connection | None = None
        self._reading = threading.Lock()
        self._closed = False
        self._writer = GroupCommit(connect)
        self._registry = _Registry(-1)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        busy_timeout: timedelta = timedelta(seconds=5),
        committed: Callable[[Event], object] = lambda _event: None,
    ) -> "SqliteStorage":
        """
        The storage in the file *path*, made readable to its owner only when it is not there, and brought
        to this release's schema.

        Waits for the disk, so it belongs before the event loop's work. *busy_timeout* is how long a write
        waits for other processes. *committed* is told of every audit event once it is durable. Raises
        `SchemaTooNew`, `StorageUnavailable`, and `OSError` when the file cannot be made.
        """
        try:
            sqlite_file.prepare(path, busy_timeout)
        except sqlite3.Error as error:
            raise StorageUnavailable("the database could not be opened") from error
        return cls(lambda: sqlite_file.connect(path, busy_timeout), committed)

    @staticmethod
    def pending_migrations(path: Path) -> tuple[Migration, ...]:
        """
        What `open` would do to the schema of the file *path*, which has to be there. Changes nothing.

        Raises `SchemaTooNew`, `StorageUnavailable`.
        """
        try:
            return sqlite_file.pending_migrations(path)
        except sqlite3.Error as error:
            raise StorageUnavailable("the database could not be read") from error

    @override
    async def client(self, client_id: ClientId) -> Client | None:
        current = self._current_registry()
        known = current.clients.get(client_id)
        if known is None and (row := self._row(client.BY_ID, {"client_id": client_id})):
            if len(current.clients) >= _MOST_REMEMBERED_CLIENTS:
                current.clients.clear()
            known = current.clients[client_id] = client.to_client(row)
        return known

    @override
    async def protected_resources(self) -> tuple[ProtectedResource, ...]:
        current = self._current_registry()
        if current.protected_resources is None:
            rows = self._rows(protected_resource.ALL)
            current.protected_resources = tuple(map(protected_resource.to_protected_resource, rows))
        return current.protected_resources

    def _current_registry(self) -> _Registry:
        """
        Read before what is remembered under its version, so that what is newer than the version at worst
        is read once more.
        """
        ((version,),) = self._rows(registry.VERSION)
        if version != self._registry.version:
            self._registry = _Registry(version)
        return self._registry

    @override
    async def clients(self) -> tuple[Client, ...]:
        return tuple(map(client.to_client, self._rows(client.ALL)))

    @override
    async def session(self, secret_digest: Digest) -> Session | None:
        row = self._row(session.BY_SECRET, {"secret_digest": secret_digest})
        return session.to_session(row) if row else None

    @override
    async def session_by_id(self, session_id: SessionId) -> Session | None:
        row = self._row(session.BY_ID, {"session_id": session_id})
        return session.to_session(row) if row else None

    @override
    async def sessions_of(self, subject: Subject) -> tuple[Session, ...]:
        return tuple(map(session.to_session, self._rows(session.OPEN_OF_SUBJECT, {"subject": subject})))

    @override
    async def interaction(self, interaction_digest: Digest) -> Interaction | None:
        row = self._row(interaction.BY_DIGEST, {"interaction_digest": interaction_digest})
        return interaction.to_interaction(row) if row else None

    @override
    async def consent(self, subject: Subject, client_id: ClientId) -> Consent | None:
        row = self._row(consent.BY_SUBJECT_AND_CLIENT, {"subject": subject, "client_id": client_id})
        return consent.to_consent(row) if row else None

    @override
    async def consents_of(self, subject: Subject) -> tuple[Consent, ...]:
        return tuple(map(consent.to_consent, self._rows(consent.OF_SUBJECT, {"subject": subject})))

    @override
    async def grant(self, grant_id: GrantId) -> Grant | None:
        row = self._row(grant.BY_ID, {"grant_id": grant_id})
        return grant.to_grant(row) if row else None

    @override
    async def grants_of(self, subject: Subject) -> tuple[Grant, ...]:
        return tuple(map(grant.to_grant, self._rows(grant.LIVE_OF_SUBJECT, {"subject": subject})))

    @override
    async def authorization_code(self, code_digest: Digest) -> AuthorizationCode | None:
        row = self._row(authorization_code.BY_DIGEST, {"code_digest": code_digest})
        return authorization_code.to_authorization_code(row) if row else None

    @override
    async def refresh_token(self, refresh_token_digest: Digest) -> RefreshToken | None:
        row = self._row(refresh_token.BY_DIGEST, {"refresh_token_digest": refresh_token_digest})
        return refresh_token.to_refresh_token(row) if row else None

    @override
    async def opaque_access_token(self, access_token_digest: Digest) -> OpaqueAccessToken | None:
        row = self._row(opaque_access_token.BY_DIGEST, {"access_token_digest": access_token_digest})
        return opaque_access_token.to_opaque_access_token(row) if row else None

    @override
    async def jti_revoked(self, jti: str) -> bool:
        return bool(self._rows(jti_statements.REVOKED, {"jti": jti}))

    @override
    async def account(self, subject: Subject) -> Account | None:
        row = self._row(account.BY_SUBJECT, {"subject": subject})
        return account.to_account(row) if row else None

    @override
    async def account_by_username(self, normal_username: str) -> Account | None:
        row = self._row(account.BY_USERNAME, {"normal_username": normal_username})
        return account.to_account(row) if row else None

    @override
    async def accounts(self, *, after: str = "", limit: int = 100) -> tuple[Account, ...]:
        return tuple(map(account.to_account, self._rows(account.PAGE, {"after": after, "limit": limit})))

    @override
    async def groups(self) -> tuple[Group, ...]:
        return tuple(map(group.to_group, self._rows(group.ALL)))

    @override
    async def signing_keys(self) -> tuple[StoredSigningKey, ...]:
        return tuple(map(signing_key.to_signing_key, self._rows(signing_key.ALL)))

    @override
    async def one_time_link(self, link_digest: Digest) -> OneTimeLink | None:
        row = self._row(one_time_link.BY_DIGEST, {"link_digest": link_digest})
        return one_time_link.to_one_time_link(row) if row else None

    @override
    async def events(self, *, limit: int = 100) -> tuple[Event, ...]:
        return tuple(map(event.to_event, self._rows(event.NEWEST, {"limit": limit})))

    @override
    async def commit(self, writes: Sequence[Write]) -> None:
        if writes:
            await self._writer.run(partial(_apply, writes))
            for write in writes:
                if isinstance(write, RecordEvent):
                    self._committed(write.event)

    @override
    async def prune(self, now: Timestamp) -> Pruned:
        removed: dict[str, int] = {}
        values = prune.parameters(now)
        for table, sql in prune.RULES:
            rows = await self._writer.run(partial(_run, sql, values))
            removed[table] = removed.get(table, 0) + rows
        return Pruned(tuple(removed.items()))

    @override
    async def ready(self) -> None:
        await self._writer.run(partial(_run, _READY, _NOTHING))

    @override
    async def close(self) -> None:
        self._closed = True
        await self._writer.close()
        self._drop_connection()

    def _row(self, sql: str, parameters: Parameters) -> Row | None:
        rows = self._rows(sql, parameters)
        return rows[0] if rows else None

    def _rows(self, sql: str, parameters: Parameters = _NOTHING) -> list[Row]:
        """
        All rows at once: a statement that has run to its end holds no snapshot.

        One at a time, in case loops in several threads read: statements that overlap on one connection share
        a snapshot, so the later might not see what was committed before it, and share their parameters too.
        """
        if self._closed:
            raise StorageUnavailable("the storage is closed")
        try:
            with self._reading:
                if self._connection is None:
                    self._connection = self._connect()
                return self._connection.execute(sql, parameters).fetchall()
        except UnicodeEncodeError:
            # Half a surrogate pair cannot be stored, so nothing is found by it.
            return []
        except sqlite3.Error as error:
            if sqlite_file.is_about_the_statement(error):
                raise
            self._drop_connection()
            raise StorageUnavailable("the database could not be read") from error

    def _drop_connection(self) -> None:
        with self._reading:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _run(sql: str, parameters: Parameters, connection: sqlite3.Connection) -> int:
    """How many rows it touched."""
    return connection.execute(sql, parameters).rowcount


def _apply(writes: Sequence[Write], connection: sqlite3.Connection) -> None:
    for write in writes:
        for sql, parameters, guarded in plan(write):
            if connection.execute(sql, parameters).rowcount == 0 and guarded:
                raise Conflict(write)
