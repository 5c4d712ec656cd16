"""`authwright backup`: everything in one file, while the server runs."""

from pathlib import Path

import click

from authwright import __version__
from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.opening import config_option, settings_of


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def command(file: Path, config: Path | None) -> None:
    """
    Write everything in the database to FILE, also while the server runs: as it is at one moment.

    FILE is readable by its owner alone, and has its name only once it is whole and on the disk; no file is
    overwritten. The key-encryption key is not in it: keep a copy of that elsewhere.
    """
    from authwright.idp.cli.copy_output import copy_lines
    from authwright.idp.storage.copying.backup import write_backup
    from authwright.idp.storage.copying.open import open_source
    from authwright.transport.clock import SystemClock

    settings = settings_of(config)
    # Before the snapshot: whatever was revoked by then is in the backup.
    made_at = SystemClock().now()
    try:
        with open_source(settings.database_url, settings.database_password) as source:
            contents = write_backup(source, file, made_at=made_at, release=__version__)
    except FileExistsError:
        raise CommandFailed(
            Problem.FILE_EXISTS,
            "a file is in the way",
            received=f"{file} exists",
            expected="a place where it does not: nothing is overwritten",
            write=f"mv {file} {file}.old",
        ) from None
    for line in copy_lines(contents):
        terminal.say(line)
    terminal.say(f"  {terminal.good('wrote')}  {file}  {terminal.faint('readable by you alone')}")
    terminal.say()
    for line in terminal.wrapped(
        "The signing keys in it are sealed with the key-encryption key, which is not in it. Without a copy "
        "of that key, kept elsewhere, they are lost; with both, anybody can sign tokens.",
        0,
    ):
        terminal.say(line)
