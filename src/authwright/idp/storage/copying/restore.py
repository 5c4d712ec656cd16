"""
Bring a backup back to life, in an empty database.

A backup knows what was revoked and spent before it was made, and a restored realm goes on refusing it. What
was revoked *after* it was made is not in it and would live again: `restore` can end everything that was
issued before a time, in the same transaction, so that no server ever sees the realm without that.
"""

from contextlib import closing
from datetime import UTC, datetime

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.configuration_error import ConfigurationError, Problem
from authwright.idp.key_encryption import KeyEncryptionKey, WrongKey
from authwright.idp.storage.plan import plan
from authwright.oauth.types import Timestamp

from .backup import Backup
from .copy import copy
from .digest import Contents
from .ends import Source, Target
from .revocation import revocation
from .tables import SIGNING_KEYS


def check_keys(source: Source, key_encryption_key: KeyEncryptionKey) -> None:
    """Raises `ConfigurationError` when *key_encryption_key* does not open every signing key of *source*."""
    with closing(source.rows(SIGNING_KEYS)) as rows:
        keys = [dict(zip(SIGNING_KEYS.columns, row, strict=True)) for row in rows]
    for key in keys:
        try:
            key_encryption_key.unseal(key["sealed_private_jwk"], name=key["kid"])
        except WrongKey:
            raise ConfigurationError(
                Problem.WRONG_KEY,
                "key_encryption_key",
                received=f"a key that does not open signing key {key['kid']} of the backup",
                expected="the key of the server that the backup was made of; it is not in the backup",
                write="key_encryption_key_file = the path of that key, or of its copy",
            ) from None


def restore(
    backup: Backup, target: Target, *, revoke_before: Timestamp | None, at: Timestamp
) -> tuple[Contents, ...]:
    """
    Copy *backup* to *target*, which has to be empty, and record it there in the audit log.

    With *revoke_before*, everything that was issued before it ends at the time *at*. Call `check_keys`
    before. Raises `BackupDamaged` and as `copy`.
    """
    contents = copy(backup.source, target)
    backup.check(contents)
    detail = f"backup of {_spelled(backup.made_at)}"
    if revoke_before is not None:
        for statement in revocation(revoke_before, at=at):
            target.run(statement)
        detail += f"; revoked what was issued before {_spelled(revoke_before)}"
    for statement in plan(RecordEvent(Event(EventKind.REALM_RESTORED, at, detail=detail))):
        target.run(statement)
    return contents


def _spelled(at: Timestamp) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
