"""
PostgreSQL goes away and comes back: nobody hangs, nothing is lost, and our processes stay.

    python -m drills.restart [--rounds 3] [--down 30]

It is restarted in order, killed and started, and stopped for *down* seconds, in each round, under load on two
nodes. Meanwhile answers are right or 503 with ``Retry-After`` and come within ten seconds, JWTs are verified,
discovery and the keys are served; afterwards the same processes serve again.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from drills.databases import PostgresqlCluster, postgresql
from drills.outage import outage_of_two_nodes
from drills.report import verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done. *operations* are those between two incidents; *down* is in seconds."""

    rounds: int
    down: float
    operations: int
    customers: int


async def drill(plan: Plan, database: PostgresqlCluster, directory: Path) -> int:
    """The exit code."""

    async def start() -> None:
        await asyncio.to_thread(database.start)

    async def stop() -> None:
        await asyncio.to_thread(database.stop)

    async def crash() -> None:
        await asyncio.to_thread(database.kill)

    async def stay_away() -> None:
        await stop()
        await asyncio.sleep(plan.down)

    async with outage_of_two_nodes(database.url, directory, plan.customers) as outage:
        for number in range(1, plan.rounds + 1):
            await outage.suffer(f"restart {number}", plan.operations, stop, start)
            await outage.suffer(f"crash {number}", plan.operations, crash, start)
            await outage.suffer(f"{plan.down:.0f} s without {number}", plan.operations, stay_away, start)
    return verdict(outage.report())


def main() -> int:
    """The drill as a program."""
    parser = argparse.ArgumentParser(prog="python -m drills.restart", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--down", type=float, default=30, help="seconds")
    parser.add_argument("--operations", type=int, default=300)
    parser.add_argument("--customers", type=int, default=16)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="authwright-drill-") as name,
        postgresql() as database,
    ):
        return asyncio.run(drill(Plan(**vars(given)), database, Path(name)))


if __name__ == "__main__":
    sys.exit(main())
