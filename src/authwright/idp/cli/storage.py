"""`authwright storage`: the database as a whole."""

from importlib.util import find_spec

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem


def _check_url(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    from authwright.idp.database_url import database_url, is_postgresql, without_password
    from authwright.oauth.invalid_value import InvalidValue

    try:
        url, password = without_password(database_url(value))
    except InvalidValue as error:
        raise click.BadParameter(f"{error.detail}: as in the setting database_url.") from None
    if password is not None:
        raise click.BadParameter(
            "a password where every user of the machine sees it: write it to ~/.pgpass, or into PGPASSWORD."
        )
    if is_postgresql(url) and find_spec("psycopg") is None:
        raise CommandFailed(
            Problem.NOT_POSSIBLE,
            "PostgreSQL needs its driver",
            received="a URL of PostgreSQL",
            expected="its driver, psycopg, which is not installed",
            write="pip install 'authwright[postgres]'",
        )
    return url


@click.group("storage")
def command() -> None:
    """Copy everything from one database to another."""


@command.command("copy")
@click.argument("source_url", callback=_check_url)
@click.argument("target_url", callback=_check_url)
def copy_realm(source_url: str, target_url: str) -> None:
    """
    Copy everything from SOURCE_URL to TARGET_URL, and compare what arrived.

    The target has to be empty; it is given this release's schema. It is written as a whole or not at all.

    \b
      authwright storage copy sqlite:///authwright.db postgresql://idp@db.example.com/idp

    To move, stop the server first: what it does after the copy has begun stays behind. The key-encryption key
    stays the same and is not in the database. A password of PostgreSQL comes from ~/.pgpass or PGPASSWORD.
    """  # noqa: D301 - click knows by this mark what not to wrap
    from authwright.idp.cli.copy_output import copy_lines
    from authwright.idp.storage.copying.copy import copy
    from authwright.idp.storage.copying.open import open_source, open_target

    with open_source(source_url) as source, open_target(target_url) as target:
        contents = copy(source, target)
    for line in copy_lines(contents):
        terminal.say(line)
