"""
One issuer for a drill: its settings, its people, clients and APIs, and the processes that serve it.

Everything goes the way of an operator: settings in the environment, `authwright apply` for what there is,
`authwright serve` for each node.
"""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

from authwright.idp.key_encryption import KeyEncryptionKey
from drills.connection import HOST, Http, Unanswered

_ROOT: Final = Path(__file__).parents[1]

AUTHWRIGHT: Final = str(Path(sys.executable).with_name("authwright"))
STRICT_NODE: Final = (sys.executable, "-m", "drills.strict_node")
"""In place of `AUTHWRIGHT`: the same server without the replay window of refresh tokens."""

STOP_SECONDS: Final = 30

REDIRECT_URI: Final = "https://app.example.com/callback"
ITEMS, ORDERS = "https://items.example.com", "https://orders.example.com"
"""Two APIs: tokens for the first are JWTs, for the second opaque."""

SCOPES: Final = {ITEMS: "items:read", ORDERS: "orders:read"}

TRUSTED, ASKING, MACHINE, INSPECTOR = "trusted", "asking", "machine", "inspector"
"""Clients: two apps, of which one needs consent; a machine; and the APIs' own, which introspects."""

_STATE: Final = """
[[api]]
resource = "{items}"
name = "Items"
introspection_clients = ["inspector"]
scopes = {{ "items:read" = "See items" }}

[[api]]
resource = "{orders}"
name = "Orders"
access_token_format = "opaque"
introspection_clients = ["inspector"]
scopes = {{ "orders:read" = "See orders" }}

[[client]]
client_id = "trusted"
client_name = "Trusted"
redirect_uris = ["{redirect_uri}"]
scope = "openid offline_access items:read orders:read"
client_secret_file = "secret"

[[client]]
client_id = "asking"
client_name = "Asking"
redirect_uris = ["{redirect_uri}"]
scope = "openid offline_access items:read orders:read"
require_consent = true
client_secret_file = "secret"

[[client]]
client_id = "machine"
client_name = "Machine"
grant_types = ["client_credentials"]
scope = "items:read orders:read"
client_secret_file = "secret"

[[client]]
client_id = "inspector"
client_name = "Inspector"
grant_types = ["client_credentials"]
scope = ""
client_secret_file = "secret"
"""

_PERSON: Final = """
[[user]]
username = "{username}"
initial_password_file = "password"
"""


@dataclass(frozen=True, slots=True)
class Realm:
    """An issuer in *directory*. *issuer* is a name that every node answers for."""

    directory: Path
    issuer: str
    database_url: str
    key_encryption_key: str
    secret: str
    password: str

    @classmethod
    def make(cls, directory: Path, database_url: str) -> "Realm":
        """Settings for a new issuer; secrets go into files, as `authwright apply` reads them."""
        secret = secrets.token_urlsafe(32)
        password = secrets.token_urlsafe(16)
        for name, value in (("secret", secret), ("password", password)):
            path = directory / name
            path.touch(0o600)
            path.write_text(value)
        key = KeyEncryptionKey.generate().text().reveal()
        return cls(directory, f"http://{HOST}", database_url, key, secret, password)

    def environment(self) -> dict[str, str]:
        """The settings, and none of another server."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTHWRIGHT_")}
        return {
            **kept,
            "NO_COLOR": "1",
            "PYTHONPATH": os.pathsep.join((str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")]))),
            "AUTHWRIGHT_ISSUER": self.issuer,
            "AUTHWRIGHT_KEY_ENCRYPTION_KEY": self.key_encryption_key,
            "AUTHWRIGHT_DATABASE_URL": self.database_url,
            "AUTHWRIGHT_LOG_LEVEL": "warning",
            # Nothing may run out by itself while it is examined.
            "AUTHWRIGHT_ACCESS_TOKEN_LIFETIME": "1d",
        }

    def populate(self, people: int) -> tuple[str, ...]:
        """Clients, APIs and *people* persons, by `authwright apply`; their usernames."""
        usernames = tuple(f"person-{number}" for number in range(people))
        state = _STATE.format(items=ITEMS, orders=ORDERS, redirect_uri=REDIRECT_URI)
        state += "".join(_PERSON.format(username=username) for username in usernames)
        (self.directory / "state.toml").write_text(state)
        self.run("apply", "state.toml")
        return usernames

    def run(self, *arguments: str) -> str:
        """A command to its end; what it said. Raises `RuntimeError` with its error."""
        done = subprocess.run(  # noqa: S603 - our own program
            [AUTHWRIGHT, *arguments],
            cwd=self.directory,
            env=self.environment(),
            capture_output=True,
            check=False,
            timeout=60,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"authwright {arguments[0]}: {done.stderr}")
        return done.stdout

    async def run_beside(self, *arguments: str) -> str | None:
        """A command while the event loop goes on; what it said, or None when it failed."""
        process = await asyncio.create_subprocess_exec(
            AUTHWRIGHT,
            *arguments,
            cwd=self.directory,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        said, _ = await process.communicate()
        return said.decode() if process.returncode == 0 else None


@dataclass(slots=True)
class Node:
    """One `authwright serve`, in a process group of its own. Its log is kept in a file."""

    realm: Realm
    port: int
    workers: int = 1
    program: tuple[str, ...] = (AUTHWRIGHT,)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """What it said on standard error."""
        return self.realm.directory / f"node-{self.port}.log"

    @property
    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of its first process."""
        if self._process is None:
            raise LookupError("the node was never started")
        return self._process.pid

    def start(self) -> None:
        """Start it and do not wait."""
        more = ("--workers", str(self.workers)) if self.workers > 1 else ()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [*self.program, "serve", "--port", str(self.port), *more],
                cwd=self.realm.directory,
                env=self.realm.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def ready(self, *, patience: float = 60) -> float:
        """Wait until it says that it can serve; how long that took, in seconds."""
        began = time.monotonic()
        http = Http(self.port, patience=5)
        try:
            while True:
                try:
                    if (await http.get("/healthz")).status == HTTPStatus.OK:
                        return time.monotonic() - began
                except Unanswered:
                    pass
                if not self.is_running or time.monotonic() - began > patience:
                    raise RuntimeError(f"the server did not come up:\n{self.log.read_text()[-2000:]}")
                await asyncio.sleep(0.01)
        finally:
            http.forget()

    def kill(self) -> None:
        """SIGKILL to it and its workers, and wait until they are gone."""
        if self._process is not None and self._process.poll() is None:
            family = _descendants(self._process.pid)
            for pid in (self._process.pid, *family):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
            # Workers of a dead supervisor are adopted, and their port is taken until they are reaped.
            while any(_is_alive(pid) for pid in family):
                time.sleep(0.005)

    def stop(self) -> int | None:
        """SIGTERM, and wait: its exit code."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.returncode


@asynccontextmanager
async def serving(nodes: Sequence[Node]) -> AsyncGenerator[None]:
    """*nodes*, started at once and ready, until the block ends: then they are killed."""
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            await node.ready()
        yield
    finally:
        for node in nodes:
            node.kill()


def _descendants(pid: int) -> list[int]:
    """The processes that *pid* started, and those that they started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += (int(child), *_descendants(int(child)))
    return found


def _is_alive(pid: int) -> bool:
    """Whether *pid* is more than a name that nobody has asked about yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
