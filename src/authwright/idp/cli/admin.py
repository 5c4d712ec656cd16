"""`authwright admin`: get back in, from a terminal of the server."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.opening import config_option, work_on

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider


@click.group("admin")
def command() -> None:
    """Get back in."""


@command.command("recover")
@click.argument("username", required=False)
@config_option
def recover(username: str | None, config: Path | None) -> None:
    """
    Print a link that works once, within 24 hours.

    With USERNAME it sets a new password for that person and signs them out everywhere; without, it makes a
    new administrator. Whoever opens it first has it.
    """

    async def work(idp: "IdentityProvider") -> str:
        from authwright.idp.cli.one_time_links import add_link
        from authwright.idp.cli.people import find_person

        subject = None if username is None else (await find_person(idp, username)).subject
        return await add_link(idp, subject=subject)

    terminal.say(work_on(config, work))
