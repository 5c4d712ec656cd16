"""``jti`` values: of access tokens that were revoked, and of client assertions that were used."""

from typing import Final, assert_never

from authwright.authorization_server.writes import ClaimJti, RevokeJti
from authwright.idp.storage.statement import Parameters, Statement
from authwright.oauth.types import digest

REVOKED: Final = "SELECT 1 FROM revoked_jtis WHERE jti = :jti"

_REVOKE: Final = """
    INSERT INTO revoked_jtis (jti, expires_at) VALUES (:jti, :expires_at)
    ON CONFLICT (jti) DO UPDATE SET expires_at = excluded.expires_at
    WHERE excluded.expires_at > revoked_jtis.expires_at
"""

_CLAIM: Final = """
    INSERT INTO claimed_jtis (client_id, jti, expires_at) VALUES (:client_id, :jti, :expires_at)
    ON CONFLICT DO NOTHING
"""


def statements(write: RevokeJti | ClaimJti) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case RevokeJti(jti, expires_at):
            return (Statement(_REVOKE, {"jti": jti, "expires_at": expires_at}),)
        case ClaimJti(client_id, jti, expires_at):
            # The client chose it: as a digest it is of one length, and fits into an index.
            claim: Parameters = {"client_id": client_id, "jti": digest(jti), "expires_at": expires_at}
            return (Statement(_CLAIM, claim, guarded=True),)
        case _:
            assert_never(write)
