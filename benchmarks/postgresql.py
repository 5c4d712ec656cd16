"""
A PostgreSQL of one's own, as safe as it comes: ``fsync``, ``full_page_writes`` and ``synchronous_commit`` on.

From Debian's binaries, in a new directory, on loopback. Root starts it as the user ``postgres``, because
PostgreSQL refuses root.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import free_port, running, wait_until

MAX_CONNECTIONS = 150


@dataclass(frozen=True)
class Cluster:
    """A running server with the empty database ``bench``, of the user ``bench``, without a password."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """By which most libraries connect."""
        return f"postgresql://bench@127.0.0.1:{self.port}/bench"

    def run(self, sql: str) -> str:
        """What psql prints."""
        command = [str(_program("psql")), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def cluster(directory: Path, *, cores: str) -> Iterator[Cluster]:
    """A new one in *directory*, which must not exist, until the block ends."""
    user = "postgres" if os.geteuid() == 0 else None
    directory.mkdir(parents=True)
    if user is not None:
        shutil.chown(directory, user, user)
    data, port, log = directory / "data", free_port(), directory.with_suffix(".log")
    subprocess.run(
        [_program("initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=directory,
        user=user,
        extra_groups=None if user is None else [],
    )
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": directory,
        "max_connections": MAX_CONNECTIONS,
        "wal_level": "replica",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
    }
    command = [str(_program("postgres")), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for who is still connected.
    with running(command, cores=cores, log=log, cwd=directory, user=user, stop_by=signal.SIGINT) as process:
        ready = [str(_program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(port)]
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, process, log, seconds=30)
        create = [_program("createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "bench", "bench"]
        subprocess.run(create, check=True)
        yield Cluster(process.pid, port)


def version() -> str:
    """Of the binaries."""
    return subprocess.run(
        [_program("postgres"), "-V"], check=True, capture_output=True, text=True
    ).stdout.strip()


def _program(name: str) -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if installed:
        return installed[-1]
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError("PostgreSQL's server is not installed: apt-get install postgresql")
    return Path(found)
