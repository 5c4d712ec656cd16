"""Our identity provider as it is run: on a SQLite file, by the system's clock, behind uvicorn on loopback."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from authwright.idp import settings
from authwright.idp.app import create_app
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.log import Log
from authwright.idp.log_encoding import json_line
from authwright.idp.provider import open_identity_provider
from authwright.oauth.types import Secret
from support.storages import new_database_url

USERNAME = "alice"
PASSWORD = "walnut drawer spokeshave lantern"
CLAIMS = {"name": "Alice Example", "email": "alice@example.com", "email_verified": True}
ROLES = ("admin",)


@dataclass
class RealProvider:
    """One issuer with one person. *lines* is its log."""

    issuer: str
    lines: list[str]
    subject: str = ""
    failure: BaseException | None = None


class _Stop:
    """Tells the server's own loop to end, from another thread."""

    server: uvicorn.Server | None = None


@contextlib.contextmanager
def running_provider(directory: Path, writes) -> Iterator[RealProvider]:
    """Serve on a free port of 127.0.0.1 until the block ends, with *writes* committed before."""
    listener = socket.create_server(("127.0.0.1", 0))
    provider = RealProvider(f"http://127.0.0.1:{listener.getsockname()[1]}", [])
    ready, stop = threading.Event(), _Stop()

    def run():
        try:
            asyncio.run(_serve(provider, directory, writes, listener, ready, stop))
        except BaseException as failure:  # noqa: BLE001 - told to the thread that waits
            provider.failure = failure
        finally:
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        # The listener queues whoever comes before the server accepts.
        if not ready.wait(30) or provider.failure is not None:
            raise RuntimeError("the identity provider did not start") from provider.failure
        yield provider
    finally:
        if stop.server is not None:
            stop.server.should_exit = True
        thread.join(20)
        listener.close()


async def _serve(provider, directory, writes, listener, ready, stop):
    loaded = settings.load(
        environ={
            "AUTHWRIGHT_ISSUER": provider.issuer,
            "AUTHWRIGHT_KEY_ENCRYPTION_KEY": KeyEncryptionKey.generate().text().reveal(),
            "AUTHWRIGHT_DATABASE_URL": new_database_url(directory),
        }
    )
    log = Log(provider.lines.append, json_line, level="debug")
    async with open_identity_provider(loaded, log) as idp:
        await idp.storage.commit(writes)
        account = await idp.accounts.add(
            USERNAME,
            password=Secret(PASSWORD),
            claims=CLAIMS,
            roles=ROLES,
            now=idp.server.clock.now(),
        )
        provider.subject = account.subject
        config = uvicorn.Config(create_app(idp), log_level="error", lifespan="on", ws="none")
        stop.server = uvicorn.Server(config)
        ready.set()
        await stop.server.serve(sockets=[listener])
