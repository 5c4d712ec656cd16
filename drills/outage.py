"""
What the drills have in common in which the database fails and the server does not.

Customers go on through it and try again. Whatever happens, an answer comes in time, and it is the right one
or 503 with ``Retry-After``; whoever only verifies notices nothing; and when the cause is gone the same
processes serve again.
"""

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Final, Self

from tests.support.serving import free_port

from drills.bystander import Bystander
from drills.connection import Http
from drills.crowd import Crowd
from drills.realm import Node, Realm, serving
from drills.report import say, say_seconds, say_tally

PAUSE_SECONDS: Final = 0.2
MOST_SECONDS_TO_ANSWER: Final = 10
MOST_SECONDS_TO_RECOVER: Final = 10

Incident = Callable[[], Awaitable[None]]


class Outage:
    """A drill on *nodes*, whose database fails while *crowd* goes on."""

    def __init__(self, nodes: list[Node], crowd: Crowd) -> None:
        self.crowd = crowd
        self._nodes = nodes
        self._bystanders = [Bystander(node.realm, node.port) for node in nodes]
        self._recovery: list[float] = []
        self._problems: list[str] = []

    async def __aenter__(self) -> Self:
        for bystander in self._bystanders:
            await bystander.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        for bystander in self._bystanders:
            await bystander.end()

    async def suffer(self, name: str, operations: int, incident: Incident, relief: Incident) -> None:
        """
        *operations* under load, then *incident*, which returns when it has lasted long enough, then *relief*;
        when the nodes serve again what was acknowledged is examined.
        """
        before = self.crowd.tally.unavailable

        async def whole() -> None:
            await incident()
            await relief()
            began = time.monotonic()
            for node in self._nodes:
                await node.ready()
            self._recovery.append(time.monotonic() - began)

        await self.crowd.load(operations, whole, pause=PAUSE_SECONDS)
        if not all(node.is_running for node in self._nodes):
            self._problems.append(f"{name}: a process of ours ended")
        refused = self.crowd.tally.unavailable - before
        if not refused:
            self._problems.append(f"{name}: nobody noticed, so nothing was shown")
        await self.crowd.recover()
        say(
            f"{name}: {refused:,} answers 503, serving {self._recovery[-1]:.2f} s after it was over, "
            f"{self.crowd.tally.operations:,} operations so far"
        )

    def report(self) -> list[str]:
        """Say what happened; what did not go as promised."""
        tally = self.crowd.tally
        say_tally(tally)
        say_seconds("time to serve again", self._recovery)
        sights = [bystander.sight for bystander in self._bystanders]
        say(f"JWTs verified meanwhile   {sum(sight.verified for sight in sights):,}")
        say(f"documents meanwhile       {sum(sight.documents for sight in sights):,}")
        say(f"slowest of these          {max(sight.longest for sight in sights):.2f} s")
        failures = [failure for sight in sights for failure in sight.failures]
        say(f"not verified or served    {len(failures):,}")
        for failure in sorted(set(failures)):
            say(f"    {failure}")
        rules = (
            (tally.violations, "the server did not stand by what it acknowledged, or answered wrongly"),
            (tally.unanswered, "a request was cut off, and no process of ours had ended"),
            (tally.hung, f"a request hung for more than {MOST_SECONDS_TO_ANSWER} seconds"),
            (len(failures), "a JWT was not verified, or discovery or the keys were not served"),
            (
                max(self._recovery, default=0) > MOST_SECONDS_TO_RECOVER,
                f"serving again took more than {MOST_SECONDS_TO_RECOVER} seconds",
            ),
        )
        return [*self._problems, *(problem for broken, problem in rules if broken)]


@contextlib.asynccontextmanager
async def outage_of_two_nodes(database_url: str, directory: Path, customers: int) -> AsyncGenerator[Outage]:
    """
    Two nodes that serve, with the database at *database_url*, and *customers* of both. At the end everything
    that was acknowledged is examined, and the nodes are ended.
    """
    realm = Realm.make(directory, database_url)
    usernames = realm.populate(customers)
    nodes = [Node(realm, free_port()) for _ in range(2)]
    crowd = Crowd(realm, Http(*(node.port for node in nodes), patience=MOST_SECONDS_TO_ANSWER), usernames)
    async with serving(nodes), Outage(nodes, crowd) as outage:
        yield outage
        await crowd.recover(everything=True)
