"""`authwright storage`: the database as a whole."""

import click

from authwright.idp.cli import terminal


def _check_url(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    from authwright.idp import setting_kinds
    from authwright.oauth.invalid_value import InvalidValue

    try:
        return setting_kinds.database_url(value)
    except InvalidValue as error:
        raise click.BadParameter(f"{error.detail}: as in the setting database_url.") from None


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
    stays the same and is not in the database.
    """  # noqa: D301 - click knows by this mark what not to wrap
    from authwright.idp.cli.copy_output import copy_lines
    from authwright.idp.storage.copying.copy import copy
    from authwright.idp.storage.copying.open import open_source, open_target

    with open_source(source_url) as source, open_target(target_url) as target:
        contents = copy(source, target)
    for line in copy_lines(contents):
        terminal.say(line)
