"""The audit log."""

from typing import Final

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.storage.statement import Parameters, Row, Statement

NEWEST: Final = """
    SELECT kind, at, client_id, subject, session_id, grant_id, network, detail
    FROM events ORDER BY position DESC LIMIT :limit
"""

_RECORD: Final = """
    INSERT INTO events (kind, at, client_id, subject, session_id, grant_id, network, detail)
    VALUES (:kind, :at, :client_id, :subject, :session_id, :grant_id, :network, :detail)
"""


def statements(write: RecordEvent) -> tuple[Statement, ...]:
    """What *write* does."""
    event = write.event
    parameters: Parameters = {
        "kind": event.kind.value,
        "at": event.at,
        "client_id": event.client_id,
        "subject": event.subject,
        "session_id": event.session_id,
        "grant_id": event.grant_id,
        "network": event.network,
        "detail": event.detail,
    }
    return (Statement(_RECORD, parameters),)


def to_event(row: Row) -> Event:
    """The event in a row of `NEWEST`."""
    kind, at, client_id, subject, session_id, grant_id, network, detail = row
    return Event(
        kind=EventKind(kind),
        at=at,
        client_id=client_id,
        subject=subject,
        session_id=session_id,
        grant_id=grant_id,
        network=network,
        detail=detail,
    )
