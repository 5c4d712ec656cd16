"""
The primary dies, its standby takes over: nothing that was acknowledged is undone, nothing is spent twice.

    python -m drills.failover [--promotions 5] [--frozen 1]

Two PostgreSQL clusters with synchronous replication, and two nodes that know both by one URL
(``postgresql://one,two/realm?target_session_attrs=read-write``). Under load the primary is killed and the
standby promoted; every second time the standby is frozen first, so that the primary dies with commits that
wait for it. The nodes find the new primary by themselves, and answer 503 until then.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from drills.outage import outage_of_two_nodes
from drills.report import verdict
from drills.standby import Pair, pair


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done. *operations* are those between two promotions; *frozen* is in seconds."""

    promotions: int
    frozen: float
    operations: int
    customers: int


async def drill(plan: Plan, both: Pair, directory: Path) -> int:
    """The exit code."""

    async def die() -> None:
        await asyncio.to_thread(both.kill_primary)

    async def die_waiting() -> None:
        both.freeze_standby()
        await asyncio.sleep(plan.frozen)
        await die()

    async with outage_of_two_nodes(both.url, directory, plan.customers) as outage:
        for number in range(1, plan.promotions + 1):
            incident = die if number % 2 else die_waiting
            await outage.suffer(f"promotion {number}", plan.operations, incident, both.promote)
            await asyncio.to_thread(both.join)
    return verdict(outage.report())


def main() -> int:
    """The drill as a program."""
    parser = argparse.ArgumentParser(prog="python -m drills.failover", description=__doc__)
    parser.add_argument("--promotions", type=int, default=5)
    parser.add_argument("--frozen", type=float, default=1, help="seconds that commits wait for the standby")
    parser.add_argument(
        "--asynchronous", action="store_true", help="acknowledge without the standby: the drill has to fail"
    )
    parser.add_argument("--operations", type=int, default=400)
    parser.add_argument("--customers", type=int, default=16)
    given = vars(parser.parse_args())
    synchronous = not given.pop("asynchronous")
    with (
        tempfile.TemporaryDirectory(prefix="authwright-drill-") as name,
        pair(synchronous=synchronous) as both,
    ):
        return asyncio.run(drill(Plan(**given), both, Path(name)))


if __name__ == "__main__":
    sys.exit(main())
