"""`authwright check`: the settings as the server would read them, without starting it."""

from pathlib import Path

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.opening import config_option, settings_of


@click.command("check")
@config_option
def command(config: Path | None) -> None:
    """
    Show every setting, its value and where it came from. Ends with 2 when one is missing, unknown or unsafe.

    It does not look at the database, nor at the port: `authwright migrate --plan` opens the one, and
    `authwright serve` both.
    """
    settings = settings_of(config)
    rows = [
        (name, "Secret(…)" if value == "(secret)" else value or "not set", source)
        for name, value, source in settings.described()
    ]
    for line in terminal.table(("setting", "value", "from"), rows):
        terminal.say(f"  {line}")
