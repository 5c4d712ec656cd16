"""The databases that a drill runs on: a SQLite file, or a private PostgreSQL that keeps its promises."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, final

import psycopg
from tests.support.postgresql import DURABLE, Cluster, running_cluster
from typing_extensions import override

NAMES: Final = ("sqlite", "postgresql")


class Database(ABC):
    """Where a realm is kept."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The setting ``database_url``."""

    @abstractmethod
    def crash(self) -> bool:
        """All of its processes die by SIGKILL, and it starts again; False when it has none."""

    @abstractmethod
    def forget(self) -> None:
        """
        Lose what was committed since the last call, so that a drill can show that it notices.

        Called while no node runs.
        """


@final
class SqliteFile(Database):
    """A file in *directory*."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "authwright.db"

    @property
    @override
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    @override
    def crash(self) -> bool:
        return False

    @override
    def forget(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            now, before = Path(f"{self.path}{suffix}"), Path(f"{self.path}{suffix}-before")
            if before.exists():
                before.replace(now)
            if now.exists():
                shutil.copy(now, before)


@final
class PostgresqlCluster(Database):
    """One database of *cluster*."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._name = cluster.new_database()
        self._copied = False

    @property
    @override
    def url(self) -> str:
        return self._cluster.loopback_url(self._name)

    @override
    def crash(self) -> bool:
        self._cluster.kill()
        self._cluster.start()
        return True

    def kill(self) -> None:
        """All of its processes die by SIGKILL."""
        self._cluster.kill()

    def stop(self) -> None:
        """Disconnect everybody and shut down in order."""
        self._cluster.stop()

    def start(self) -> None:
        """Return when it takes connections."""
        self._cluster.start()

    def revive(self) -> None:
        """Start it again, if it has ended by itself."""
        if not self._cluster.is_running:
            self._cluster.start()

    def need_log(self) -> None:
        """Make it begin another file of its log now; where there is no room for one it dies of that."""
        with suppress(psycopg.Error):
            self._cluster.execute("SELECT pg_logical_emit_message(true, 'drill', ''), pg_switch_wal()")

    def set_read_only(self, *, read_only: bool) -> None:
        """Whether transactions may write."""
        value = "on" if read_only else "off"
        self._cluster.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        self._cluster.execute("SELECT pg_reload_conf()")

    @override
    def forget(self) -> None:
        before = f"{self._name}_before"
        if self._copied:
            self._cluster.execute(f"DROP DATABASE {self._name} WITH (FORCE)")
            self._cluster.execute(f"ALTER DATABASE {before} RENAME TO {self._name}")
        self._cluster.execute(f"CREATE DATABASE {before} TEMPLATE {self._name}")
        self._copied = True


@contextmanager
def opened(name: str, directory: Path, *, disk: Path | None = None) -> Iterator[Database]:
    """
    The database *name* of `NAMES`, new, until the block ends.

    A file goes into *directory*, or onto *disk*; a cluster into a directory of its own, or onto *disk*.
    """
    if name == "sqlite":
        yield SqliteFile(disk or directory)
    else:
        with postgresql(disk) as database:
            yield database


@contextmanager
def postgresql(directory: Path | None = None) -> Iterator[PostgresqlCluster]:
    """A cluster that flushes what it commits, until the block ends."""
    with running_cluster(DURABLE, directory) as cluster:
        yield PostgresqlCluster(cluster)
