"""
Revocation is final: from the moment it is answered, no node accepts anything of what was revoked.

    python -m drills.revocation [--database sqlite] [--rounds 10000]

By HTTP, two nodes with two workers each on one database. Each round makes a grant, ends it in
one of the ways below, and the moment that is answered presents all of it to every node at once.

===========================  ===============================================================================
a grant                      its refresh token is revoked while two refreshes are under way: whatever those
                             were answered with is worth nothing either
an access token              it alone is revoked, JWT or opaque; its refresh token lives on
consent                      the person disconnects the app on the account page
a session                    the person signs out, and the grant was not offline
===========================  ===============================================================================
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from tests.support.serving import free_port

from drills import databases
from drills.browser import Browser
from drills.connection import Http
from drills.customer import authorization_request
from drills.endpoints import Endpoints, Tokens
from drills.realm import ASKING, ITEMS, ORDERS, TRUSTED, Node, Realm, serving
from drills.report import say, verdict

_PEOPLE: Final = 8
_REFRESHES: Final = 2


class Person:
    """
    Somebody who signs in at any node, and the apps they use. *everywhere* is each node by itself.

    The methods that end something return the tokens that must be worth nothing from then on.
    """

    def __init__(self, realm: Realm, username: str, ports: Sequence[int], score: "Score") -> None:
        http = Http(*ports)
        self._browser = Browser(http, username, realm.password)
        self._anywhere = Endpoints(http, realm.secret)
        self._everywhere = [Endpoints(Http(port), realm.secret) for port in ports]
        self._score = score

    async def sign_in(self) -> None:
        """Begin a session."""
        self._browser = self._browser.again()
        if not await self._browser.sign_in():
            raise LookupError("nobody can sign in")

    async def end_grant(self) -> None:
        """Revoke a grant by its refresh token, while it is used."""
        tokens = await self._grant(TRUSTED)
        refreshing = [
            asyncio.create_task(self._anywhere.refresh(TRUSTED, tokens["refresh_token"]))
            for _ in range(_REFRESHES)
        ]
        await self._anywhere.revoke(TRUSTED, tokens["refresh_token"])
        await self._present("a grant", TRUSTED, tokens)
        for answer in await asyncio.gather(*refreshing):
            if answer is not None:
                await self._present("a grant that was being refreshed", TRUSTED, answer)

    async def end_access_token(self) -> None:
        """Revoke an access token, and nothing else."""
        tokens = await self._grant(TRUSTED)
        await self._anywhere.revoke(TRUSTED, tokens["access_token"])
        await self._present("an access token", TRUSTED, {"access_token": tokens["access_token"]})
        if await self._anywhere.refresh(TRUSTED, tokens["refresh_token"]) is None:
            self._score.problems.append("an access token took its grant along")

    async def end_consent(self) -> None:
        """Disconnect an app."""
        tokens = await self._grant(ASKING)
        await self._browser.disconnect(ASKING)
        await self._present("consent", ASKING, tokens)

    async def end_session(self) -> None:
        """Sign out; and in again for the next round."""
        tokens = await self._grant(TRUSTED, offline=False)
        await self._browser.sign_out()
        await self._present("a session", TRUSTED, tokens)
        await self.sign_in()

    async def _grant(self, client_id: str, *, offline: bool = True) -> Tokens:
        code_verifier, resource = secrets.token_urlsafe(32), secrets.choice((ITEMS, ORDERS))
        request = authorization_request(client_id, resource, code_verifier, offline=offline)
        answer = await self._browser.authorize(**request)
        tokens = await self._anywhere.redeem(client_id, answer["code"], code_verifier)
        if tokens is None:
            raise LookupError("a fresh code was refused")
        return tokens

    async def _present(self, what: str, client_id: str, tokens: Tokens) -> None:
        """Show *tokens* to every node at once; none may take them."""
        asked: list[Awaitable[bool]] = []
        for endpoints in self._everywhere:
            asked.append(endpoints.is_active(tokens["access_token"]))
            if "refresh_token" in tokens:
                asked.append(endpoints.is_active(tokens["refresh_token"], client_id=client_id))
                asked.append(_refreshes(endpoints, client_id, tokens["refresh_token"]))
        accepted = sum(await asyncio.gather(*asked))
        self._score.revoked[what] = self._score.revoked.get(what, 0) + 1
        self._score.presented += len(asked)
        if accepted:
            self._score.problems.append(f"{what}: accepted {accepted} times after it was revoked")


class Score:
    """What was revoked, how often that was presented, and what was accepted all the same."""

    def __init__(self) -> None:
        self.revoked: dict[str, int] = {}
        self.presented = 0
        self.problems: list[str] = []


async def _refreshes(endpoints: Endpoints, client_id: str, refresh_token: str) -> bool:
    return await endpoints.refresh(client_id, refresh_token) is not None


def _way(person: Person, number: int) -> Callable[[], Awaitable[None]]:
    """How round *number* ends: sign-ins cost a password each, so few do."""
    if number % 100 == 0:
        return person.end_session
    if number % 10 == 0:
        return person.end_consent
    return person.end_access_token if number % 2 else person.end_grant


async def drill(rounds: int, database_url: str, directory: Path) -> int:
    """The exit code."""
    realm = Realm.make(directory, database_url)
    usernames = realm.populate(_PEOPLE)
    nodes = [Node(realm, free_port(), workers=2) for _ in range(2)]
    score, numbers = Score(), count(1)

    async def go_on(person: Person) -> None:
        await person.sign_in()
        while (number := next(numbers)) <= rounds:
            await _way(person, number)()

    async with serving(nodes):
        ports = [node.port for node in nodes]
        await asyncio.gather(*(go_on(Person(realm, username, ports, score)) for username in usernames))
    for what, times in sorted(score.revoked.items()):
        say(f"{what:<36}{times:>8,} revoked")
    say(f"{'presented after the answer':<36}{score.presented:>8,} times")
    say(f"{'accepted all the same':<36}{len(score.problems):>8,}")
    return verdict(score.problems)


def main() -> int:
    """The drill as a program."""
    parser = argparse.ArgumentParser(prog="python -m drills.revocation", description=__doc__)
    parser.add_argument("--database", choices=databases.NAMES, default="sqlite")
    parser.add_argument("--rounds", type=int, default=10_000)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="authwright-drill-") as name,
        databases.opened(given.database, Path(name)) as database,
    ):
        return asyncio.run(drill(given.rounds, database.url, Path(name)))


if __name__ == "__main__":
    sys.exit(main())
