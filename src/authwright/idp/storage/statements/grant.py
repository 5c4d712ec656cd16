"""Grants: the root from which codes and tokens hang."""

from typing import Final, assert_never

from authwright.authorization_server.records import Grant
from authwright.authorization_server.writes import AddGrant, RevokeGrant, RevokeGrantsOf
from authwright.idp.storage.columns import from_list, to_tuple
from authwright.idp.storage.statement import Parameters, Row, Statement, Value
from authwright.oauth.scope import parse_scope

COLUMNS: Final = """
    grants.grant_id, grants.client_id, grants.subject, grants.session_id, grants.scope, grants.resources,
    grants.auth_time, grants.acr, grants.amr, grants.offline, grants.created_at, grants.expires_at,
    grants.revoked_at
"""

BY_ID: Final = f"SELECT {COLUMNS} FROM grants WHERE grant_id = :grant_id"  # noqa: S608  # constants

OF_TOKEN: Final = f"""
    SELECT {COLUMNS} FROM grants WHERE grant_id = :grant_id
    AND NOT EXISTS (SELECT 1 FROM revoked_jtis WHERE jti = :jti)
"""  # noqa: S608  # constants

LIVE_OF_SUBJECT: Final = f"""
    SELECT {COLUMNS} FROM grants WHERE subject = :subject AND revoked_at IS NULL
    ORDER BY created_at DESC, grant_id DESC
"""  # noqa: S608  # constants

_ADD: Final = """
    INSERT INTO grants (
        grant_id, client_id, subject, session_id, scope, resources, auth_time, acr, amr, offline, created_at,
        expires_at, revoked_at
    )
    SELECT
        :grant_id, :client_id, :subject, sessions.session_id, :scope, :resources, :auth_time, :acr, :amr,
        :offline, :created_at, :expires_at, :revoked_at
    FROM sessions WHERE sessions.session_id = :session_id AND sessions.ended_at IS NULL
    /*+ FOR SHARE */
    ON CONFLICT DO NOTHING
"""

_REVOKE: Final = "UPDATE grants SET revoked_at = :at WHERE grant_id = :grant_id AND revoked_at IS NULL"

# Grants that are being added hold their session: wait for them, so that the next statement sees them too.
LOCK_SESSIONS: Final = "SELECT 1 FROM sessions WHERE subject = :subject /*+ FOR NO KEY UPDATE */"

_REVOKE_OF_SUBJECT: Final = """
    UPDATE grants SET revoked_at = :at WHERE subject = :subject AND revoked_at IS NULL
"""


def statements(write: AddGrant | RevokeGrant | RevokeGrantsOf) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case AddGrant(grant):
            return (Statement(_ADD, _to_row(grant), guarded=True),)
        case RevokeGrant(grant_id, at):
            return (Statement(_REVOKE, {"grant_id": grant_id, "at": at}),)
        case RevokeGrantsOf(subject, at):
            revoked: Parameters = {"subject": subject, "at": at}
            return (Statement(LOCK_SESSIONS, {"subject": subject}), Statement(_REVOKE_OF_SUBJECT, revoked))
        case _:
            assert_never(write)


def _to_row(grant: Grant) -> dict[str, Value]:
    return {
        "grant_id": grant.grant_id,
        "client_id": grant.client_id,
        "subject": grant.subject,
        "session_id": grant.session_id,
        "scope": str(grant.scope),
        "resources": from_list(grant.resources),
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": from_list(grant.amr),
        "offline": int(grant.offline),
        "created_at": grant.created_at,
        "expires_at": grant.expires_at,
        "revoked_at": grant.revoked_at,
    }


def to_grant(row: Row) -> Grant:
    """The grant in a row of `COLUMNS`."""
    (
        grant_id,
        client_id,
        subject,
        session_id,
        scope,
        resources,
        auth_time,
        acr,
        amr,
        offline,
        created_at,
        expires_at,
        revoked_at,
    ) = row
    return Grant(
        grant_id=grant_id,
        client_id=client_id,
        subject=subject,
        session_id=session_id,
        scope=parse_scope(scope),
        resources=to_tuple(resources),
        auth_time=auth_time,
        acr=acr,
        amr=to_tuple(amr),
        offline=bool(offline),
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )
