"""
The port to storage: reads, and one method that changes anything.

What each method guarantees is written here and tested, sentence by sentence, by ``tests/contract``.
"""

from collections.abc import Sequence
from typing import Protocol

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
from authwright.authorization_server.writes import Write
from authwright.oauth.types import ClientId, Digest, GrantId, SessionId, Subject


class Conflict(Exception):
    """
    The guard of a write did not hold, and nothing of the batch was applied. Read again and decide again.

    *write* is the one whose guard failed.
    """

    def __init__(self, write: object) -> None:
        super().__init__(type(write).__name__)
        self.write = write


class StorageUnavailable(Exception):
    """
    The storage cannot answer now: disk full, locked for too long, connection lost.

    Of a `commit` that raises this, nothing was applied, or it is unknown whether it was; nothing was
    acknowledged. Answered with 503 and ``Retry-After``.
    """


class Storage(Protocol):
    """
    What an authorization server keeps.

    **Reads** return None when there is no such record. They return records that are expired, spent or
    revoked too, with the mark that says so: only a decision knows what that means. A read that starts after
    a `commit` returned, on any node, sees what it wrote; only a change of a client or an API may be seen by
    other nodes than the one that wrote it up to 250 ms later. All methods do I/O and may raise
    `StorageUnavailable`.
    """

    async def client(self, client_id: ClientId) -> Client | None:
        """The client registered under exactly *client_id*, disabled ones included."""
        ...

    async def protected_resources(self) -> tuple[ProtectedResource, ...]:
        """All APIs, ordered by resource. There are few, and scope rules need them all."""
        ...

    async def session(self, secret_digest: Digest) -> Session | None:
        """The session whose cookie has this digest."""
        ...

    async def session_by_id(self, session_id: SessionId) -> Session | None:
        """The session that an ID token calls ``sid``."""
        ...

    async def interaction(self, interaction_digest: Digest) -> Interaction | None:
        """The authorization request in progress."""
        ...

    async def consent(self, subject: Subject, client_id: ClientId) -> Consent | None:
        """The remembered consent."""
        ...

    async def grant(self, grant_id: GrantId, *, unless_revoked: str | None = None) -> Grant | None:
        """
        The grant; None also when `RevokeJti` named *unless_revoked*, the ``jti`` of one of its tokens.

        So whoever is shown a JWT learns in one read what became of it.
        """
        ...

    async def authorization_code(self, code_digest: Digest) -> AuthorizationCode | None:
        """The code with its grant, both as of one moment."""
        ...

    async def refresh_token(self, refresh_token_digest: Digest) -> RefreshToken | None:
        """The refresh token with its grant, both as of one moment."""
        ...

    async def opaque_access_token(self, access_token_digest: Digest) -> OpaqueAccessToken | None:
        """The access token with its grant, both as of one moment."""
        ...

    async def jti_revoked(self, jti: str) -> bool:
        """Whether `RevokeJti` named this JWT access token, until it expires."""
        ...

    async def commit(self, writes: Sequence[Write]) -> None:
        """
        Apply all *writes* in order, or none of them.

        When it returns, the writes are durable: they survive the death of the process and, with the
        default settings, of the machine. Raises `Conflict` when a guard does not hold; of concurrent
        commits whose guards exclude each other, exactly one returns. An empty sequence does nothing. Text
        that a storage cannot hold (half a surrogate pair; in PostgreSQL, NUL) raises `ValueError`.
        """
        ...
