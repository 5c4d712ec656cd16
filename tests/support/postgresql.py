"""
A private PostgreSQL: its own cluster in a temporary directory, from the binaries that Debian installs.

PostgreSQL refuses to run as root, so root runs it as the user that Debian made for it.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg

from authwright.idp.storage.open import migrate

from .absent import absent

USER = "authwright"

# Nothing has to outlive a test. Who drills durability switches these on again.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
DURABLE = {"fsync": "on", "full_page_writes": "on"}


def binaries() -> Path:
    """Where ``postgres`` and ``initdb`` are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    return absent("PostgreSQL is not installed (Debian: apt-get install postgresql)")


def _identity() -> dict[str, object]:
    """Who runs the server: this user, or for root Debian's."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Cluster:
    """
    One server on loopback and on a socket in its *directory*, which other users can read through.

    *settings* are those of postgresql.conf.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] = NOT_DURABLE) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.port = _free_port()
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(directory),
            "shared_buffers": "32MB",
            "max_connections": "100",
            "max_wal_size": "256MB",
            "log_min_messages": "fatal",
            **settings,
        }
        self._server: subprocess.Popen[bytes] | None = None
        self._names = count()
        self._template: str | None = None

    def initialise(self) -> None:
        """Make the cluster's files, with `USER` for its superuser."""
        self._run(
            "initdb", f"--username={USER}", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"
        )

    def follow(self, primary: "Cluster") -> None:
        """Take a copy of *primary*, in place of `initialise`; from its start this is a standby of it."""
        shutil.rmtree(self.data, ignore_errors=True)
        origin = f"--host={primary.directory}", f"--port={primary.port}", f"--username={USER}"
        self._run("pg_basebackup", *origin, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        command = [binaries() / program, f"--pgdata={self.data}", *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd="/", **_identity())

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended, by itself or otherwise."""
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        assert self._server is not None
        return self._server.pid

    def start(self) -> None:
        """Return when it takes connections."""
        options = [
            argument for name, value in self.settings.items() for argument in ("-c", f"{name}={value}")
        ]
        with (self.directory / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [binaries() / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # An interrupt of the tests is not one of the server: it is stopped when they are done.
                start_new_session=True,
                **_identity(),
            )
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when it takes connections."""
        assert self._server is not None
        deadline = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.directory / "log").read_text()[-2000:]) from None
                time.sleep(0.02)
            else:
                return

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT: disconnect everybody and shut down in order. SIGQUIT: at once, as after a crash."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(60)
            self._server = None

    def signal_all(self, number: int) -> None:
        """Send a signal to the server and all of its children."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        for pid in (self.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """All of it dies, as the machine would."""
        assert self._server is not None
        self.signal_all(signal.SIGKILL)
        self._server.wait(60)
        self._server = None

    def url(self, database: str) -> str:
        """By the socket."""
        return f"postgresql://{USER}@/{database}?host={self.directory}&port={self.port}"

    def loopback_url(self, database: str) -> str:
        """By TCP."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def execute(self, sql: str, *, database: str = "postgres") -> list[tuple]:
        """Run *sql* outside any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = "template1") -> str:
        """Make an empty database, or a copy of *template*, and tell its name."""
        name = f"test_{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def migrated_template(self) -> str:
        """The name of a database that has this release's schema and nothing else, to make others from."""
        if self._template is None:
            self._template = self.new_database()
            migrate(self.url(self._template))
        return self._template

    def clean(self, name: str) -> None:
        """Make a migrated database as good as new: in a hundredth of the time that a new one takes."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            tables = connection.execute(
                "SELECT tablename FROM pg_tables "
                "WHERE schemaname = 'public' AND tablename <> 'schema_version'"
            ).fetchall()
            ones = {"registry_version": "version", "readiness": "checks"}
            for (table,) in tables:
                connection.execute(
                    f"UPDATE {table} SET {ones[table]} = 0" if table in ones else f"DELETE FROM {table}"
                )

    def drop_database(self, name: str) -> None:
        """Throw it away, with whoever is connected."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def running_cluster(
    settings: Mapping[str, str] = NOT_DURABLE, directory: Path | None = None
) -> Iterator[Cluster]:
    """A new cluster that runs until the block ends, in a *directory* of its own, which goes with it."""
    binaries()
    directory = directory or Path(tempfile.mkdtemp(prefix="authwright-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres", "postgres")
        directory.chmod(0o755)
        cluster = Cluster(directory, settings)
        cluster.initialise()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
