"""`authwright init`: the settings and the key of a server that people will use."""

import json
import os
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
    from authwright.idp.settings import DEFAULT_FILE, load

    checked_issuer(issuer)
    settings_file, key_file = directory / DEFAULT_FILE, directory / _KEY_FILE
    for file in (settings_file, key_file):
        if file.exists():
            raise CommandFailed(
                Problem.FILE_EXISTS,
                "there is a server here already",
                received=f"{file} exists",
                expected="a directory without it: a key that is overwritten is lost",
                write="authwright serve   to start it, or authwright init another-directory",
            )
    directory.mkdir(parents=True, exist_ok=True)
    _write_key(key_file)
    text = _SETTINGS.format(issuer=issuer, port=port, database_url=json.dumps(database_url))
    write_new(settings_file, text, mode=_READABLE)
    # Without the rest of the environment: what was just written is what counts.
    passwords = {name: value for name, value in os.environ.items() if name.startswith(_DATABASE_PASSWORD)}
    try:
        link = run_with(load(settings_file, environ=passwords), _first_admin_link)
    except Exception:
        for file in (settings_file, key_file):
            file.unlink()
        raise
    terminal.say(f"  {terminal.good('wrote')}  {settings_file}")
    terminal.say(
        f"  {terminal.good('wrote')}  {key_file}  {terminal.faint('readable by you alone; keep a copy')}"
    )
    terminal.say()
    where = "" if directory == Path() else f" --config {settings_file}"
    for line in terminal.facts(
        (
            ("Start", f"authwright serve{where}"),
            ("Admin", f"{link}   (works once, 24 hours)"),
            ("Later", "authwright admin recover   makes another link"),
            ("", "authwright apply FILE      clients, APIs, groups and people from a TOML file"),
        )
    ):
        terminal.say(line)


def _write_key(key_file: Path) -> None:
    from authwright.idp.key_encryption import KeyEncryptionKey

    KeyEncryptionKey.generate().write(key_file)


async def _first_admin_link(idp: "IdentityProvider") -> str:
    from authwright.idp.cli.one_time_links import add_link

    return await add_link(idp, subject=None)
