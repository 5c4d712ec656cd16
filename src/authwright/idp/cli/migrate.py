"""`authwright migrate`: the database's schema. `serve` migrates by itself; this does it beforehand."""

from pathlib import Path

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.opening import config_option, settings_of


@click.command("migrate")
@click.option("--plan", is_flag=True, help="Only say what would be done.")
@config_option
def command(config: Path | None, *, plan: bool) -> None:
    """Bring the database to this release's schema. It goes forward only: make a backup first."""
    from authwright.idp.storage.open import is_there, migrate, pending_migrations

    settings = settings_of(config)
    url, password = settings.database_url, settings.database_password
    if not is_there(url):
        raise CommandFailed(
            Problem.NOT_FOUND,
            "there is no database yet",
            received=url,
            expected="the database of a server that was started once",
            write="authwright serve   makes it with this release's schema",
        )
    pending = pending_migrations(url, password)
    for migration in pending:
        terminal.say(f"  {migration.version:04}  {migration.name}")
    if not pending:
        terminal.say("Nothing to do: the database has this release's schema.")
    elif plan:
        terminal.say(f"{len(pending)} to do. Nothing was changed (--plan).")
    else:
        migrate(url, password)
        terminal.say(f"{len(pending)} done.")
