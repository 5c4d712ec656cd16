"""`authwright init`: the settings and the key of a server that people will use."""

import json
import os
import shlex
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.opening import checked_issuer, run_with
from authwright.idp.cli.private_file import write_new

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider

_SETTINGS: Final = """\
# The settings of this identity provider; docs/reference/settings.md has all of them.
# `authwright check` shows each with its value and where it came from.

# The address under which browsers and APIs reach this server. Everybody who trusts it compares it byte for
# byte, so it is set once and never changed.
issuer = "{issuer}"

# Where to listen. A reverse proxy in front ends TLS, and is named in trusted_proxies.
host = "127.0.0.1"
port = {port}
# trusted_proxies = ["127.0.0.1/32"]

# Where everything is kept. A password of the database has a setting of its own: database_password_file.
database_url = {database_url}

# The key that seals the signing keys in the database. Keep a copy apart from the database's backups.
key_encryption_key_file = "authwright.key"
"""

_KEY_FILE: Final = "authwright.key"
_DATABASE_PASSWORD: Final = "AUTHWRIGHT_DATABASE_PASSWORD"
_READABLE: Final = 0o644


@click.command("init")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--issuer",
    prompt="Address of the server, such as https://id.example.com",
    metavar="URL",
    help="The address under which browsers and APIs reach the server. Asked for when it is not given.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    metavar="PORT",
    default=9000,
    show_default=True,
    help="Where it will listen.",
)
@click.option(
    "--database-url",
    metavar="URL",
    default="sqlite:///authwright.db",
    show_default=True,
    help=f"A file, or postgresql://USER@HOST/NAME with the password in {_DATABASE_PASSWORD}.",
)
def command(directory: Path, issuer: str, port: int, database_url: str) -> None:
    """
    Write authwright.toml and the key file, fill the database, and print the first administrator's link.

    Nothing that is there already is overwritten, and nothing stays of an attempt that failed.
    """
    from authwright.idp.database_url import sqlite_path
    from authwright.idp.settings import DEFAULT_FILE, load

    checked_issuer(issuer)
    settings_file, key_file = directory / DEFAULT_FILE, directory / _KEY_FILE
    where = "" if directory == Path() else f" --config {shlex.quote(str(settings_file))}"
    for file in (settings_file, key_file):
        if file.exists():
            raise CommandFailed(
                Problem.FILE_EXISTS,
                "there is a server here already",
                received=f"{file} exists",
                expected="a directory without it: a key that is overwritten is lost",
                write=f"authwright serve{where}   to start it, or authwright init another-directory",
            )
    with ExitStack() as made:  # taken back, the last first, unless everything goes well
        _make(directory, made)
        _write_key(key_file)
        made.callback(key_file.unlink)
        text = _SETTINGS.format(issuer=issuer, port=port, database_url=json.dumps(database_url))
        write_new(settings_file, text, mode=_READABLE)
        made.callback(settings_file.unlink)
        # Without the rest of the environment: what was just written is what counts.
        passwords = {name: value for name, value in os.environ.items() if name.startswith(_DATABASE_PASSWORD)}
        settings = load(settings_file, environ=passwords)
        database = sqlite_path(settings.database_url)
        if database is not None and not database.exists():
            # Its signing keys are sealed with the key above: without that key nobody can use it.
            _take_back_database(database, made)
        link = run_with(settings, _first_admin_link)
        made.pop_all()
    terminal.say(f"  {terminal.good('wrote')}  {settings_file}")
    terminal.say(
        f"  {terminal.good('wrote')}  {key_file}  {terminal.faint('readable by you alone; keep a copy')}"
    )
    terminal.say()
    for line in terminal.facts(
        (
            ("Start", f"authwright serve{where}"),
            ("Admin", f"{link}   (works once, 24 hours)"),
            ("Later", f"authwright admin recover{where}   makes another link"),
            ("", f"authwright apply{where} FILE      clients, APIs, groups and people from a TOML file"),
        )
    ):
        terminal.say(line)


def _make(directory: Path, made: ExitStack) -> None:
    for missing in reversed([each for each in (directory, *directory.parents) if not each.exists()]):
        missing.mkdir(exist_ok=True)
        made.callback(_remove, missing)


def _remove(directory: Path) -> None:
    with suppress(OSError):  # somebody has put something into it
        directory.rmdir()


def _take_back_database(file: Path, made: ExitStack) -> None:
    for suffix in ("", "-wal", "-shm"):
        made.callback(file.with_name(f"{file.name}{suffix}").unlink, missing_ok=True)


def _write_key(key_file: Path) -> None:
    from authwright.idp.key_encryption import KeyEncryptionKey

    KeyEncryptionKey.generate().write(key_file)


async def _first_admin_link(idp: "IdentityProvider") -> str:
    from authwright.idp.cli.one_time_links import add_link

    return await add_link(idp, subject=None)
