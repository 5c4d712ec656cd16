"""`authwright serve`: run the identity provider of the settings until it is told to stop."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli.opening import server_config_option

if TYPE_CHECKING:
    from authwright.idp.log import Log
    from authwright.idp.provider import IdentityProvider
    from authwright.idp.settings import Settings


@click.command("serve")
@server_config_option
@click.option("--host", metavar="HOST", help="In place of the settings' host.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), metavar="PORT", help="In place of the settings' port."
)
@click.option("--workers", type=int, metavar="NUMBER", help="In place of the settings' workers.")
def command(config: Path | None, host: str | None, port: int | None, workers: int | None) -> int:
    """
    Run the identity provider. Logs go to standard error; SIGINT and SIGTERM stop it in order.

    With several workers, SIGHUP replaces them one after the other by processes that read the settings anew. A
    single one cannot be replaced without refusing somebody: it goes on as it is.
    """
    from authwright.idp.log import Log
    from authwright.idp.settings import load

    options = {"host": host, "port": port, "workers": workers}
    given = {name: str(value) for name, value in options.items() if value is not None}
    settings = load(config, given=given)
    log = Log.to_stderr(settings.log_level, settings.log_format)
    code = _serve_here(settings, log) if settings.workers == 1 else _supervise(settings, log, config, given)
    if code == 0:
        log.info("server.stopped", issuer=settings.issuer)
    return code


# Each of the two ways imports what it needs: whoever supervises serves nobody, and stays small.


def _serve_here(settings: "Settings", log: "Log") -> int:
    from authwright.idp.serving.process import serve, warn_of_nobody

    async def announce(idp: "IdentityProvider") -> None:
        log.info("server.ready", issuer=settings.issuer, host=settings.host, port=settings.port)
        await warn_of_nobody(idp, log)

    serve(settings, log, announce)
    return 0


def _supervise(settings: "Settings", log: "Log", config: Path | None, given: Mapping[str, str]) -> int:
    from authwright.idp.serving.supervisor import supervise

    return supervise(settings, log, config, given, program="authwright.idp.cli.worker")
