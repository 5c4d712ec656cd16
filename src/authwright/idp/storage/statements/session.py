"""Sessions. The end of one is also the end of the grants that were made in it and are not offline."""

from typing import Final, assert_never

from authwright.authorization_server.records import Session
from authwright.authorization_server.writes import AddSession, EndSession, EndSessionsOf, RenewSession
from authwright.idp.storage.columns import from_list, to_tuple
from authwright.idp.storage.statement import Parameters, Row, Statement, Value

_COLUMNS: Final = """
    session_id, secret_digest, subject, authenticated_at, expires_at, acr, amr, user_agent, network, ended_at
"""

BY_SECRET: Final = f"SELECT {_COLUMNS} FROM sessions WHERE secret_digest = :secret_digest"  # noqa: S608  # constants

BY_ID: Final = f"SELECT {_COLUMNS} FROM sessions WHERE session_id = :session_id"  # noqa: S608  # constants

OPEN_OF_SUBJECT: Final = f"""
    SELECT {_COLUMNS} FROM sessions WHERE subject = :subject AND ended_at IS NULL
    ORDER BY authenticated_at DESC, session_id DESC
"""  # noqa: S608  # constants

_ADD: Final = f"""
    INSERT INTO sessions ({_COLUMNS})
    VALUES (
        :session_id, :secret_digest, :subject, :authenticated_at, :expires_at, :acr, :amr, :user_agent,
        :network, :ended_at
    )
    ON CONFLICT DO NOTHING
"""  # noqa: S608  # constants

_RENEW: Final = """
    UPDATE sessions SET
        secret_digest = :secret_digest, authenticated_at = :authenticated_at, expires_at = :expires_at,
        acr = :acr, amr = :amr, user_agent = :user_agent, network = :network
    WHERE session_id = :session_id AND subject = :subject AND secret_digest = :former_digest
    AND ended_at IS NULL
"""

_END: Final = "UPDATE sessions SET ended_at = :at WHERE session_id = :session_id AND ended_at IS NULL"

_REVOKE_GRANTS: Final = """
    UPDATE grants SET revoked_at = :at
    WHERE session_id = :session_id AND offline = 0 AND revoked_at IS NULL
"""

_END_OF_SUBJECT: Final = """
    UPDATE sessions SET ended_at = :at
    WHERE subject = :subject AND session_id <> :keep AND ended_at IS NULL
"""

# By the sessions and not by the grants' own subject, so that it is what `EndSession` does to each.
_REVOKE_GRANTS_OF_SUBJECT: Final = """
    UPDATE grants SET revoked_at = :at
    WHERE session_id IN (
        SELECT session_id FROM sessions
        WHERE subject = :subject AND session_id <> :keep AND ended_at IS NOT NULL
    )
    AND offline = 0 AND revoked_at IS NULL
"""


def statements(write: AddSession | RenewSession | EndSession | EndSessionsOf) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case AddSession(session):
            return (Statement(_ADD, _to_row(session), guarded=True),)
        case RenewSession(session, former_digest):
            renewed = {**_to_row(session), "former_digest": former_digest}
            del renewed["ended_at"]
            return (Statement(_RENEW, renewed, guarded=True),)
        case EndSession(session_id, at):
            ended: Parameters = {"session_id": session_id, "at": at}
            return (Statement(_END, ended), Statement(_REVOKE_GRANTS, ended))
        case EndSessionsOf(subject, at, keep):
            # No session has the empty identifier.
            all_but: Parameters = {"subject": subject, "keep": keep or "", "at": at}
            return (Statement(_END_OF_SUBJECT, all_but), Statement(_REVOKE_GRANTS_OF_SUBJECT, all_but))
        case _:
            assert_never(write)


def _to_row(session: Session) -> dict[str, Value]:
    return {
        "session_id": session.session_id,
        "secret_digest": session.secret_digest,
        "subject": session.subject,
        "authenticated_at": session.authenticated_at,
        "expires_at": session.expires_at,
        "acr": session.acr,
        "amr": from_list(session.amr),
        "user_agent": session.user_agent,
        "network": session.network,
        "ended_at": session.ended_at,
    }


def to_session(row: Row) -> Session:
    """The session in a row of `BY_ID` and its like."""
    (
        session_id,
        secret_digest,
        subject,
        authenticated_at,
        expires_at,
        acr,
        amr,
        user_agent,
        network,
        ended_at,
    ) = row
    return Session(
        session_id=session_id,
        secret_digest=secret_digest,
        subject=subject,
        authenticated_at=authenticated_at,
        expires_at=expires_at,
        acr=acr,
        amr=to_tuple(amr),
        user_agent=user_agent,
        network=network,
        ended_at=ended_at,
    )
