"""
The disk is full, and nothing can be written: no success without a durable row, and no restart afterwards.

    python -m drills.disk_full [--database sqlite] [--rounds 5]

The database lives on a file system of its own (a tmpfs, so this is for root), which is filled to the last
byte under load and freed again; and nothing at all can be written for a while: for SQLite the process may
write no file any more (RLIMIT_FSIZE), PostgreSQL is told to be read-only, and is made to need a file for its
log that it cannot have, of which it dies. In the end everything is killed, started again, and examined.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.serving import free_port

from drills import databases
from drills.connection import Http
from drills.crowd import Crowd
from drills.databases import Database, PostgresqlCluster
from drills.outage import Outage
from drills.realm import Node, Realm, serving
from drills.report import say, verdict

_MEGABYTES: Final = {"sqlite": 48, "postgresql": 320}
_LASTS_SECONDS: Final = 2
_LONGEST_SECONDS: Final = 30
"""Until the server needs a block that is not there."""

_CHUNK: Final = bytes(4096)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own. Raises `PermissionError` for whoever may not mount."""
    with tempfile.TemporaryDirectory(prefix="authwright-disk-") as name:
        mounted = subprocess.run(  # noqa: S603 - our own words
            ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", name],
            check=False,
            capture_output=True,
        )
        if mounted.returncode != 0:
            raise PermissionError("a tmpfs cannot be mounted here")
        try:
            yield Path(name)
        finally:
            subprocess.run(["/usr/bin/umount", "--lazy", name], check=True)  # noqa: S603


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done. *operations* are those between two incidents."""

    rounds: int
    operations: int
    customers: int


class Ballast:
    """A file that takes what is left of a disk."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "ballast"

    def fill(self) -> None:
        """Take all that is free now, to the last byte."""
        with suppress(OSError), self._path.open("ab", buffering=0) as file:
            while True:
                file.write(_CHUNK)

    def free(self) -> None:
        """Give it back."""
        self._path.unlink(missing_ok=True)


class Drill:
    """The incidents of one run."""

    def __init__(self, database: Database, disk: Path, node: Node, crowd: Crowd) -> None:
        self._database, self._node, self._crowd = database, node, crowd
        self._ballast = Ballast(disk)

    async def fill(self) -> None:
        """Keep the disk full until that has been felt for a while: what others give back is taken too."""
        felt_at, before = None, self._crowd.tally.unavailable
        began = time.monotonic()
        while time.monotonic() - (felt_at or began) < (_LASTS_SECONDS if felt_at else _LONGEST_SECONDS):
            self._ballast.fill()
            await asyncio.sleep(0.05)
            if felt_at is None and self._crowd.tally.unavailable > before:
                felt_at = time.monotonic()

    async def fill_log(self) -> None:
        """The same, and PostgreSQL needs a new file for its log: it panics and cannot start again."""
        await self.fill()
        if isinstance(self._database, PostgresqlCluster):
            await asyncio.to_thread(self._database.need_log)
            await asyncio.sleep(_LASTS_SECONDS)

    async def free(self) -> None:
        """Room again. PostgreSQL may have given up, and is then started as systemd would."""
        self._ballast.free()
        if isinstance(self._database, PostgresqlCluster):
            await asyncio.to_thread(self._database.revive)

    async def forbid_writing(self) -> None:
        """Nothing can be written, for a while."""
        if isinstance(self._database, PostgresqlCluster):
            self._database.set_read_only(read_only=True)
        else:
            resource.prlimit(self._node.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        await asyncio.sleep(_LASTS_SECONDS)

    async def allow_writing(self) -> None:
        """As it was."""
        if isinstance(self._database, PostgresqlCluster):
            self._database.set_read_only(read_only=False)
        else:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(self._node.pid, resource.RLIMIT_FSIZE, unlimited)


async def drill(plan: Plan, database: Database, disk: Path, directory: Path) -> int:
    """The exit code. *disk* is where the database is, *directory* where everything else is."""
    realm = Realm.make(directory, database.url)
    usernames = realm.populate(plan.customers)
    node = Node(realm, free_port())
    crowd = Crowd(realm, Http(node.port), usernames)
    incidents = Drill(database, disk, node, crowd)
    async with serving([node]):
        async with Outage([node], crowd) as outage:
            for number in range(1, plan.rounds + 1):
                await outage.suffer(f"full {number}", plan.operations, incidents.fill, incidents.free)
                if isinstance(database, PostgresqlCluster):
                    await outage.suffer(
                        f"log full {number}", plan.operations, incidents.fill_log, incidents.free
                    )
                await outage.suffer(
                    f"read-only {number}", plan.operations, incidents.forbid_writing, incidents.allow_writing
                )
        node.kill()
        database.crash()
        node.start()
        await node.ready()
        await crowd.recover(everything=True)
    return verdict(outage.report())


def main() -> int:
    """The drill as a program."""
    parser = argparse.ArgumentParser(prog="python -m drills.disk_full", description=__doc__)
    parser.add_argument("--database", choices=databases.NAMES, default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--operations", type=int, default=200)
    parser.add_argument("--customers", type=int, default=12)
    given = vars(parser.parse_args())
    name_of_database = given.pop("database")
    try:
        with (
            tempfile.TemporaryDirectory(prefix="authwright-drill-") as name,
            small_disk(_MEGABYTES[name_of_database]) as disk,
            databases.opened(name_of_database, Path(name), disk=disk) as database,
        ):
            return asyncio.run(drill(Plan(**given), database, disk, Path(name)))
    except PermissionError as error:
        say(f"SKIPPED: {error}")
        return 0


if __name__ == "__main__":
    sys.exit(main())
