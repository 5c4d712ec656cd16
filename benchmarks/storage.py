"""
Storage: issue a code and redeem it once, each a durable commit, next to SQLite called directly.

    python -m benchmarks.storage [--seconds 1] [--directory DIRECTORY] [--postgresql URL]

"directly" runs the same statements in a transaction of their own on the calling thread: the floor of one
commit at a time. With several in flight, commits share a transaction and a flush of the disk. Prints a
Markdown table.

URL names an empty database; its lines count the CPU of this process alone, as the server's is the database's
own. Wall-clock time depends on the disk (give a DIRECTORY on the one that matters) and CPU time on whatever
else runs; contestants take turns, and the median round of each is shown. Compare lines of one run.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

from authwright.authorization_server.records import AuthorizationCode, Client, Grant, Session
from authwright.authorization_server.writes import (
    AddAuthorizationCode,
    AddGrant,
    AddSession,
    RedeemCode,
    SaveClient,
)
from authwright.idp.storage.open import open_storage
from authwright.idp.storage.plan import plan
from authwright.idp.storage.port import ProductStorage
from authwright.idp.storage.sqlite import file as sqlite_file
from authwright.idp.writes import Write
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, GrantId, SessionId, Subject, Timestamp, digest

NOW = Timestamp(1_800_000_000)
ROUNDS = 5
NUMBERS = count()

SESSION = Session(
    session_id=SessionId("session"),
    secret_digest=digest("session"),
    subject=Subject("alice"),
    authenticated_at=NOW,
    expires_at=NOW,
    acr="",
    amr=("pwd",),
)
GRANT = Grant(
    grant_id=GrantId("grant"),
    client_id=ClientId("app"),
    subject=Subject("alice"),
    session_id=SessionId("session"),
    scope=Scope("openid", "profile", "items:read"),
    resources=("https://api.example.com",),
    auth_time=NOW,
    acr="urn:authwright:acr:password",
    amr=("pwd",),
    offline=False,
    created_at=NOW,
    expires_at=NOW,
)
CLIENT = Client(
    client_id=ClientId("app"),
    client_name="App",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scope=Scope("openid", "profile", "items:read"),
    redirect_uris=("https://app.example.com/callback",),
    client_secret_digests=(digest("secret"),),
)


class Measured(NamedTuple):
    """One slice: how many operations, and how long they took on the clock and on the processor."""

    operations: int
    wall: float
    cpu: float


def new_code() -> AuthorizationCode:
    return AuthorizationCode(
        code_digest=digest(f"code-{next(NUMBERS)}"),
        grant=GRANT,
        redirect_uri="https://app.example.com/callback",
        code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        nonce="n-0S6_WzA2Mj",
        issued_at=NOW,
        expires_at=NOW,
    )


async def issue_and_redeem(commit: Callable[[tuple[Write, ...]], Awaitable[object]]) -> None:
    code = new_code()
    await commit((AddAuthorizationCode(code),))
    await commit((RedeemCode(code.code_digest, NOW),))


async def repeat(operation: Callable[[], Awaitable[object]], seconds: float, in_flight: int) -> Measured:
    """Run *operation* again and again, so many at once, for so long."""
    done = 0
    wall, cpu = time.perf_counter(), time.process_time()
    deadline = wall + seconds

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await operation()
            done += 1

    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return Measured(done, time.perf_counter() - wall, time.process_time() - cpu)


Contestants = dict[str, tuple[Callable[[], Awaitable[object]], int]]


async def contestants_of(name: str, storage: ProductStorage) -> Contestants:
    """What *storage* does, in several sizes of crowd."""
    await storage.commit((AddSession(SESSION), AddGrant(GRANT), SaveClient(CLIENT)))
    code = new_code()
    await storage.commit((AddAuthorizationCode(code),))

    def read() -> Awaitable[object]:
        return storage.authorization_code(code.code_digest)

    return {
        f"{name}, 1 in flight": (lambda: issue_and_redeem(storage.commit), 1),
        f"{name}, 32 in flight": (lambda: issue_and_redeem(storage.commit), 32),
        f"{name}, 256 in flight": (lambda: issue_and_redeem(storage.commit), 256),
        f"{name}, read a client": (lambda: storage.client(CLIENT.client_id), 1),
        f"{name}, read a code with its grant": (read, 1),
        f"{name}, read a code with its grant, 32 in flight": (read, 32),
    }


async def measure(directory: Path, seconds: float, postgresql: str | None) -> dict[str, list[Measured]]:
    storages = {"SQLite": open_storage(f"sqlite:///{directory}/storage.db")}
    if postgresql is not None:
        storages["PostgreSQL"] = open_storage(postgresql)
    sqlite_file.prepare(directory / "direct.db", timedelta(seconds=1))
    with closing(sqlite_file.connect(directory / "direct.db", timedelta(seconds=1))) as connection:

        async def directly(writes: tuple[Write, ...]) -> None:
            connection.execute("BEGIN IMMEDIATE")
            for write in writes:
                for statement in plan(write):
                    connection.execute(statement.sql, statement.parameters)
            connection.execute("COMMIT")

        await directly((AddSession(SESSION), AddGrant(GRANT)))
        contestants: Contestants = {"SQLite directly, 1 at a time": (lambda: issue_and_redeem(directly), 1)}
        for name, storage in storages.items():
            contestants |= await contestants_of(name, storage)
        measured: dict[str, list[Measured]] = {name: [] for name in contestants}
        for _ in range(ROUNDS):
            for name, (operation, in_flight) in contestants.items():
                measured[name].append(await repeat(operation, seconds, in_flight))
    for storage in storages.values():
        await storage.close()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--directory")
    parser.add_argument("--postgresql", metavar="URL")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        measured = asyncio.run(measure(Path(directory), given.seconds, given.postgresql))
    print("| issue and redeem a code, or read | operations/s | µs each | µs of CPU each |")
    print("|---|--:|--:|--:|")
    for name, rounds in measured.items():
        rate = statistics.median(each.operations / each.wall for each in rounds)
        cpu = statistics.median(each.cpu / each.operations for each in rounds)
        print(f"| {name} | {rate:,.0f} | {1e6 / rate:,.0f} | {cpu * 1e6:,.0f} |")


if __name__ == "__main__":
    main()
