"""
Every change that a decision can ask for.

A write with a **guard** holds only if its condition still holds when it is applied; otherwise the whole
batch is undone and `Conflict` is raised. Single use is therefore a property of a write and not of anybody's
care: of two requests that read the same unspent code, the second to commit learns that it was second.
"""

from dataclasses import dataclass

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
    Step,
)
from authwright.oauth.types import ClientId, Digest, GrantId, SessionId, Subject, Timestamp


@dataclass(frozen=True, slots=True)
class SaveClient:
    """Insert or replace."""

    client: Client


@dataclass(frozen=True, slots=True)
class DeleteClient:
    """The client, its consents, its grants and all that hangs from them. No error when absent."""

    client_id: ClientId


@dataclass(frozen=True, slots=True)
class SaveProtectedResource:
    """Insert or replace."""

    protected_resource: ProtectedResource


@dataclass(frozen=True, slots=True)
class DeleteProtectedResource:
    """No error when absent. Tokens already issued for it live out their time."""

    resource: str


@dataclass(frozen=True, slots=True)
class AddSession:
    """Guard: neither the session id nor the cookie's digest exists."""

    session: Session


@dataclass(frozen=True, slots=True)
class RenewSession:
    """
    The same person proved again who they are in the same browser: the session goes on under its id, with a
    new cookie and a new ``auth_time``, and what hangs from it lives on.

    *session* takes the place of the stored one. Guard: that is of the same subject, has not ended, and still
    has the cookie's digest *former_digest*.
    """

    session: Session
    former_digest: Digest


@dataclass(frozen=True, slots=True)
class EndSession:
    """The session, and every grant made in it that is not offline, are over. Idempotent."""

    session_id: SessionId
    at: Timestamp


@dataclass(frozen=True, slots=True)
class EndSessionsOf:
    """`EndSession` for every session of *subject* except *keep*."""

    subject: Subject
    at: Timestamp
    keep: SessionId | None = None


@dataclass(frozen=True, slots=True)
class AddInteraction:
    """Guard: the digest is new."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class CompleteStep:
    """Adds *step* to the interaction's completed steps. Guard: the interaction has not ended."""

    interaction_digest: Digest
    step: Step


@dataclass(frozen=True, slots=True)
class EndInteraction:
    """Guard: the interaction has not ended, so one interaction yields one authorization response."""

    interaction_digest: Digest
    at: Timestamp


@dataclass(frozen=True, slots=True)
class SaveConsent:
    """Insert or replace the consent of (subject, client)."""

    consent: Consent


@dataclass(frozen=True, slots=True)
class DisconnectClient:
    """*subject* takes back the consent to *client_id*, and every grant that came from it is revoked."""

    subject: Subject
    client_id: ClientId
    at: Timestamp


@dataclass(frozen=True, slots=True)
class AddGrant:
    """Guard: the id is new, and the session it hangs from has not ended."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class RevokeGrant:
    """Everything the grant gave is over. Idempotent: the first time stands."""

    grant_id: GrantId
    at: Timestamp


@dataclass(frozen=True, slots=True)
class RevokeGrantsOf:
    """`RevokeGrant` for every grant of *subject*, offline ones too: a closed or disabled account."""

    subject: Subject
    at: Timestamp


@dataclass(frozen=True, slots=True)
class AddAuthorizationCode:
    """Guard: the digest is new. Stores the code's own fields; the grant is added by `AddGrant`."""

    code: AuthorizationCode


@dataclass(frozen=True, slots=True)
class RedeemCode:
    """Guard: not redeemed yet, and its grant not revoked."""

    code_digest: Digest
    at: Timestamp


@dataclass(frozen=True, slots=True)
class AddRefreshToken:
    """Guard: the digest is new, and the grant not revoked. Stores the token's own fields."""

    refresh_token: RefreshToken


@dataclass(frozen=True, slots=True)
class RotateRefreshToken:
    """Guard: not rotated yet, and its grant not revoked."""

    refresh_token_digest: Digest
    at: Timestamp


@dataclass(frozen=True, slots=True)
class AddOpaqueAccessToken:
    """Guard: the digest is new; when it hangs from a grant, the grant is not revoked."""

    access_token: OpaqueAccessToken


@dataclass(frozen=True, slots=True)
class RevokeOpaqueAccessToken:
    """Idempotent. No error when absent."""

    access_token_digest: Digest
    at: Timestamp


@dataclass(frozen=True, slots=True)
class RevokeJti:
    """A JWT access token is revoked before its time; remembered until *expires_at*. Idempotent."""

    jti: str
    expires_at: Timestamp


@dataclass(frozen=True, slots=True)
class ClaimJti:
    """Guard: *client_id* has not used *jti* before. Remembered until *expires_at* (:rfc:`7523#section-3`)."""

    client_id: ClientId
    jti: str
    expires_at: Timestamp


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Append to the audit log."""

    event: Event


Write = (
    SaveClient
    | DeleteClient
    | SaveProtectedResource
    | DeleteProtectedResource
    | AddSession
    | RenewSession
    | EndSession
    | EndSessionsOf
    | AddInteraction
    | CompleteStep
    | EndInteraction
    | SaveConsent
    | DisconnectClient
    | AddGrant
    | RevokeGrant
    | RevokeGrantsOf
    | AddAuthorizationCode
    | RedeemCode
    | AddRefreshToken
    | RotateRefreshToken
    | AddOpaqueAccessToken
    | RevokeOpaqueAccessToken
    | RevokeJti
    | ClaimJti
    | RecordEvent
)
"""Closed: a storage matches on it exhaustively, so a new kind of write fails its type check until handled."""
