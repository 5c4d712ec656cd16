"""The identity provider of the demo: the product itself, with people, clients and an API to begin with."""

from dataclasses import replace
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from authwright.demo.parties import API, APP, WORKER, Addresses, Credentials
from authwright.idp.cli.dev_state import content_of
from authwright.idp.cli.private_file import random_password, write_once
from authwright.idp.desired_state.apply import commit, prepare
from authwright.idp.desired_state.document import DesiredState, read_document
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.provider import IdentityProvider
from authwright.idp.settings import Settings, load
from authwright.oauth.types import Secret

_PASSWORD_FILE: Final = "password"
_KEY_FILE: Final = "key"

_SETTINGS: Final = """\
# Written by `authwright demo` at each start.
issuer = "{issuer}"
database_url = "sqlite:///authwright.db"
key_encryption_key_file = "key"
log_format = "console"
"""


def prepare_directory(directory: Path) -> Credentials:
    """
    The secrets of the demo in *directory*, made unless they are there. Does I/O.

    Each file is readable by its owner alone, and none is ever replaced: the database knows them.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_once(directory / ".gitignore", "*\n")
    write_once(directory / _PASSWORD_FILE, random_password() + "\n")
    for name in (_KEY_FILE, *(f"{client}.secret" for client in (APP, API, WORKER))):
        write_once(directory / name, KeyEncryptionKey.generate().text().reveal() + "\n")
    return Credentials(
        password=content_of(directory / _PASSWORD_FILE),
        app=Secret(content_of(directory / f"{APP}.secret")),
        api=Secret(content_of(directory / f"{API}.secret")),
        worker=Secret(content_of(directory / f"{WORKER}.secret")),
    )


def settings_in(directory: Path, issuer: str) -> Settings:
    """
    The settings, also written down, so that other commands find this server by ``--config``.

    The environment says nothing here: its variables are meant for another server. Raises
    `ConfigurationError`.
    """
    file = directory / "authwright.toml"
    file.write_text(_SETTINGS.format(issuer=issuer), encoding="utf-8")
    return load(file, environ={}, dev=True)


async def seed(idp: IdentityProvider, addresses: Addresses, directory: Path) -> None:
    """Make what is stored what the demo needs, by the way of `authwright apply`. Does I/O."""
    server = idp.server
    desired = _desired_state(addresses, directory)
    plan = await prepare(desired, idp.storage, idp.accounts, server.entropy, server.clock.now())
    await commit(plan, idp.storage)


def _desired_state(addresses: Addresses, directory: Path) -> DesiredState:
    ours = Template(_text("authwright.demo", "demo.toml")).substitute(app=addresses.app, api=addresses.api)
    dev = read_document(_text("authwright.idp.cli", "dev.toml"), directory)
    return replace(read_document(ours, directory), groups=dev.groups, people=dev.people)


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
