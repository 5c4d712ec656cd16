"""
End everything that was issued before a time: what a database tells of revocations may be older than they are.

Each kind of artefact ends where a look-up of it asks: sessions and the grants from which codes and tokens
hang, opaque access tokens, sign-ins in progress, and links that set a password. A JWT access token is refused
with its grant where this server is asked, and elsewhere ends within its minutes.
"""

from typing import Final

from authwright.idp.storage.statement import Parameters, Statement
from authwright.oauth.types import Timestamp

# A grant that is not offline ends with its session, whenever it was made in it.
_GRANTS: Final = """
    UPDATE grants SET revoked_at = :at
    WHERE revoked_at IS NULL AND (
        created_at < :before
        OR (
            offline = 0
            AND session_id IN (SELECT session_id FROM sessions WHERE authenticated_at < :before)
        )
    )
"""

_SESSIONS: Final = """
    UPDATE sessions SET ended_at = :at WHERE ended_at IS NULL AND authenticated_at < :before
"""

_OPAQUE_ACCESS_TOKENS: Final = """
    UPDATE opaque_access_tokens SET revoked_at = :at WHERE revoked_at IS NULL AND issued_at < :before
"""

_INTERACTIONS: Final = """
    UPDATE interactions SET ended_at = :at WHERE ended_at IS NULL AND created_at < :before
"""

# Nothing tells when a link was made, so none is spared. Another is made in a moment.
_ONE_TIME_LINKS: Final = "UPDATE one_time_links SET used_at = :at WHERE used_at IS NULL"


def revocation(before: Timestamp, *, at: Timestamp) -> tuple[Statement, ...]:
    """What ends, at the time *at*, everything that was issued before *before*."""
    times: Parameters = {"before": before, "at": at}
    return (
        Statement(_GRANTS, times),
        Statement(_SESSIONS, times),
        Statement(_OPAQUE_ACCESS_TOKENS, times),
        Statement(_INTERACTIONS, times),
        Statement(_ONE_TIME_LINKS, {"at": at}),
    )
