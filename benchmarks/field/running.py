"""One contestant that serves: brought up on its own directory and database, measured, stopped."""

import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks import load
from benchmarks.field.contestant import Contestant, Home, Place
from benchmarks.field.provider import PEOPLE, Provider
from benchmarks.field.results import Sample
from benchmarks.field.workloads import WORKLOADS, Workload
from benchmarks.postgresql import cluster
from benchmarks.processes import cpu_seconds, free_port, megabytes, running, wait_until
from benchmarks.servers import LOAD_CORE, SERVER_CORE, answers

_START_SECONDS = 300
_SETTLE_SECONDS = 3


class Running:
    """
    *contestant*, set up and serving, from the beginning of the block to its end.

    Every run begins with an empty database. *starts* are the seconds from the start of the process to its
    first discovery document, with everything set up before; *idle* the memory some seconds later in MB, of
    the server and of its database. With *beside* the load is on the cores of the server, and not on its own.
    """

    def __init__(self, contestant: Contestant, home: Home, *, starts: int, beside: bool = False) -> None:
        self.contestant = contestant
        self.starts: list[float] = []
        self._home, self._count, self._beside = home, starts, beside
        self._stack, self._server = ExitStack(), ExitStack()

    def __enter__(self) -> Self:
        contestant, stack = self.contestant, self._stack
        try:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{contestant.name}-")))
            directory.chmod(0o755)  # PostgreSQL's user walks through it
            self._cores = f"{SERVER_CORE},{LOAD_CORE}" if contestant.cores > 1 else str(SERVER_CORE)
            database = (
                stack.enter_context(cluster(directory / "postgresql", cores=self._cores))
                if contestant.uses_postgresql
                else None
            )
            self.place = Place(self._home, directory, free_port(), free_port(), database)
            self.provider: Provider = contestant.provider(self.place)
            stack.push(self._server.__exit__)
            contestant.prepare(self.place)
            self._start(contestant.first_document(self.place))
            contestant.configure(self.place)
            for _ in range(self._count):
                self.stop()
                self.starts.append(self._start(self.provider.discovery))
            time.sleep(_SETTLE_SECONDS)
            self.idle = self.memory()
        except BaseException:
            stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    def measure(
        self, workload: str, *, seconds: float, warm_up: float, connections: int, at_least: int = 1
    ) -> Sample:
        """One workload once. Raises what the load raises: an answer that must not be ends the measurement."""
        self.contestant.before(self.place, workload)
        result = self.hold(WORKLOADS[workload], seconds, connections, warm_up=warm_up, at_least=at_least)
        server, database = (*result.metered, 0.0)[:2]
        return Sample(
            at=int(time.time()),
            rate=result.rate,
            server_cpu=server / result.operations * 1e6,
            database_cpu=database / result.operations * 1e6,
            p50=statistics.median(result.latencies) * 1e3,
            p99=result.percentile(0.99),
            requests=result.requests / result.operations,
            load_share=result.cpu_seconds / result.seconds,
        )

    def hold(
        self, workload: Workload, seconds: float, connections: int, *, warm_up: float = 0, at_least: int = 1
    ) -> load.Load:
        """A load of *workload*, metered by the CPU of the server and of its database."""
        if self._beside:
            os.sched_setaffinity(0, map(int, self._cores.split(",")))
        people = [PEOPLE[number % len(PEOPLE)] for number in range(connections)]
        return load.run(
            [workload(self.provider, person) for person in people],
            seconds=seconds,
            warm_up=warm_up,
            at_least=at_least,
            meter=lambda: tuple(cpu_seconds(pid) for pid in self.pids()),
        )

    def stop(self) -> None:
        """The server; its database stays."""
        self._server.close()

    def memory(self) -> tuple[float, float]:
        """Of the server and of its database, in MB."""
        server, database = (*(megabytes(pid) for pid in self.pids()), 0.0)[:2]
        return server, database

    def pids(self) -> tuple[int, ...]:
        """The server's, and its database's if it is a process of its own."""
        cluster = self.place.cluster
        return (self._pid,) if cluster is None else (self._pid, cluster.pid)

    def _start(self, document: str) -> float:
        launch, log = self.contestant.launch(self.place), self.place.directory / "server.log"
        began = time.perf_counter()
        process = self._server.enter_context(
            running(
                launch.command, cores=self._cores, log=log, environment=launch.environment, cwd=launch.cwd
            )
        )
        self._pid = process.pid
        url = f"{self.place.issuer}{document}"
        wait_until(answers(url), process, log, seconds=_START_SECONDS)
        return time.perf_counter() - began
