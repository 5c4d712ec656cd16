"""`authwright healthcheck`: for containers and load balancers that call a program."""

import http.client
from contextlib import closing, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.opening import config_option, settings_of

_TIMEOUT_SECONDS: Final = 3
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - the addresses that stand for all


@click.command("healthcheck")
@click.option("--url", metavar="URL", help="Another address than that of the settings.")
@config_option
def command(url: str | None, config: Path | None) -> None:
    """End with 0 when the server on this machine can serve, a durable write included; with 1 when not."""
    address = url or _address(config)
    host, port, path = _parts(address)
    try:
        with closing(http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)) as connection:
            connection.request("GET", path)
            status = connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _not_ready(address, str(error) or type(error).__name__) from None
    if status != http.HTTPStatus.OK:
        raise _not_ready(address, f"status {status}")
    terminal.say("ok")


def _parts(address: str) -> tuple[str, int | None, str]:
    """Host, port and path of *address*. Raises `click.BadParameter`."""
    with suppress(ValueError):  # brackets that are not closed, a port that is none
        parts = urlsplit(address)
        if parts.scheme == "http" and parts.hostname is not None:
            return parts.hostname, parts.port, parts.path
    raise click.BadParameter(
        f"{address!r} is no http URL of this machine, such as http://127.0.0.1:9000/healthz.",
        param_hint="--url",
    )


def _address(config: Path | None) -> str:
    settings = settings_of(config)
    host = _EVERYWHERE.get(settings.host, settings.host)
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{settings.port}{urlsplit(settings.issuer).path.removesuffix('/')}/healthz"


def _not_ready(address: str, received: str) -> CommandFailed:
    return CommandFailed(
        Problem.NOT_READY,
        "the server cannot serve",
        received=f"{received} from {address}",
        expected="status 200",
        write="authwright serve   or look at its log",
    )
