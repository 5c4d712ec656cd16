"""Two PostgreSQL clusters, of which one replays what the other writes."""

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.postgresql import DURABLE, USER, Cluster

_MOST_SECONDS_TO_FOLLOW: Final = 60


class Pair:
    """
    A primary and its standby. They change places at each `fail_over`.

    When *synchronous* a commit returns when the standby has it as well.
    """

    def __init__(self, primary: Cluster, standby: Cluster, *, synchronous: bool) -> None:
        self.primary, self.standby = primary, standby
        self._synchronous = synchronous
        primary.initialise()
        primary.start()
        self._name = primary.new_database()
        ports = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
        self.url = f"postgresql://{USER}@{ports}/{self._name}?target_session_attrs=read-write"
        self.join()

    def join(self) -> None:
        """The one that is not the primary becomes its standby, from a fresh copy."""
        self.standby.follow(self.primary)
        self.standby.start()
        self._set_standbys("*" if self._synchronous else "")
        wanted = "sync" if self._synchronous else "async"
        deadline = time.monotonic() + _MOST_SECONDS_TO_FOLLOW
        while self.primary.execute("SELECT sync_state FROM pg_stat_replication") != [(wanted,)]:
            if time.monotonic() > deadline:
                raise TimeoutError("the standby does not follow")
            time.sleep(0.05)

    def freeze_standby(self) -> None:
        """It receives nothing more: with synchronous replication commits wait for it."""
        self.standby.signal_all(signal.SIGSTOP)

    def kill_primary(self) -> None:
        """All of its processes die by SIGKILL."""
        self.primary.kill()

    async def promote(self) -> None:
        """The standby takes over, alone: nothing would acknowledge what it commits."""
        self.standby.signal_all(signal.SIGCONT)
        self.primary, self.standby = self.standby, self.primary
        self._set_standbys("")
        await asyncio.to_thread(self.primary.execute, "SELECT pg_promote()")

    def stop(self) -> None:
        """Stop both."""
        for cluster in (self.standby, self.primary):
            if cluster.is_running:
                cluster.signal_all(signal.SIGCONT)
                cluster.stop(signal.SIGQUIT)

    def _set_standbys(self, names: str) -> None:
        self.primary.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.primary.execute("SELECT pg_reload_conf()")


@contextmanager
def pair(*, synchronous: bool) -> Iterator[Pair]:
    """A primary and a standby that follows it, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="authwright-pair-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        clusters: list[Cluster] = []
        for each in ("one", "two"):
            directory = Path(name) / each
            directory.mkdir(mode=0o755)
            shutil.chown(directory, "postgres", "postgres")
            clusters.append(Cluster(directory, {**DURABLE, "synchronous_commit": "on"}))
        both = Pair(*clusters, synchronous=synchronous)
        try:
            yield both
        finally:
            both.stop()
