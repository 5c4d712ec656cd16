"""
`authwright dev`: an identity provider on this machine, with people, clients and an API to try.

Everything it keeps is in ``.authwright/``: the database, the key that seals it, the password of its people
and the secret of its machine, each readable by the owner alone. A second start goes on with them.
"""

import sys
import time
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.opening import DEVELOPMENT_DIRECTORY, DEVELOPMENT_FILE
from authwright.idp.cli.private_file import random_password, write_once

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider
    from authwright.idp.settings import Settings

API: Final = "http://localhost:8000"
PASSWORD_FILE: Final = DEVELOPMENT_DIRECTORY / "password"
WORKER_SECRET_FILE: Final = DEVELOPMENT_DIRECTORY / "worker.secret"

_KEY_FILE: Final = DEVELOPMENT_DIRECTORY / "key"
_DATABASE_FILE: Final = DEVELOPMENT_DIRECTORY / "authwright.db"
_LINK_LIFETIME: Final = 600
_LABEL: Final = 10

_SETTINGS: Final = """\
# Written by `authwright dev` at each start: the other commands find its server by this file.
issuer = "{issuer}"
host = "{host}"
port = {port}
database_url = "sqlite:///{database}"
key_encryption_key_file = "{key}"
log_format = "console"
"""


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    port: int

    @property
    def issuer(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


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
    settings = _prepare(_Address(host, port))
    # The longest part of the start, and in vain when the above is refused.
    from authwright.idp.cli.serving import serve
    from authwright.idp.log import Log
    from authwright.idp.log_encoding import console_line

    announced = False

    def write(line: str) -> None:
        # What is made at the first start is told by the announcement.
        if announced:
            sys.stderr.write(line)

    async def announce(idp: "IdentityProvider") -> None:
        nonlocal announced
        await _seed(idp)
        _say_what_there_is(settings.issuer, await _admin_link(idp), time.monotonic() - began)
        announced = True

    serve(settings, Log(write, console_line, level=settings.log_level), announce)
    terminal.warn("Stopped.")


def _prepare(address: _Address) -> "Settings":
    """The directory with its secrets, and the settings. Raises `CommandFailed`, `ConfigurationError`."""
    from authwright.idp.key_encryption import KeyEncryptionKey
    from authwright.idp.setting_kinds import is_loopback
    from authwright.idp.settings import load

    if not is_loopback(address.host):
        raise CommandFailed(
            Problem.PUBLIC_ADDRESS,
            "a development server is for this machine alone: it prints its passwords",
            received=f"--host {address.host}",
            expected="localhost, 127.0.0.1 or ::1",
            write="authwright init --issuer https://id.example.com   and then: authwright serve",
            exit_code=2,
        )
    DEVELOPMENT_DIRECTORY.mkdir(mode=0o700, exist_ok=True)
    write_once(DEVELOPMENT_DIRECTORY / ".gitignore", "*\n")
    write_once(_KEY_FILE, KeyEncryptionKey.generate().text().reveal() + "\n")
    write_once(PASSWORD_FILE, random_password() + "\n")
    write_once(WORKER_SECRET_FILE, KeyEncryptionKey.generate().text().reveal() + "\n")
    DEVELOPMENT_FILE.write_text(
        _SETTINGS.format(
            issuer=address.issuer,
            host=address.host,
            port=address.port,
            database=_DATABASE_FILE.name,
            key=_KEY_FILE.name,
        ),
        encoding="utf-8",
    )
    # Given as on the command line, so that no variable meant for another server moves this one.
    return load(
        DEVELOPMENT_FILE,
        given={
            "issuer": address.issuer,
            "host": address.host,
            "port": str(address.port),
            "database_url": f"sqlite:///{_DATABASE_FILE}",
            "key_encryption_key_file": str(_KEY_FILE),
        },
        dev=True,
    )


async def _seed(idp: "IdentityProvider") -> None:
    """People, clients and the API, at the first start. What is changed later stays changed."""
    if await idp.storage.clients() or await idp.storage.accounts(limit=1):
        return
    from authwright.idp.desired_state.apply import commit, prepare
    from authwright.idp.desired_state.document import read_document

    text = resources.files(__package__ or "").joinpath("dev.toml").read_text(encoding="utf-8")
    desired = read_document(text, DEVELOPMENT_DIRECTORY)
    server = idp.server
    plan = await prepare(desired, idp.storage, idp.accounts, server.entropy, server.clock.now())
    await commit(plan, idp.storage)


async def _admin_link(idp: "IdentityProvider") -> str:
    from authwright.idp.cli.one_time_links import add_link
    from authwright.idp.one_time_code import SHORT

    return await add_link(idp, subject=None, lifetime=_LINK_LIFETIME, groups=SHORT)


def _say_what_there_is(issuer: str, admin_link: str, seconds: float) -> None:
    password = PASSWORD_FILE.read_text(encoding="utf-8").strip()
    terminal.say()
    _say("Issuer", terminal.bold(issuer))
    _say("Admin", f"{admin_link}      ", terminal.faint("(works once, 10 minutes)"))
    _say("People", "alice (admin, editors)   ", "bob (readers)     ", f"password {terminal.bold(password)}")
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
