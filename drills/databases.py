"""The databases that a drill runs on: a SQLite file, or a private PostgreSQL that keeps its promises."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, final

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
        self._path = directory / "authwright.db"

    @property
    @override
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    @override
    def crash(self) -> bool:
        return False

    @override
    def forget(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            now, before = Path(f"{self._path}{suffix}"), Path(f"{self._path}{suffix}-before")
            if before.exists():
                before.replace(now)
            if now.exists():
                shutil.copy(now, before)


@final
class PostgresqlCluster(Database):
    """One database of *cluster*."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._name = cluster.new_database()
        self._copied = False

    @property
    @override
    def url(self) -> str:
        return self.cluster.loopback_url(self._name)

    @override
    def crash(self) -> bool:
        self.cluster.kill()
        self.cluster.start()
        return True

    @override
    def forget(self) -> None:
        before = f"{self._name}_before"
        if self._copied:
            self.cluster.execute(f"DROP DATABASE {self._name} WITH (FORCE)")
            self.cluster.execute(f"ALTER DATABASE {before} RENAME TO {self._name}")
        self.cluster.execute(f"CREATE DATABASE {before} TEMPLATE {self._name}")
        self._copied = True


@contextmanager
def opened(name: str, directory: Path) -> Iterator[Database]:
    """The database *name* of `NAMES`, new, until the block ends; a file goes into *directory*."""
    if name == "sqlite":
        yield SqliteFile(directory)
        return
    with running_cluster(DURABLE) as cluster:
        yield PostgresqlCluster(cluster)
