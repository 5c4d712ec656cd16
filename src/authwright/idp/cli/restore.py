"""`authwright restore`: a backup back to life, in an empty database."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.opening import config_option, settings_of

if TYPE_CHECKING:
    from authwright.oauth.types import Timestamp


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """``now``, or a date and time of ISO 8601 that says its time zone."""
    if value is None:
        return None
    if value == "now":
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("neither now nor a time such as 2026-11-24T10:00:00Z.") from None
    if moment.tzinfo is None:
        raise click.BadParameter("a time without its zone: end it with Z, or with +01:00.")
    return moment


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--revoke-before",
    callback=_moment,
    metavar="TIME|now",
    help="End all sessions, grants and links that were issued before it: everybody signs in again.",
)
@config_option
def command(file: Path, revoke_before: datetime | None, config: Path | None) -> None:
    """
    Put everything that is in FILE into the empty database of the settings.

    What was revoked or spent before the backup was made stays so. What was revoked after it is not in the
    backup and lives again, unless --revoke-before ends it. The signing keys have to be those of the
    configured key-encryption key.
    """
    from authwright.idp.cli.copy_output import copy_lines
    from authwright.idp.storage.copying.backup import open_backup
    from authwright.idp.storage.copying.open import open_target
    from authwright.idp.storage.copying.restore import check_keys, restore
    from authwright.oauth.types import Timestamp
    from authwright.transport.clock import SystemClock

    settings = settings_of(config)
    # A second that has begun counts: what was issued in it is before `now`.
    before = None if revoke_before is None else Timestamp(math.ceil(revoke_before.timestamp()))
    with open_backup(file) as backup:
        check_keys(backup.source, settings.key_encryption_key)
        with open_target(settings.database_url, settings.database_password) as target:
            contents = restore(backup, target, revoke_before=before, at=SystemClock().now())
    for line in copy_lines(contents):
        terminal.say(line)
    terminal.say()
    for paragraph in _what_it_means(backup.made_at, before):
        for line in terminal.wrapped(paragraph, 0):
            terminal.say(line)


def _what_it_means(made_at: "Timestamp", before: "Timestamp | None") -> Iterator[str]:
    if before is None:
        yield (
            f"What was revoked, signed out or spent until {_date(made_at)} stays so. What was after that is "
            "not in the backup: sessions that were ended since, grants that were revoked and refresh tokens "
            "that were used live again. To end them all, restore into an empty database with "
            "--revoke-before now."
        )
    else:
        yield (
            f"All sessions, grants, tokens and links issued before {_date(before)} have ended: people sign "
            "in again. JWT access tokens that APIs verify by themselves live on for their minutes."
        )
    yield (
        f"Accounts, passwords, clients and keys are as they were at {_date(made_at)}: do again what was "
        "changed, disabled, deleted or rotated since."
    )


def _date(at: "Timestamp") -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
