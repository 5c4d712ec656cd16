"""Signing keys at rest. The newest of an algorithm is the one that was added last."""

from typing import Final, assert_never

from authwright.idp.records import StoredSigningKey
from authwright.idp.storage.statement import Parameters, Row, Statement
from authwright.idp.writes import AddSigningKey, DeleteSigningKey

from . import registry

ALL: Final = """
    SELECT kid, alg, sealed_private_jwk, created_at, activates_at, removes_at
    FROM signing_keys ORDER BY position
"""

_ADD: Final = """
    INSERT INTO signing_keys (kid, alg, sealed_private_jwk, created_at, activates_at, removes_at)
    SELECT :kid, :alg, :sealed_private_jwk, :created_at, :activates_at, :removes_at
    WHERE (
        SELECT newest.kid FROM signing_keys AS newest WHERE newest.alg = :alg
        ORDER BY newest.position DESC LIMIT 1
    ) IS NOT DISTINCT FROM :successor_of
    ON CONFLICT DO NOTHING
"""

_RETIRE_PREDECESSOR: Final = """
    UPDATE signing_keys SET removes_at = :predecessor_removes_at WHERE kid = :successor_of
"""

_DELETE: Final = "DELETE FROM signing_keys WHERE kid = :kid"


def statements(write: AddSigningKey | DeleteSigningKey) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case AddSigningKey(key, successor_of, predecessor_removes_at):
            added: Parameters = {
                "kid": key.kid,
                "alg": key.alg,
                "sealed_private_jwk": key.sealed_private_jwk,
                "created_at": key.created_at,
                "activates_at": key.activates_at,
                "removes_at": key.removes_at,
                "successor_of": successor_of,
            }
            retired: Parameters = {
                "successor_of": successor_of,
                "predecessor_removes_at": predecessor_removes_at,
            }
            return (
                registry.CHANGED,
                Statement(_ADD, added, guarded=True),
                Statement(_RETIRE_PREDECESSOR, retired),
            )
        case DeleteSigningKey(kid):
            return (registry.CHANGED, Statement(_DELETE, {"kid": kid}))
        case _:
            assert_never(write)


def to_signing_key(row: Row) -> StoredSigningKey:
    """The key in a row of `ALL`."""
    kid, alg, sealed_private_jwk, created_at, activates_at, removes_at = row
    return StoredSigningKey(
        kid=kid,
        alg=alg,
        sealed_private_jwk=bytes(sealed_private_jwk),
        created_at=created_at,
        activates_at=activates_at,
        removes_at=removes_at,
    )
