"""
Fifty at once: of parallel uses of one code or refresh token exactly one succeeds, whichever node each meets.

    python -m drills.races [--database sqlite] [--rounds 1000] [--parallel 50]

By HTTP, two nodes with two workers each on one database. Three kinds of round:

=========================  =================================================================================
a code                     one success; the others are replays, so afterwards nothing of the grant is good
a refresh token            on nodes without the replay window: one success; the others are reuse, so
                           afterwards nothing of the grant is good
a refresh token, within    docs/adr/0007: everybody is answered, with siblings of one grant; the token itself
the replay window          is spent; giving up any sibling ends all of them
=========================  =================================================================================
"""

import argparse
import asyncio
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.serving import free_port

from authwright.jose.encoding import b64url_decode, parse_json_object
from drills import databases
from drills.answers import WrongAnswer
from drills.browser import Browser
from drills.connection import Http, Unanswered
from drills.customer import authorization_request
from drills.endpoints import Endpoints, Tokens
from drills.realm import ITEMS, STRICT_NODE, TRUSTED, Node, Realm, serving
from drills.report import say, verdict

_SIBLINGS_ASKED: Final = 5

Race = Callable[["Track", int, "Score"], Awaitable[None]]
Attempt = Callable[[], Awaitable[Tokens | None]]


@dataclass(slots=True)
class Score:
    """What came of the rounds of one kind. *problems* are rounds that did not end as promised."""

    rounds: int = 0
    successes: int = 0
    refusals: int = 0
    unavailable: int = 0
    problems: list[str] = field(default_factory=list)

    def check(self, what: str, *, holds: bool) -> None:
        """Note the present round when *what* does not hold."""
        if not holds:
            self.problems.append(f"round {self.rounds}: {what}")


class Track:
    """Where the races are run: nodes of one realm, and one person who is signed in."""

    def __init__(self, realm: Realm, ports: list[int], username: str) -> None:
        http = Http(*ports)
        self.browser = Browser(http, username, realm.password)
        self.endpoints = Endpoints(http, realm.secret)

    async def code(self) -> tuple[str, str]:
        """A fresh code and its verifier."""
        code_verifier = secrets.token_urlsafe(32)
        answer = await self.browser.authorize(
            **authorization_request(TRUSTED, ITEMS, code_verifier, offline=True)
        )
        return answer["code"], code_verifier

    async def tokens(self) -> Tokens:
        """Those of a fresh grant."""
        tokens = await self.endpoints.redeem(TRUSTED, *await self.code())
        if tokens is None:
            raise LookupError("a fresh code was refused")
        return tokens

    async def is_good(self, tokens: Tokens) -> bool:
        """Whether any of *tokens* is active."""
        return await self.endpoints.is_active(tokens["access_token"]) or await self.endpoints.is_active(
            tokens["refresh_token"], client_id=TRUSTED
        )


async def race_for_code(track: Track, parallel: int, score: Score) -> None:
    """Redeem one code *parallel* times."""
    code, code_verifier = await track.code()
    winners = await _all_at_once(
        lambda: track.endpoints.redeem(TRUSTED, code, code_verifier), parallel, score
    )
    score.check(f"{len(winners)} redeemed the code", holds=len(winners) == 1)
    for winner in winners:
        score.check("a replayed code left something good", holds=not await track.is_good(winner))


async def race_for_refresh(track: Track, parallel: int, score: Score) -> None:
    """Refresh by one token *parallel* times, where there is no replay window."""
    spent = (await track.tokens())["refresh_token"]
    winners = await _all_at_once(lambda: track.endpoints.refresh(TRUSTED, spent), parallel, score)
    score.check(f"{len(winners)} rotated the refresh token", holds=len(winners) == 1)
    for winner in winners:
        score.check("reuse left something good", holds=not await track.is_good(winner))


async def race_within_window(track: Track, parallel: int, score: Score) -> None:
    """Refresh by one token *parallel* times, within the replay window."""
    spent = (await track.tokens())["refresh_token"]
    siblings = await _all_at_once(lambda: track.endpoints.refresh(TRUSTED, spent), parallel, score)
    score.check(f"{len(siblings)} of {parallel} were answered", holds=len(siblings) == parallel)
    grants = {_grant(sibling) for sibling in siblings}
    score.check(f"the siblings are of {len(grants)} grants", holds=len(grants) == 1)
    score.check(
        "the rotated token is still current",
        holds=not await track.endpoints.is_active(spent, client_id=TRUSTED),
    )
    given_up, *others = random.sample(siblings, min(_SIBLINGS_ASKED, len(siblings)))
    score.check("a sibling is worth nothing", holds=await track.is_good(given_up))
    await track.endpoints.revoke(TRUSTED, given_up["refresh_token"])
    for sibling in (given_up, *others):
        score.check("a sibling outlived its grant", holds=not await track.is_good(sibling))


def _grant(tokens: Tokens) -> str:
    """The grant that an access token names in its ``jti``."""
    claims = parse_json_object(b64url_decode(tokens["access_token"].split(".")[1]))
    return str(claims["jti"]).partition(".")[0]


async def _all_at_once(attempt: Attempt, parallel: int, score: Score) -> list[Tokens]:
    """The tokens of those who succeeded."""

    async def one() -> Tokens | None:
        try:
            return await attempt()
        except Unanswered:
            score.unavailable += 1
        except WrongAnswer as wrong:
            score.problems.append(f"round {score.rounds}: {wrong}")
        return None

    answers = await asyncio.gather(*(one() for _ in range(parallel)))
    winners = [answer for answer in answers if answer is not None]
    score.successes += len(winners)
    score.refusals += len(answers) - len(winners)
    return winners


USUAL: Final = (("a code", race_for_code), ("a refresh token, within the window", race_within_window))
STRICT: Final = (("a refresh token", race_for_refresh),)
"""What is raced for on nodes as they are, and on those without the replay window, and how."""


async def run(
    races: tuple[tuple[str, Race], ...], nodes: list[Node], username: str, rounds: int, parallel: int
) -> list[str]:
    """Start *nodes*, run *rounds* of each race on them; what did not end as promised."""
    problems: list[str] = []
    async with serving(nodes):
        track = Track(nodes[0].realm, [node.port for node in nodes], username)
        if not await track.browser.sign_in():
            raise LookupError("nobody can sign in")
        for name, race in races:
            score, began = Score(), time.monotonic()
            for _ in range(rounds):
                score.rounds += 1
                await race(track, parallel, score)
            say(
                f"{name:<36}{score.rounds:,} rounds of {parallel}: {score.successes:,} successes, "
                f"{score.refusals:,} refusals, {score.unavailable:,} without an answer, "
                f"{time.monotonic() - began:.0f} s"
            )
            problems += [f"{name}, {problem}" for problem in score.problems]
    return problems


async def drill(rounds: int, parallel: int, database_url: str, directory: Path) -> int:
    """The exit code."""
    realm = Realm.make(directory, database_url)
    (username,) = realm.populate(1)
    usual = [Node(realm, free_port(), workers=2) for _ in range(2)]
    strict = [Node(realm, free_port(), program=STRICT_NODE) for _ in range(4)]
    problems = await run(USUAL, usual, username, rounds, parallel)
    problems += await run(STRICT, strict, username, rounds, parallel)
    return verdict(problems)


def main() -> int:
    """The drill as a program."""
    parser = argparse.ArgumentParser(prog="python -m drills.races", description=__doc__)
    parser.add_argument("--database", choices=databases.NAMES, default="sqlite")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--parallel", type=int, default=50)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="authwright-drill-") as name,
        databases.opened(given.database, Path(name)) as database,
    ):
        return asyncio.run(drill(given.rounds, given.parallel, database.url, Path(name)))


if __name__ == "__main__":
    sys.exit(main())
