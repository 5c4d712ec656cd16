"""`authwright demo`: an identity provider, an API and a web app on this machine; the story in a browser."""

import asyncio
import sys
import tempfile
import time
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem

if TYPE_CHECKING:
    from authwright.demo.running import Demo, Ports

_PORT = click.IntRange(0, 65_535)


@click.command("demo")
@click.option(
    "--port",
    type=_PORT,
    metavar="PORT",
    default=3000,
    show_default=True,
    help="The port of the web app; 0: any.",
)
@click.option(
    "--idp-port",
    type=_PORT,
    metavar="PORT",
    default=9000,
    show_default=True,
    help="Of the identity provider.",
)
@click.option("--api-port", type=_PORT, metavar="PORT", default=8000, show_default=True, help="Of the API.")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to keep what the demo makes.  [a temporary directory, deleted at the end]",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the first page in a browser.")
def command(port: int, idp_port: int, api_port: int, directory: Path | None, *, open_browser: bool) -> None:
    """
    Show the whole story in a browser: sign in, three tokens, an API that accepts and refuses them, refresh,
    revocation, sign-out.

    Three servers on this machine talk real OAuth to each other, and the pages show every request.
    """
    # What the interpreter and the imports took before this line was reached is processor time alone.
    began = time.monotonic() - time.process_time()
    try:
        from authwright.demo.running import Ports
    except ModuleNotFoundError as missing:
        raise _without_extra(missing) from missing

    ports = Ports(app=port, idp=idp_port, api=api_port)
    with ExitStack() as stack:
        where = directory or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authwright-demo-")))
        asyncio.run(_run(where, ports, began, open_browser=open_browser))
    terminal.warn("Stopped.")


def _without_extra(missing: ModuleNotFoundError) -> Exception:
    if missing.name != "fastapi":
        return missing
    return CommandFailed(
        Problem.NOT_POSSIBLE,
        "the demo is an extra",
        received="an installation without FastAPI, which the demo's API is made with",
        expected="the extra demo",
        write="pip install 'authwright[demo]'",
    )


async def _run(directory: Path, ports: "Ports", began: float, *, open_browser: bool) -> None:
    from authwright.demo.running import running_demo
    from authwright.demo.servers import until_interrupted
    from authwright.idp.log import Log
    from authwright.idp.log_encoding import console_line

    announced = False

    def write(line: str) -> None:
        # What is made at the start is told by the announcement.
        if announced:
            sys.stderr.write(line)

    async with running_demo(directory, Log(write, console_line), ports) as demo:
        _announce(demo, directory, time.monotonic() - began)
        announced = True
        if open_browser:
            webbrowser.open(demo.addresses.app)
        await until_interrupted()


def _announce(demo: "Demo", directory: Path, seconds: float) -> None:
    addresses = demo.addresses
    rows = (
        ("Open", f"{addresses.app}      the web app, and the story"),
        ("Issuer", f"{addresses.issuer}      the identity provider"),
        ("API", f"{addresses.api}      items:read  items:write"),
        ("People", f"alice (admin, editors)   bob (readers)   password {demo.credentials.password}"),
        ("State", f"{directory}"),
    )
    terminal.say()
    for line in terminal.facts(rows):
        terminal.say(line)
    terminal.say(
        f"  {terminal.good(f'Ready in {seconds:.1f} s.')}  "
        "Every login, token and refusal appears below with its reason. Ctrl-C ends it."
    )
    terminal.say()
    # A script that waits for the address reads it through a pipe.
    sys.stdout.flush()
