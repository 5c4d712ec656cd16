"""
A million requests: does the memory stay as it is, and do the tables shrink again?

    python -m benchmarks.soak [--server authwright-postgresql] [--requests 1000000]

The load is everything at once: people sign in with a password, their browsers come back for further codes,
their apps refresh, ask userinfo and introspection and at last revoke, machines get tokens. Memory
(proportional set size) and what the database holds are shown after every part. Then the server is stopped,
and the rows are pruned by a clock that runs ahead: by hours, by a day, until refresh tokens have run out,
until grants have.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from authwright.idp.storage.open import open_storage
from authwright.oauth.types import Timestamp
from benchmarks.field.__main__ import DEFAULT_HOME
from benchmarks.field.browser import Browser
from benchmarks.field.contestant import Home, Place
from benchmarks.field.provider import Provider, basic
from benchmarks.field.registry import CONTESTANTS
from benchmarks.field.running import Running
from benchmarks.field.workloads import code_flow
from benchmarks.load import DONE, READY, Conversation, get, post
from benchmarks.processes import stop_in_order
from benchmarks.servers import LOAD_CORE

_VISITS = 20
"""How often an app goes through everything between a sign-in and a revocation."""

_CLOCK = {
    "now": 0,
    "2 hours later": 2 * 3600,
    "a day later": 86_400,
    "31 days later": 31 * 86_400,
    "182 days later": 182 * 86_400,
}

_EVENTS_KEPT = 30 * 86_400
"""The audit log is kept for ever unless the operator says otherwise; so says this one in the last row."""


@dataclass(frozen=True)
class Database:
    """What the server keeps, seen from outside."""

    place: Place

    def rows(self) -> dict[str, int]:
        """In each table that has any."""
        if self.place.cluster is not None:
            names = self.place.cluster.run(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            ).split()
            counts = {name: int(self.place.cluster.run(f"SELECT count(*) FROM {name}")) for name in names}
        else:
            with closing(sqlite3.connect(self._file)) as connection:
                names = [
                    name
                    for (name,) in connection.execute(
                        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                    )
                ]
                counts = {
                    name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names
                }
        return {name: count for name, count in sorted(counts.items()) if count}

    def megabytes(self) -> float:
        """Of tables and indexes; a SQLite file does not shrink, its pages are used again."""
        if self.place.cluster is not None:
            return int(self.place.cluster.run("SELECT pg_database_size('bench')")) / 1e6
        return self._file.stat().st_size / 1e6

    async def prune(self, now: Timestamp, events_before: Timestamp | None) -> int:
        """Everything that is over at *now*, and what happened *events_before*: how many rows that were."""
        storage = open_storage(self.place.database_url if self.place.cluster else f"sqlite:///{self._file}")
        removed = 0
        try:
            while rows := sum(
                count for _, count in (await storage.prune(now, events_before=events_before)).rows
            ):
                removed += rows
        finally:
            await storage.close()
        return removed

    @property
    def _file(self) -> Path:
        return self.place.directory / "authwright.db"


def everyday(provider: Provider, person: str) -> Conversation:
    """One person with one app, again and again."""
    port, headers = provider.port, basic(provider.app)
    machine = provider.machines["ES256"]
    token_of_machine = {"grant_type": "client_credentials", **machine.parameters}
    yield READY
    while True:
        browser = Browser(provider, person)
        tokens = yield from code_flow(browser, {**provider.parameters, **provider.offline})
        yield DONE
        for _ in range(_VISITS):
            yield from code_flow(browser, {**provider.parameters, **provider.silent})
            yield DONE
            form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            response = yield post(port, provider.token, form, headers)
            tokens = json.loads(response.expect(200).body)  # type: ignore[union-attr]
            bearer = f"authorization: Bearer {tokens['access_token']}\r\n"
            for request in (
                get(port, provider.userinfo, bearer),
                post(port, provider.introspection, {"token": tokens["access_token"]}, headers),
                post(port, provider.token, token_of_machine, basic(machine.client_id)),
                get(port, provider.discovery),
                get(port, provider.jwks),
            ):
                response = yield request
                response.expect(200)  # type: ignore[union-attr]
            yield DONE
        response = yield post(port, provider.revocation, {"token": tokens["refresh_token"]}, headers)
        response.expect(200)  # type: ignore[union-attr]
        yield DONE


def main(arguments: Sequence[str] | None = None) -> None:
    """Print two tables: under load, and while pruning."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ours = [name for name in CONTESTANTS if name.startswith("authwright")]
    parser.add_argument("--server", choices=ours, default=ours[0])
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--part", type=float, default=20, help="seconds between two looks")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME)
    options = parser.parse_args(arguments)
    stop_in_order()
    os.sched_setaffinity(0, {LOAD_CORE})
    contestant, home = CONTESTANTS[options.server], Home(options.home)
    contestant.install(home)
    with Running(contestant, home, starts=0) as running:
        database = Database(running.place)
        begun_with = database.rows()
        print(f"{contestant.title}. Rows at the beginning: {_shown(begun_with)}\n")
        print("| requests | requests/s | server MB | database MB | on disk MB |")
        print("|--:|--:|--:|--:|--:|")
        print(
            f"| 0 | | {running.idle[0]:.1f} | {running.idle[1]:.1f} | {database.megabytes():.1f} |",
            flush=True,
        )
        done = 0
        while done < options.requests:
            result = running.hold(everyday, options.part, options.connections)
            done += result.requests
            server, of_database = running.memory()
            rate = result.requests / result.seconds
            memory = f"{server:.1f} | {of_database:.1f} | {database.megabytes():.1f}"
            print(f"| {done:,} | {rate:,.0f} | {memory} |", flush=True)
        running.stop()
        print("\n| clock | rows removed | rows left | of them |")
        print("|---|--:|--:|---|")
        end = int(time.time())
        for name, seconds in _CLOCK.items():
            _prune(database, name, Timestamp(end + seconds), None)
        now = Timestamp(end + seconds)
        _prune(database, "the same, events kept 30 days", now, Timestamp(now - _EVENTS_KEPT))


def _prune(database: Database, clock: str, now: Timestamp, events_before: Timestamp | None) -> None:
    removed = asyncio.run(database.prune(now, events_before))
    left = database.rows()
    print(f"| {clock} | {removed:,} | {sum(left.values()):,} | {_shown(left)} |", flush=True)


def _shown(rows: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in rows.items())


if __name__ == "__main__":
    main()
