"""
kill -9 under load: what was acknowledged stands, what was spent stays spent, the server is back in seconds.

    python -m drills.kill [--database sqlite] [--kills 100] [--operations 50000] [--workers 1]

A SIGKILL takes the process at any instruction, and with it all that it had only in memory; on
PostgreSQL every third one takes all processes of the database as well. What the operating system has been
given survives a SIGKILL; with ``--power-loss`` only what was flushed does (`drills.power`; SQLite, strace).
"""

import argparse
import asyncio
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.serving import free_port

from drills import databases
from drills.connection import Http
from drills.crowd import Crowd
from drills.customer import REPLAY_SECONDS
from drills.databases import Database, SqliteFile
from drills.power import Recorder
from drills.realm import Node, Realm, serving
from drills.report import say, say_seconds, say_tally, verdict

_ROTATE_EVERY: Final = 5
"""Rounds: each rotation makes an RSA key, and every key made is published to the end of the drill."""

_CRASH_EVERY: Final = 3
_SHOW_EVERY: Final = 10
_KID: Final = re.compile(r"\b\d{4}-\d{2}[a-z]+\b")


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How much is done. With *power_loss* whatever was not flushed goes with the process. *forget* makes the
    database lose its latest commits after each kill, which the drill has to notice; *quick* leaves out the
    last part, for which the replay window has to pass.
    """

    kills: int
    operations: int
    customers: int
    workers: int
    ready_within: float
    forget: bool
    power_loss: bool
    quick: bool


async def drill(plan: Plan, database: Database, directory: Path) -> int:
    """The exit code."""
    realm = Realm.make(directory, database.url)
    usernames = realm.populate(plan.customers)
    recorder = None
    node = Node(realm, free_port(), plan.workers)
    if plan.power_loss and isinstance(database, SqliteFile):
        recorder = Recorder(database.path, directory / "trace")
        node.program = recorder.program
        recorder.begin()
    crowd, seconds = Crowd(realm, Http(node.port), usernames), list[float]()
    async with serving([node]):
        for number in range(1, plan.kills + 1):
            await _round(number, plan, crowd, node, database)
            if recorder is not None:
                recorded, unflushed = await recorder.lose_power()
                crowd.tally.recorded += recorded
                crowd.tally.unflushed += unflushed
                recorder.begin()
            node.start()
            seconds.append(await node.ready())
            await crowd.recover(everything=number == plan.kills)
            if number % _SHOW_EVERY == 0:
                say(f"{number} kills, {crowd.tally.operations:,} operations")
        if not plan.quick:
            await asyncio.sleep(REPLAY_SECONDS + 2)
            await crowd.replay()
    return _report(plan, crowd, seconds)


async def _round(number: int, plan: Plan, crowd: Crowd, node: Node, database: Database) -> None:
    """Load, with a key rotation now and then, to a kill somewhere in it."""

    async def incident() -> None:
        node.kill()

    rotation = None
    # Only the server is recorded, so with a loss of power nobody else may write.
    if number % _ROTATE_EVERY == 0 and not plan.power_loss:
        rotation = asyncio.create_task(node.realm.run_beside("keys", "rotate", "--now"))
    share = (plan.operations - crowd.tally.operations) / (plan.kills - number + 1)
    if number < plan.kills:
        share *= random.uniform(0.5, 1.5)  # noqa: S311 - no secret
    await crowd.load(round(share), incident)
    if rotation is not None and (said := await rotation) is not None:
        crowd.kids.update(_KID.findall(said))
        crowd.tally.acknowledge("key rotation")
    if number % _CRASH_EVERY == 0:
        database.crash()
    if plan.forget:
        database.forget()


def _report(plan: Plan, crowd: Crowd, seconds: Sequence[float]) -> int:
    tally = crowd.tally
    say(f"kills                     {plan.kills}")
    if plan.power_loss:
        say(f"writes recorded           {tally.recorded:,}")
        say(f"writes not flushed        {tally.unflushed:,}")
    say_tally(tally)
    say_seconds("time to ready", seconds)
    problems: list[str] = []
    if tally.violations:
        problems.append("the server did not stand by what it acknowledged")
    if max(seconds) > plan.ready_within:
        problems.append(f"it took more than {plan.ready_within:g} seconds to be ready again")
    if tally.operations < plan.operations:
        problems.append("fewer operations were acknowledged than the plan wants")
    return verdict(problems)


def main() -> int:
    """The drill as a program."""
    parser = argparse.ArgumentParser(prog="python -m drills.kill", description=__doc__)
    parser.add_argument("--database", choices=databases.NAMES, default="sqlite")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--operations", type=int, default=50_000)
    parser.add_argument("--customers", type=int, default=24)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--ready-within", type=float, default=5, help="seconds")
    parser.add_argument("--forget", action="store_true", help="break durability: the drill has to fail")
    parser.add_argument("--power-loss", action="store_true", help="what was not flushed is lost (SQLite)")
    parser.add_argument("--quick", action="store_true", help="without the replays after the window")
    given = vars(parser.parse_args())
    if given["power_loss"] and given["database"] != "sqlite":
        parser.error("--power-loss is for SQLite: PostgreSQL's flushes are its own")
    with (
        tempfile.TemporaryDirectory(prefix="authwright-drill-") as name,
        databases.opened(given.pop("database"), Path(name)) as database,
    ):
        return asyncio.run(drill(Plan(**given), database, Path(name)))


if __name__ == "__main__":
    sys.exit(main())
