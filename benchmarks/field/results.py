"""The figures of the field: kept as JSON, so that parts can be measured again, and shown as Markdown."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

GOALS = {"authwright-postgresql": 2.0, "authwright-sqlite": 3.0}
"""How many times the rate of the best peer, in the workloads of `GOAL_WORKLOADS`."""

ONE_WORKER, TWO_WORKERS = "authwright-postgresql", "authwright-postgresql-2"
SCALING_GOAL = 1.8
"""How many times the rate of one worker on one core two have on two, the load allowed for."""

GOAL_WORKLOADS = frozenset({"client_credentials_es256", "silent", "refresh", "introspection", "userinfo"})


@dataclass(frozen=True)
class Sample:
    """
    One contestant with one workload in one round. CPU is milliseconds for 1,000 operations, latencies are
    milliseconds; *requests* of HTTP are in one operation; *load_share* of its core the load generator used.
    """

    at: int
    rate: float
    server_cpu: float
    database_cpu: float
    p50: float
    p99: float
    requests: float
    load_share: float

    @property
    def cpu(self) -> float:
        """Of the server and its database."""
        return self.server_cpu + self.database_cpu


@dataclass
class Figures:
    """Of one contestant. What is measured again replaces what was there."""

    title: str
    facts: dict[str, str] = field(default_factory=dict)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    idle: tuple[float, float] = (0.0, 0.0)
    loaded: tuple[float, float] = (0.0, 0.0)
    installed: float = 0.0

    def median(self, workload: str, name: str) -> float:
        """Of *name*, a field of `Sample`, over the rounds."""
        return statistics.median(map(attrgetter(name), self.samples[workload]))


@dataclass
class Results:
    """Of all contestants, in the file *path*."""

    path: Path
    machine: dict[str, str] = field(default_factory=dict)
    contestants: dict[str, Figures] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Results":
        """What *path* holds; nothing when there is no such file."""
        if not path.exists():
            return cls(path)
        document = json.loads(path.read_text())
        return cls(
            path,
            document["machine"],
            {name: _figures(members) for name, members in document["contestants"].items()},
        )

    def write(self) -> None:
        """Keep them. A run that is broken off leaves what it has measured."""
        document = {
            "machine": self.machine,
            "contestants": {name: asdict(figures) for name, figures in self.contestants.items()},
        }
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(document, indent=1))
        new.replace(self.path)

    def markdown(self, order: Sequence[str], workloads: Iterable[str]) -> str:
        """The tables, contestants in *order*."""
        names = [name for name in order if name in self.contestants]
        parts = [*(f"- {name}: {value}" for name, value in self.machine.items()), ""]
        parts += self._facts(names)
        measured = [
            workload
            for workload in workloads
            if any(self.contestants[name].samples.get(workload) for name in names)
        ]
        if measured:
            parts += self._goals(names, measured)
        if {ONE_WORKER, TWO_WORKERS} <= set(names):
            parts += self._scaling(measured)
        for workload in measured:
            parts += self._workload(names, workload)
        parts += [
            f"- {self.contestants[name].title}, {workload}: {reason}"
            for name in names
            for workload, reason in self.contestants[name].failures.items()
        ]
        return "\n".join(parts) + "\n"

    def _facts(self, names: Sequence[str]) -> list[str]:
        columns = ("server", "version", "password hash", "cold start, s", "idle MB (+ database)")
        columns += ("loaded MB", "installed MB", "remarks")
        rows = [_header(columns), "|---|---|---|--:|--:|--:|--:|---|"]
        for name in names:
            each = self.contestants[name]
            facts = each.facts
            start = f"{statistics.median(each.starts):.2f}" if each.starts else "-"
            rows.append(
                f"| {each.title} | {facts.get('version', '')} | {facts.get('password_hash', '')} | {start} "
                f"| {_memory(each.idle)} | {_memory(each.loaded)} | {each.installed:,.0f} "
                f"| {facts.get('remarks', '')} |"
            )
        return [*rows, ""]

    def _goals(self, names: Sequence[str], workloads: Sequence[str]) -> list[str]:
        """Our rate and our CPU beside the best peer's, workload by workload."""
        peers = [
            name
            for name in names
            if not name.startswith("authwright") and self.contestants[name].facts.get("durable") != "no"
        ]
        ours = [name for name in names if name in GOALS]
        columns = ["workload", "best peer", "its rate", "its CPU"]
        for name in ours:
            columns += (f"{self.contestants[name].title}: rate", "CPU")
        rows = [_header(columns), "|---|---|--:|--:|" + "--:|--:|" * len(ours)]
        for workload in workloads:
            able = [name for name in peers if self.contestants[name].samples.get(workload)]
            if not able:
                continue
            best = max(able, key=lambda name: self.contestants[name].median(workload, "rate"))
            least = min(able, key=lambda name: self.contestants[name].median(workload, "cpu"))
            rate = self.contestants[best].median(workload, "rate")
            cpu = self.contestants[least].median(workload, "cpu")
            row = f"| {workload} | {self.contestants[best].title} | {rate:,.0f} | {cpu:,.0f} |"
            for name in ours:
                row += self._against(name, workload, rate, cpu)
            rows.append(row)
        return [
            "Against the best peer of each workload that keeps what it answers (CPU: the most frugal one):",
            "",
            *rows,
            "",
        ]

    def _against(self, name: str, workload: str, rate: float, cpu: float) -> str:
        figures = self.contestants[name]
        if not figures.samples.get(workload):
            return " - | - |"
        times = figures.median(workload, "rate") / rate
        verdict = ""
        if workload in GOAL_WORKLOADS:
            verdict = " ✓" if times >= GOALS[name] else f" (goal {GOALS[name]:g}x)"
        return f" {times:.2f}x{verdict} | {figures.median(workload, 'cpu') / cpu:.2f}x |"

    def _scaling(self, workloads: Sequence[str]) -> list[str]:
        """
        Two workers on two cores beside one on one. The load takes a part of the second core, which one
        worker's measurement has for itself: what was left is made up to two whole cores. Beside the server it
        has its part of one worker's core as well, and nothing is made up.
        """
        beside = self.machine.get("load beside the server") == "yes"
        one, two = self.contestants[ONE_WORKER], self.contestants[TWO_WORKERS]
        columns = ("workload", "1 worker, 1 core", "2 workers, 2 cores", "times", "cores the load left")
        columns += (f"times, for two whole cores (goal {SCALING_GOAL})", "CPU for each operation")
        rows = [_header(columns), "|---|--:|--:|--:|--:|--:|--:|"]
        for workload in workloads:
            if not (one.samples.get(workload) and two.samples.get(workload)):
                continue
            before, after = one.median(workload, "rate"), two.median(workload, "rate")
            left = 2 - (0 if beside else two.median(workload, "load_share"))
            cpu = two.median(workload, "cpu") / one.median(workload, "cpu")
            rows.append(
                f"| {workload} | {before:,.0f} | {after:,.0f} | {after / before:.2f}x | {left:.2f} "
                f"| {after / before * 2 / left:.2f}x | {cpu:.2f}x |"
            )
        return ["Two workers:", "", *rows, ""]

    def _workload(self, names: Sequence[str], workload: str) -> list[str]:
        columns = ("server", "operations/s", "CPU ms per 1,000", "of the server", "of the database")
        columns += ("p50 ms", "p99 ms", "requests each", "load's core")
        rows = [f"### {workload}", "", _header(columns), "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
        able = [name for name in names if self.contestants[name].samples.get(workload)]
        for name in sorted(able, key=lambda name: -self.contestants[name].median(workload, "rate")):
            figures = self.contestants[name]
            of = {each: figures.median(workload, each) for each in Sample.__annotations__}
            cpu = figures.median(workload, "cpu")
            rows.append(
                f"| {figures.title} | {of['rate']:,.0f} | {cpu:,.0f} | {of['server_cpu']:,.0f} "
                f"| {of['database_cpu']:,.0f} | {of['p50']:.1f} | {of['p99']:.1f} | {of['requests']:.1f} "
                f"| {of['load_share']:.0%} |"
            )
        return [*rows, ""]


def _header(columns: Iterable[str]) -> str:
    return f"| {' | '.join(columns)} |"


def _memory(pair: Sequence[float]) -> str:
    server, database = pair
    if not server:
        return "-"
    return f"{server:,.0f}" + (f" + {database:,.0f}" if database else "")


def _figures(members: dict[str, Any]) -> Figures:
    samples = {
        workload: [Sample(**sample) for sample in each] for workload, each in members["samples"].items()
    }
    return Figures(**{**members, "samples": samples})
