"""`authwright serve`: run the identity provider of the settings until it is told to stop."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.opening import server_config_option

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider


@click.command("serve")
@server_config_option
@click.option("--host", metavar="HOST", help="In place of the settings' host.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), metavar="PORT", help="In place of the settings' port."
)
def command(config: Path | None, host: str | None, port: int | None) -> None:
    """Run the identity provider. Logs go to standard error; SIGINT and SIGTERM stop it in order."""
    from authwright.idp.cli.serving import serve
    from authwright.idp.log import Log
    from authwright.idp.settings import load

    given = {"host": host, "port": None if port is None else str(port)}
    settings = load(config, given={name: value for name, value in given.items() if value is not None})
    log = Log.to_stderr(settings.log_level, settings.log_format)

    async def announce(idp: "IdentityProvider") -> None:
        log.info("server.ready", issuer=settings.issuer, host=settings.host, port=settings.port)
        if not await idp.storage.accounts(limit=1):
            terminal.warn(
                "Nobody can sign in yet. For the first administrator's link: authwright admin recover"
            )

    serve(settings, log, announce)
    log.info("server.stopped", issuer=settings.issuer)
