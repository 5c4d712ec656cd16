"""
Measure this server and its peers by the same workloads, in one run.

    python -m benchmarks.field                                    # everything: an hour
    python -m benchmarks.field --servers authwright-postgresql keycloak --workloads refresh silent
    python -m benchmarks.field --install-only                     # fetch and build the peers
    python -m benchmarks.field --show                             # the tables of what was measured

The servers of a run are up together, on one core with their databases, and take turns: round by round, in
each workload by workload, in each server by server. The load has the other core. What a run measures replaces
what the results file had of that server and workload, so parts can be measured again. A run that was broken
off goes on with --missing.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import postgresql
from benchmarks.field.contestant import Contestant, Home, interpreter
from benchmarks.field.registry import CONTESTANTS
from benchmarks.field.results import Figures, Results
from benchmarks.field.running import Running
from benchmarks.field.workloads import WORKLOADS
from benchmarks.processes import stop_in_order
from benchmarks.servers import LOAD_CORE

_FEWEST_ROUNDS = 4
"""So often each connection does an operation at least, however slow it is."""

DEFAULT_HOME = Path.home() / ".cache" / "authwright-bench"


def main(arguments: Sequence[str] | None = None) -> int:
    """The number of servers and workloads that could not be measured."""
    stop_in_order()
    options = _options(arguments)
    results = Results.read(options.results)
    chosen = [CONTESTANTS[name] for name in options.servers]
    if not options.show:
        home = Home(options.home, options.python)
        installed = [each for each in chosen if _install(each, home, results)]
        if not options.install_only:
            os.sched_setaffinity(0, {LOAD_CORE})
            _measure(installed, home, results, options)
    table = results.markdown(list(CONTESTANTS), WORKLOADS)
    options.results.with_suffix(".md").write_text(table)
    print(table)
    return sum(
        len(results.contestants[name].failures) for name in options.servers if name in results.contestants
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.field", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--servers", nargs="+", choices=CONTESTANTS, default=[*CONTESTANTS], metavar="SERVER")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=[*WORKLOADS], metavar="WORKLOAD")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument(
        "--connections", type=int, default=16, help="operations in flight, for each core of the server"
    )
    parser.add_argument("--starts", type=int, default=3, help="cold starts")
    parser.add_argument(
        "--warm-up", type=float, help="seconds before the first round; each server's by default"
    )
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the servers in Python")
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME, help="where the servers are installed")
    parser.add_argument("--results", type=Path, default=Path("artifacts/field.json"))
    parser.add_argument("--missing", action="store_true", help="only what the results file does not have")
    parser.add_argument("--one-by-one", action="store_true", help="never two servers up; for small machines")
    parser.add_argument(
        "--beside", action="store_true", help="the load on the server's cores: what one machine does, and two"
    )
    parser.add_argument("--install-only", action="store_true")
    parser.add_argument("--show", action="store_true", help="measure nothing")
    options = parser.parse_args(arguments)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    return options


def _install(contestant: Contestant, home: Home, results: Results) -> bool:
    """Whether it can be had; why not is in the results."""
    figures = results.contestants.setdefault(contestant.name, Figures(contestant.title))
    figures.failures.pop("install", None)
    print(f"{contestant.name}: install", file=sys.stderr, flush=True)
    home.of(contestant.name).parent.mkdir(parents=True, exist_ok=True)
    try:
        contestant.install(home)
        version = contestant.version(home)
    except Exception as error:  # noqa: BLE001 - the others are measured all the same
        print(error, file=sys.stderr, flush=True)
        figures.failures["install"] = _line(error)
        return False
    finally:
        results.write()
    figures.title = contestant.title
    figures.facts = {
        "version": version,
        "password_hash": contestant.password_hash,
        "remarks": contestant.remarks,
        "durable": "yes" if contestant.durable else "no",
    }
    figures.installed = sum(map(_megabytes_on_disk, contestant.installed(home)))
    return True


def _measure(
    contestants: Sequence[Contestant], home: Home, results: Results, options: argparse.Namespace
) -> None:
    results.machine = {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": _machine(),
        "Python": f"{options.python} ({interpreter(options.python)})",
        "PostgreSQL": f"{postgresql.version()}, fsync, full_page_writes and synchronous_commit on",
        "load": f"{options.connections} in flight for each core",
        "rounds": f"{options.rounds} of {options.seconds:g} s",
        "load beside the server": "yes" if options.beside else "no",
    }
    groups = [[each] for each in contestants] if options.one_by_one else [list(contestants)]
    for group in groups:
        with ExitStack() as stack:
            up = [running for each in group if (running := _bring_up(each, home, results, options, stack))]
            _warm_up(up, results, options)
            for number in range(options.rounds):
                for workload in options.workloads:
                    for running in up:
                        _one(running, workload, number, results, options)
            for running in up:
                results.contestants[running.contestant.name].loaded = running.memory()
            results.write()


def _bring_up(
    contestant: Contestant, home: Home, results: Results, options: argparse.Namespace, stack: ExitStack
) -> Running | None:
    figures = results.contestants[contestant.name]
    if all(_has(figures, workload, options) for workload in options.workloads):
        return None
    print(f"{contestant.name}: bring up", file=sys.stderr, flush=True)
    figures.failures.pop("bring up", None)
    try:
        running = stack.enter_context(Running(contestant, home, starts=options.starts, beside=options.beside))
    except Exception as error:  # noqa: BLE001 - the others are measured all the same
        print(error, file=sys.stderr, flush=True)
        figures.failures["bring up"] = _line(error)
        return None
    if running.starts:
        figures.starts = running.starts
    figures.idle = running.idle
    return running


def _warm_up(up: Sequence[Running], results: Results, options: argparse.Namespace) -> None:
    """What runs compiled, or is remembered, is so from here on. What cannot be done is known from here on."""
    for running in up:
        figures = results.contestants[running.contestant.name]
        seconds = running.contestant.warm_up if options.warm_up is None else options.warm_up
        for workload in options.workloads:
            if _has(figures, workload, options):
                continue
            figures.failures.pop(workload, None)
            print(f"{running.contestant.name}: warm up, {workload}", file=sys.stderr, flush=True)
            try:
                running.measure(
                    workload, seconds=seconds, warm_up=0, connections=_in_flight(running, options)
                )
            except Exception as error:  # noqa: BLE001 - the others are measured all the same
                print(error, file=sys.stderr, flush=True)
                figures.failures[workload] = _line(error)
                figures.samples.pop(workload, None)
            else:
                if not options.missing:
                    figures.samples[workload] = []
                figures.samples.setdefault(workload, [])


def _in_flight(running: Running, options: argparse.Namespace) -> int:
    return int(options.connections * running.contestant.cores)


def _has(figures: Figures, workload: str, options: argparse.Namespace) -> bool:
    """Whether only what is missing is wanted, and this is not."""
    return options.missing and len(figures.samples.get(workload, ())) >= options.rounds


def _one(running: Running, workload: str, number: int, results: Results, options: argparse.Namespace) -> None:
    figures = results.contestants[running.contestant.name]
    samples = figures.samples.get(workload)
    if samples is None or len(samples) != number:
        return  # it cannot do it, or has it already
    connections = _in_flight(running, options)
    sample = running.measure(
        workload,
        seconds=options.seconds,
        warm_up=0.5,
        connections=connections,
        at_least=_FEWEST_ROUNDS * connections,
    )
    samples.append(sample)
    results.write()
    print(
        f"{number + 1}/{options.rounds} {workload} {running.contestant.name}: "
        f"{sample.rate:,.0f}/s, {sample.cpu:,.0f} ms of CPU per 1,000",
        file=sys.stderr,
        flush=True,
    )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _megabytes_on_disk(path: Path) -> float:
    output = subprocess.run(["du", "-sk", path], check=True, capture_output=True, text=True).stdout
    return int(output.split()[0]) * 1024 / 1e6


def _machine() -> str:
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    return f"{models[0].partition(':')[2].strip()}, {len(models)} cores"


if __name__ == "__main__":
    sys.exit(min(main(), 1))
