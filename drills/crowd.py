"""All customers of a drill together: they load the server, and after an incident everything is examined."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from authwright.jose.jwks import parse_jwks
from drills.account import Kind, Tally
from drills.answers import Unavailable, WrongAnswer
from drills.browser import Browser
from drills.connection import Http
from drills.customer import Customer
from drills.endpoints import Endpoints
from drills.realm import Realm

_LOOK_SECONDS: Final = 0.002
_PAUSE_SECONDS: Final = 0.2
_MOST_SECONDS_TO_SERVE: Final = 10


class Crowd:
    """
    Customers of *realm*, one for each of *usernames*, who reach its nodes by *http*.

    *kids* are the signing keys whose making was acknowledged.
    """

    def __init__(self, realm: Realm, http: Http, usernames: Iterable[str]) -> None:
        self.tally = Tally()
        self.kids: set[str] = set()
        self._http = http
        self._endpoints = Endpoints(http, realm.secret)
        self._customers = [
            Customer(Browser(http, username, realm.password), self._endpoints, self.tally)
            for username in usernames
        ]

    async def load(
        self, operations: int, incident: Callable[[], Awaitable[None]], *, pause: float | None = None
    ) -> None:
        """
        Everybody acts until *operations* more are acknowledged; then *incident*, with all of them in flight.

        A customer whose request got no answer stops, or with *pause* tries again after so many seconds; those
        who go on do so until the incident is over.
        """
        self.tally.round += 1
        enough = self.tally.operations + operations
        over = False
        living = [
            asyncio.create_task(customer.live(lambda: not over, pause=pause)) for customer in self._customers
        ]
        while self.tally.operations < enough and not all(task.done() for task in living):
            await asyncio.sleep(_LOOK_SECONDS)
        # Not at the moment of an answer, but anywhere between two.
        await asyncio.sleep(random.random() * 0.02)  # noqa: S311 - no secret
        await incident()
        over = True
        await asyncio.gather(*living)

    async def recover(self, *, everything: bool = False) -> None:
        """
        What got no answer is done again; then what was acknowledged is examined, or *everything*.

        Raises `Unanswered` when the server cannot serve for ten seconds.
        """
        self._http.forget()
        await self._everybody(lambda customer: customer.settle())
        await self._examine(everything=everything)

    async def replay(self) -> None:
        """Spent refresh tokens are presented, and what remains of their grants is examined."""
        self.tally.round += 1
        await self._everybody(lambda customer: customer.replay_refresh_tokens())
        await self._examine(everything=True)

    async def _examine(self, *, everything: bool) -> None:
        try:
            jwks = parse_jwks(await self._endpoints.jwks())
        except WrongAnswer as wrong:
            self.tally.wrong.append(str(wrong))
            return
        published = {key.kid for key in jwks.keys}
        for kid in self.kids:
            self.tally.examine(Kind.SIGNING_KEY, kid, good=True, accepted=kid in published)
        await self._everybody(lambda customer: customer.examine(jwks, everything=everything))

    async def _everybody(self, does: Callable[[Customer], Awaitable[None]]) -> None:
        deadline = time.monotonic() + _MOST_SECONDS_TO_SERVE

        async def one(customer: Customer) -> None:
            while True:
                try:
                    await customer.settle()
                    await does(customer)
                except WrongAnswer as wrong:
                    self.tally.wrong.append(f"round {self.tally.round}: {wrong}")
                except Unavailable:
                    # A database that has just come back may do so in several steps.
                    if time.monotonic() > deadline:
                        raise
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                return

        await asyncio.gather(*map(one, self._customers))
