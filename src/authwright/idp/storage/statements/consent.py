"""Remembered consents."""

from typing import Final, assert_never

from authwright.authorization_server.records import Consent
from authwright.authorization_server.writes import DisconnectClient, SaveConsent
from authwright.idp.storage.columns import from_object, to_object
from authwright.idp.storage.statement import Parameters, Row, Statement
from authwright.oauth.scope import parse_scope

from . import grant

BY_SUBJECT_AND_CLIENT: Final = """
    SELECT subject, client_id, scope, given_at, access FROM consents
    WHERE subject = :subject AND client_id = :client_id
"""

OF_SUBJECT: Final = """
    SELECT subject, client_id, scope, given_at, access FROM consents
    WHERE subject = :subject ORDER BY client_id
"""

_SAVE: Final = """
    INSERT INTO consents (subject, client_id, scope, given_at, access)
    VALUES (:subject, :client_id, :scope, :given_at, :access)
    ON CONFLICT (subject, client_id) DO UPDATE SET
        scope = excluded.scope, given_at = excluded.given_at, access = excluded.access
"""

_DELETE: Final = "DELETE FROM consents WHERE subject = :subject AND client_id = :client_id"

_REVOKE_GRANTS: Final = """
    UPDATE grants SET revoked_at = :at
    WHERE subject = :subject AND client_id = :client_id AND revoked_at IS NULL
"""


def statements(write: SaveConsent | DisconnectClient) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case SaveConsent(consent):
            saved: Parameters = {
                "subject": consent.subject,
                "client_id": consent.client_id,
                "scope": str(consent.scope),
                "given_at": consent.given_at,
                "access": from_object({name: str(scope) for name, scope in consent.access.items()}),
            }
            return (Statement(_SAVE, saved),)
        case DisconnectClient(subject, client_id, at):
            parameters: Parameters = {"subject": subject, "client_id": client_id, "at": at}
            return (
                Statement(grant.LOCK_SESSIONS, parameters),
                Statement(_DELETE, parameters),
                Statement(_REVOKE_GRANTS, parameters),
            )
        case _:
            assert_never(write)


def to_consent(row: Row) -> Consent:
    """The consent in a row of `OF_SUBJECT`."""
    subject, client_id, scope, given_at, access = row
    return Consent(
        subject=subject,
        client_id=client_id,
        scope=parse_scope(scope),
        given_at=given_at,
        access={resource: parse_scope(allowed) for resource, allowed in to_object(access).items()},
    )
