"""
`authwright dev`: an identity provider on this machine, with people, clients and an API to try.

What it keeps is in `dev_state`; this is the command, and what it says.
"""

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.dev_state import (
    API,
    PASSWORD_FILE,
    WORKER_SECRET_FILE,
    content_of,
    make_files,
    seed,
    settings_at,
    write_settings_file,
)
from authwright.idp.cli.failure import CommandFailed, Problem

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider
    from authwright.idp.settings import LogLevel

_LINK_LIFETIME: Final = 600
_LABEL: Final = 10
_UNTOLD: Final = frozenset({"session_id", "grant_id", "correlation_id", "network"})


@click.command("dev")
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    metavar="PORT",
    default=9000,
    show_default=True,
    help="The port to listen on.",
)
@click.option(
    "--host",
    metavar="HOST",
    default="localhost",
    show_default=True,
    help="localhost, which is both loopback addresses, or one of them.",
)
def command(port: int, host: str) -> None:
    """
    Run an identity provider on this machine, ready in a second, with nothing to configure.

    It has two people, two clients and an API to try, and keeps everything in .authwright/ in the working
    directory: start it again and it goes on where it was; delete the directory and it begins anew.
    """
    # What the interpreter and the imports took before this line was reached is processor time alone.
    began = time.monotonic() - time.process_time()
    _check_loopback(host)
    renewed = make_files()
    settings = settings_at(host, port)
    # The longest part of the start, and in vain when the above is refused.
    from authwright.idp.log import Log
    from authwright.idp.log_encoding import console_line
    from authwright.idp.serving.process import serve

    announced = False
    names: dict[object, str] = {}

    def encode(at: float, level: "LogLevel", what: str, fields: Mapping[str, object]) -> str:
        # One developer looks for one thing here: who did what, and why not. People by name, and no ids.
        told = {name: value for name, value in fields.items() if name not in _UNTOLD}
        if "subject" in told:
            told["subject"] = names.get(told["subject"], told["subject"])
        return console_line(at, level, what, told)

    def write(line: str) -> None:
        # What is made at the first start is told by the announcement.
        if announced:
            sys.stderr.write(line)

    async def announce(idp: "IdentityProvider") -> None:
        nonlocal announced
        await seed(idp, renewed)
        names.update({account.subject: account.username for account in await idp.storage.accounts()})
        write_settings_file(settings)
        _say_what_there_is(settings.issuer, await _admin_link(idp), time.monotonic() - began)
        announced = True

    serve(settings, Log(write, encode, level=settings.log_level), announce)
    terminal.warn("Stopped.")


def _check_loopback(host: str) -> None:
    from authwright.idp.setting_kinds import is_loopback

    if not is_loopback(host):
        raise CommandFailed(
            Problem.PUBLIC_ADDRESS,
            "a development server is for this machine alone: it prints its passwords",
            received=f"--host {host}",
            expected="localhost, 127.0.0.1 or ::1",
            write="authwright init --issuer https://id.example.com   and then: authwright serve",
            exit_code=2,
        )


async def _admin_link(idp: "IdentityProvider") -> str:
    from authwright.idp.cli.one_time_links import add_link
    from authwright.idp.one_time_code import SHORT

    return await add_link(idp, subject=None, lifetime=_LINK_LIFETIME, groups=SHORT)


def _say_what_there_is(issuer: str, admin_link: str, seconds: float) -> None:
    password = content_of(PASSWORD_FILE)
    terminal.say()
    _say("Issuer", terminal.bold(issuer))
    _say("Admin", f"{admin_link}      ", terminal.faint("(works once, 10 minutes)"))
    _say(
        "People",
        "alice (admin, editors)   ",
        "bob (readers)     ",
        f"password {terminal.bold(password)}, or click to sign in",
    )
    _say(
        "Clients",
        "web (public, PKCE, any loopback redirect)   ",
        f"worker (machine; secret in {WORKER_SECRET_FILE})",
    )
    _say("API", f"{API}    ", "items:read  items:write")
    _say(
        "Next", "authwright demo          ", terminal.faint("the whole story in a browser: app, API and IdP")
    )
    _say("", "authwright new fastapi   ", terminal.faint("a protected API in one file"))
    _say("", "authwright token --as alice")
    _say("", "authwright explain <token>")
    terminal.say(
        f"  {terminal.good(f'Ready in {seconds:.1f} s.')}  "
        "Every login, token and refusal appears below with its reason."
    )
    terminal.say()


def _say(label: str, *parts: str) -> None:
    """A row of the announcement: on one line where it fits, else each part on its own."""
    indent = " " * (2 + _LABEL)
    first = f"  {terminal.faint(label.ljust(_LABEL))}"
    if len(click.unstyle("".join(parts)).rstrip()) + len(indent) <= terminal.width():
        terminal.say((first + "".join(parts)).rstrip())
        return
    terminal.say(first + parts[0].rstrip())
    for part in parts[1:]:
        terminal.say(indent + part.rstrip())
