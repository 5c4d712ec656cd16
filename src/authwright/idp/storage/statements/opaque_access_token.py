"""Access tokens by reference, each read with its grant, if it has one, in one statement."""

from typing import Final, assert_never

from authwright.authorization_server.records import OpaqueAccessToken
from authwright.authorization_server.writes import AddOpaqueAccessToken, RevokeOpaqueAccessToken
from authwright.idp.storage.columns import from_list, to_tuple
from authwright.idp.storage.statement import Row, Statement, Value
from authwright.oauth.scope import parse_scope

from . import grant

BY_DIGEST: Final = f"""
    SELECT
        access_token_digest, opaque_access_tokens.client_id, opaque_access_tokens.subject,
        opaque_access_tokens.scope, opaque_access_tokens.resources, issued_at,
        opaque_access_tokens.expires_at, opaque_access_tokens.revoked_at, {grant.COLUMNS}
    FROM opaque_access_tokens LEFT JOIN grants ON grants.grant_id = opaque_access_tokens.grant_id
    WHERE access_token_digest = :access_token_digest
"""  # noqa: S608  # constants

_ADD: Final = """
    INSERT INTO opaque_access_tokens (
        access_token_digest, client_id, subject, scope, resources, issued_at, expires_at, revoked_at
    )
    VALUES (
        :access_token_digest, :client_id, :subject, :scope, :resources, :issued_at, :expires_at, :revoked_at
    )
    ON CONFLICT DO NOTHING
"""

_ADD_TO_GRANT: Final = """
    INSERT INTO opaque_access_tokens (
        access_token_digest, grant_id, client_id, subject, scope, resources, issued_at, expires_at, revoked_at
    )
    SELECT
        :access_token_digest, grants.grant_id, :client_id, :subject, :scope, :resources, :issued_at,
        :expires_at, :revoked_at
    FROM grants WHERE grants.grant_id = :grant_id AND grants.revoked_at IS NULL
    /*+ FOR SHARE */
    ON CONFLICT DO NOTHING
"""

_REVOKE: Final = """
    UPDATE opaque_access_tokens SET revoked_at = :at
    WHERE access_token_digest = :access_token_digest AND revoked_at IS NULL
"""


def statements(write: AddOpaqueAccessToken | RevokeOpaqueAccessToken) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case AddOpaqueAccessToken(access_token):
            return (_add(access_token),)
        case RevokeOpaqueAccessToken(access_token_digest, at):
            return (Statement(_REVOKE, {"access_token_digest": access_token_digest, "at": at}),)
        case _:
            assert_never(write)


def _add(access_token: OpaqueAccessToken) -> Statement:
    parameters: dict[str, Value] = {
        "access_token_digest": access_token.access_token_digest,
        "client_id": access_token.client_id,
        "subject": access_token.subject,
        "scope": str(access_token.scope),
        "resources": from_list(access_token.resources),
        "issued_at": access_token.issued_at,
        "expires_at": access_token.expires_at,
        "revoked_at": access_token.revoked_at,
    }
    if access_token.grant is None:
        return Statement(_ADD, parameters, guarded=True)
    return Statement(_ADD_TO_GRANT, parameters | {"grant_id": access_token.grant.grant_id}, guarded=True)


def to_opaque_access_token(row: Row) -> OpaqueAccessToken:
    """The access token in a row of `BY_DIGEST`."""
    (
        access_token_digest,
        client_id,
        subject,
        scope,
        resources,
        issued_at,
        expires_at,
        revoked_at,
        *of_grant,
    ) = row
    return OpaqueAccessToken(
        access_token_digest=access_token_digest,
        grant=grant.to_grant(tuple(of_grant)) if of_grant[0] is not None else None,
        client_id=client_id,
        subject=subject,
        scope=parse_scope(scope),
        resources=to_tuple(resources),
        issued_at=issued_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )
