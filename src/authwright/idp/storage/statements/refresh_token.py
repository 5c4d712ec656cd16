"""Refresh tokens, each read with its grant in one statement."""

from typing import Final, assert_never

from authwright.authorization_server.records import RefreshToken
from authwright.authorization_server.writes import AddRefreshToken, RotateRefreshToken
from authwright.idp.storage.statement import Parameters, Row, Statement

from . import grant

BY_DIGEST: Final = f"""
    SELECT refresh_token_digest, issued_at, refresh_tokens.expires_at, rotated_at, {grant.COLUMNS}
    FROM refresh_tokens JOIN grants ON grants.grant_id = refresh_tokens.grant_id
    WHERE refresh_token_digest = :refresh_token_digest
"""  # noqa: S608  # constants

_ADD: Final = """
    INSERT INTO refresh_tokens (refresh_token_digest, grant_id, issued_at, expires_at, rotated_at)
    SELECT :refresh_token_digest, grants.grant_id, :issued_at, :expires_at, :rotated_at
    FROM grants WHERE grants.grant_id = :grant_id AND grants.revoked_at IS NULL
    /*+ FOR SHARE */
    ON CONFLICT DO NOTHING
"""

_ROTATE: Final = """
    UPDATE refresh_tokens SET rotated_at = :at
    WHERE refresh_token_digest = :refresh_token_digest AND rotated_at IS NULL
    AND EXISTS (
        SELECT 1 FROM grants
        WHERE grants.grant_id = refresh_tokens.grant_id AND grants.revoked_at IS NULL
        /*+ FOR SHARE */
    )
"""


def statements(write: AddRefreshToken | RotateRefreshToken) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case RotateRefreshToken(refresh_token_digest, at):
            rotation: Parameters = {"refresh_token_digest": refresh_token_digest, "at": at}
            return (Statement(_ROTATE, rotation, guarded=True),)
        case AddRefreshToken(refresh_token):
            parameters: Parameters = {
                "refresh_token_digest": refresh_token.refresh_token_digest,
                "grant_id": refresh_token.grant.grant_id,
                "issued_at": refresh_token.issued_at,
                "expires_at": refresh_token.expires_at,
                "rotated_at": refresh_token.rotated_at,
            }
            return (Statement(_ADD, parameters, guarded=True),)
        case _:
            assert_never(write)


def to_refresh_token(row: Row) -> RefreshToken:
    """The refresh token in a row of `BY_DIGEST`."""
    refresh_token_digest, issued_at, expires_at, rotated_at, *of_grant = row
    return RefreshToken(
        refresh_token_digest=refresh_token_digest,
        grant=grant.to_grant(tuple(of_grant)),
        issued_at=issued_at,
        expires_at=expires_at,
        rotated_at=rotated_at,
    )
