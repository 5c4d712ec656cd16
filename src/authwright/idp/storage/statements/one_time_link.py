"""Links that work once."""

from typing import Final, assert_never

from authwright.idp.records import OneTimeLink
from authwright.idp.storage.statement import Parameters, Row, Statement
from authwright.idp.writes import AddOneTimeLink, UseOneTimeLink

BY_DIGEST: Final = """
    SELECT link_digest, purpose, subject, expires_at, used_at FROM one_time_links
    WHERE link_digest = :link_digest
"""

_DELETE_UNUSED: Final = """
    DELETE FROM one_time_links WHERE subject = :subject AND purpose = :purpose AND used_at IS NULL
"""

_DELETE_UNUSED_OF_NOBODY: Final = """
    DELETE FROM one_time_links WHERE subject IS NULL AND purpose = :purpose AND used_at IS NULL
"""

_ADD: Final = """
    INSERT INTO one_time_links (link_digest, purpose, subject, expires_at, used_at)
    VALUES (:link_digest, :purpose, :subject, :expires_at, :used_at)
"""

_USE: Final = """
    UPDATE one_time_links SET used_at = :at
    WHERE link_digest = :link_digest AND used_at IS NULL AND expires_at > :at
"""


def statements(write: AddOneTimeLink | UseOneTimeLink) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case AddOneTimeLink(link):
            added: Parameters = {
                "link_digest": link.link_digest,
                "purpose": link.purpose,
                "subject": link.subject,
                "expires_at": link.expires_at,
                "used_at": link.used_at,
            }
            replaced: Parameters = {"purpose": link.purpose, "subject": link.subject}
            delete = _DELETE_UNUSED if link.subject is not None else _DELETE_UNUSED_OF_NOBODY
            return (Statement(delete, replaced), Statement(_ADD, added))
        case UseOneTimeLink(link_digest, at):
            return (Statement(_USE, {"link_digest": link_digest, "at": at}, guarded=True),)
        case _:
            assert_never(write)


def to_one_time_link(row: Row) -> OneTimeLink:
    """The link in a row of `BY_DIGEST`."""
    link_digest, purpose, subject, expires_at, used_at = row
    return OneTimeLink(
        link_digest=link_digest, purpose=purpose, subject=subject, expires_at=expires_at, used_at=used_at
    )
