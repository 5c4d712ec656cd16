"""
client_credentials with an ES256 JWT: this server on SQLite against npm oidc-provider in memory, in one run.

    python -m benchmarks.token [ROUNDS] [SECONDS]

Server on one core, load on the other; the two take turns within each round, and what is shown is the median
over the rounds. CPU per 1,000 requests stands beside the rate, because the speed of a shared machine drifts.
"""

import base64
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load
from benchmarks.authwright_server import CLIENT_ID, CLIENT_SECRET
from benchmarks.oidc_provider import oidc_provider_command
from benchmarks.processes import cpu_seconds, free_port, megabytes
from benchmarks.servers import LOAD_CORE, server

FORM = {"grant_type": "client_credentials", "scope": "items:read"}
CONNECTIONS = 16


@dataclass(frozen=True)
class Sample:
    """One contestant in one round."""

    rate: float
    cpu_per_thousand: float
    p50: float
    p99: float
    megabytes: float


def measure(pid: int, port: int, seconds: float) -> Sample:
    """A short warm-up, then the load."""
    credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    request = load.post(port, "/token", FORM, f"authorization: Basic {credentials}\r\n")
    result = load.run(
        [load.again_and_again(request) for _ in range(CONNECTIONS)],
        seconds=seconds,
        warm_up=1,
        meter=lambda: (cpu_seconds(pid),),
    )
    return Sample(
        rate=result.rate,
        cpu_per_thousand=result.metered[0] / result.operations * 1e6,
        p50=result.percentile(0.5),
        p99=result.percentile(0.99),
        megabytes=megabytes(pid),
    )


def main(rounds: int, seconds: float) -> None:
    """Print the table and the ratio."""
    os.sched_setaffinity(0, {LOAD_CORE})
    samples: dict[str, list[Sample]] = {"authwright, SQLite": [], "oidc-provider, memory": []}
    with tempfile.TemporaryDirectory() as directory:
        ours, theirs = free_port(), free_port()
        command = [sys.executable, "-m", "benchmarks.authwright_server", str(ours), directory]
        peer, environment = oidc_provider_command(theirs, CLIENT_ID, CLIENT_SECRET)
        with (
            server(command, ours) as authwright,
            server(peer, theirs, environment=environment, cwd=Path(__file__).parent) as oidc_provider,
        ):
            for _ in range(rounds):
                samples["authwright, SQLite"].append(measure(authwright.pid, ours, seconds))
                samples["oidc-provider, memory"].append(measure(oidc_provider.pid, theirs, seconds))
    print("| server | requests/s | CPU ms per 1,000 | p50 ms | p99 ms | memory MB |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, rows in samples.items():
        values = [statistics.median(getattr(row, field) for row in rows) for field in Sample.__annotations__]
        rate, cpu, p50, p99, megabytes = values
        print(f"| {name} | {rate:,.0f} | {cpu:.0f} | {p50:.1f} | {p99:.1f} | {megabytes:.0f} |")
    pairs = list(zip(*samples.values(), strict=True))
    print(f"\nRate: {statistics.median(a.rate / b.rate for a, b in pairs):.2f} times the peer's", end="; ")
    print(f"CPU: {statistics.median(a.cpu_per_thousand / b.cpu_per_thousand for a, b in pairs):.2f} of it.")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 3,
        float(sys.argv[2]) if len(sys.argv) > 2 else 5,
    )
