"""
What `authwright dev` keeps in ``.authwright/``, and what it begins with.

The database, the key that seals it, the password of its people and the secret of its machine, each readable
by the owner alone. A second start goes on with them; a file that was deleted is made anew.
"""

import os
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
_PEOPLE: Final = ("alice", "bob")
_WORKER: Final = "worker"

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
class Renewed:
    """Which secrets were just made. A database that is older knows others."""

    password: bool
    worker_secret: bool


def make_files() -> Renewed:
    """The directory and its secrets, where they are not there yet."""
    from authwright.idp.key_encryption import KeyEncryptionKey

    DEVELOPMENT_DIRECTORY.mkdir(mode=0o700, exist_ok=True)
    write_once(DEVELOPMENT_DIRECTORY / ".gitignore", "*\n")
    write_once(_KEY_FILE, KeyEncryptionKey.generate().text().reveal() + "\n")
    return Renewed(
        password=write_once(PASSWORD_FILE, random_password() + "\n"),
        worker_secret=write_once(WORKER_SECRET_FILE, KeyEncryptionKey.generate().text().reveal() + "\n"),
    )


def content_of(file: Path) -> str:
    """The secret in *file*."""
    return file.read_text(encoding="utf-8").strip()


def settings_at(host: str, port: int) -> "Settings":
    """
    The settings of a server there. Raises `ConfigurationError`.

    They are given as on the command line, over an empty file, so that neither a settings file nor a variable
    that is meant for another server moves this one.
    """
    from authwright.idp.settings import load

    name = f"[{host}]" if ":" in host else host
    given = {
        "issuer": f"http://{name}:{port}",
        "host": host,
        "port": str(port),
        "database_url": f"sqlite:///{_DATABASE_FILE}",
        "key_encryption_key_file": str(_KEY_FILE),
        "log_format": "console",
        "log_level": "debug",
    }
    return load(Path(os.devnull), given=given, dev=True)


def write_settings_file(settings: "Settings") -> None:
    """Let the other commands find the server of *settings*, once it listens."""
    text = _SETTINGS.format(
        issuer=settings.issuer,
        host=settings.host,
        port=settings.port,
        database=_DATABASE_FILE.name,
        key=_KEY_FILE.name,
    )
    DEVELOPMENT_FILE.write_text(text, encoding="utf-8")


async def seed(idp: "IdentityProvider", renewed: Renewed) -> None:
    """People, clients and the API, at the first start. What is changed later stays changed."""
    if await idp.storage.clients() or await idp.storage.accounts(limit=1):
        await _renew(idp, renewed)
        return
    from authwright.idp.desired_state.apply import commit, prepare
    from authwright.idp.desired_state.document import read_document

    text = resources.files(__package__ or "").joinpath("dev.toml").read_text(encoding="utf-8")
    desired = read_document(text, DEVELOPMENT_DIRECTORY)
    server = idp.server
    plan = await prepare(desired, idp.storage, idp.accounts, server.entropy, server.clock.now())
    await commit(plan, idp.storage)


async def _renew(idp: "IdentityProvider", renewed: Renewed) -> None:
    """Let the database know what was made anew because somebody had deleted the file."""
    from authwright.authorization_server.writes import SaveClient
    from authwright.oauth.types import ClientId, Secret

    if renewed.password:
        password = Secret(content_of(PASSWORD_FILE))
        for username in _PEOPLE:
            account = await idp.storage.account_by_username(username)
            if account is not None:
                await idp.accounts.change_password(account, password, now=idp.server.clock.now())
    worker = await idp.storage.client(ClientId(_WORKER))
    if renewed.worker_secret and worker is not None:
        digest = Secret(content_of(WORKER_SECRET_FILE)).digest()
        await idp.storage.commit((SaveClient(replace(worker, client_secret_digests=(digest,))),))
