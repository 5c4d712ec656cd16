"""What the audit log can say. An `Event` is one more write in the commit that it tells of."""

from dataclasses import dataclass
from enum import StrEnum

from authwright.authorization_server.records import Grant
from authwright.oauth.types import ClientId, GrantId, SessionId, Subject, Timestamp


class EventKind(StrEnum):
    """Names are stable: dashboards and alerts depend on them."""

    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGIN_THROTTLED = "login.throttled"
    LOGOUT = "logout"
    SESSION_ENDED = "session.ended"
    CONSENT_GIVEN = "consent.given"
    CONSENT_REVOKED = "consent.revoked"
    CODE_ISSUED = "code.issued"
    CODE_REPLAYED = "code.replayed"
    TOKEN_ISSUED = "token.issued"
    TOKEN_REFRESHED = "token.refreshed"
    TOKEN_REVOKED = "token.revoked"
    REFRESH_TOKEN_REUSED = "refresh_token.reused"
    CLIENT_SAVED = "client.saved"
    CLIENT_DELETED = "client.deleted"
    RESOURCE_SAVED = "resource.saved"
    RESOURCE_DELETED = "resource.deleted"
    GROUP_SAVED = "group.saved"
    GROUP_DELETED = "group.deleted"
    ACCOUNT_SAVED = "account.saved"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_DELETED = "account.deleted"
    PASSWORD_CHANGED = "password.changed"
    ADMIN_RECOVERED = "admin.recovered"
    KEY_ROTATED = "key.rotated"
    KEY_WITHDRAWN = "key.withdrawn"
    REALM_RESTORED = "realm.restored"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit log: what happened, when, to whom. Never a token, never a secret."""

    kind: EventKind
    at: Timestamp
    client_id: ClientId | None = None
    subject: Subject | None = None
    session_id: SessionId | None = None
    grant_id: GrantId | None = None
    network: str = ""
    detail: str = ""


def grant_event(kind: EventKind, grant: Grant, at: Timestamp, *, network: str, detail: str = "") -> Event:
    """What happened to *grant*: its client, its person and its session with it."""
    return Event(
        kind,
        at,
        client_id=grant.client_id,
        subject=grant.subject,
        session_id=grant.session_id,
        grant_id=grant.grant_id,
        network=network,
        detail=detail,
    )
