"""Authorization codes, each read with its grant in one statement."""

from typing import Final, assert_never

from authwright.authorization_server.records import AuthorizationCode
from authwright.authorization_server.writes import AddAuthorizationCode, RedeemCode
from authwright.idp.storage.statement import Parameters, Row, Statement

from . import grant

BY_DIGEST: Final = f"""
    SELECT
        code_digest, redirect_uri, code_challenge, nonce, issued_at, authorization_codes.expires_at,
        redeemed_at, {grant.COLUMNS}
    FROM authorization_codes JOIN grants ON grants.grant_id = authorization_codes.grant_id
    WHERE code_digest = :code_digest
"""  # noqa: S608  # constants

_ADD: Final = """
    INSERT INTO authorization_codes (
        code_digest, grant_id, redirect_uri, code_challenge, nonce, issued_at, expires_at, redeemed_at
    )
    SELECT
        :code_digest, grants.grant_id, :redirect_uri, :code_challenge, :nonce, :issued_at, :expires_at,
        :redeemed_at
    FROM grants WHERE grants.grant_id = :grant_id
    /*+ FOR KEY SHARE */
    ON CONFLICT DO NOTHING
"""

_REDEEM: Final = """
    UPDATE authorization_codes SET redeemed_at = :at
    WHERE code_digest = :code_digest AND redeemed_at IS NULL
    AND EXISTS (
        SELECT 1 FROM grants
        WHERE grants.grant_id = authorization_codes.grant_id AND grants.revoked_at IS NULL
        /*+ FOR SHARE */
    )
"""


def statements(write: AddAuthorizationCode | RedeemCode) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case RedeemCode(code_digest, at):
            return (Statement(_REDEEM, {"code_digest": code_digest, "at": at}, guarded=True),)
        case AddAuthorizationCode(code):
            parameters: Parameters = {
                "code_digest": code.code_digest,
                "grant_id": code.grant.grant_id,
                "redirect_uri": code.redirect_uri,
                "code_challenge": code.code_challenge,
                "nonce": code.nonce,
                "issued_at": code.issued_at,
                "expires_at": code.expires_at,
                "redeemed_at": code.redeemed_at,
            }
            return (Statement(_ADD, parameters, guarded=True),)
        case _:
            assert_never(write)


def to_authorization_code(row: Row) -> AuthorizationCode:
    """The code in a row of `BY_DIGEST`."""
    code_digest, redirect_uri, code_challenge, nonce, issued_at, expires_at, redeemed_at, *of_grant = row
    return AuthorizationCode(
        code_digest=code_digest,
        grant=grant.to_grant(tuple(of_grant)),
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        nonce=nonce,
        issued_at=issued_at,
        expires_at=expires_at,
        redeemed_at=redeemed_at,
    )
