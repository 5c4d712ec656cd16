"""
Growth: what one operation leaves in the database, in rows and bytes, and what it costs in CPU time.

    python -m benchmarks.growth [OPERATIONS]

A real server on SQLite, then one on PostgreSQL, does each operation OPERATIONS times (2,000 unless told), one
after the other. Sizes are those of tables with their indexes, after VACUUM in PostgreSQL, so they are what a
database keeps and not what it writes; what PostgreSQL writes is the WAL. CPU time is that of the server's and
of the database's processes, without what the client of this measurement takes. Prints Markdown tables;
docs/operations/growth.md says what they mean.
"""

import asyncio
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from authwright.idp.accounts.password import PasswordHashes
from authwright.idp.records import Account
from authwright.idp.storage.open import open_storage
from authwright.idp.writes import AddAccount
from authwright.oauth.types import Secret, Subject, Timestamp
from benchmarks.field.browser import Browser
from benchmarks.field.contestant import Contestant, Home, Place
from benchmarks.field.contestants.authwright import Authwright, AuthwrightPostgresql
from benchmarks.field.provider import PASSWORD, PEOPLE, Provider
from benchmarks.field.running import Running
from benchmarks.field.workloads import client_credentials, code_flow, login, refresh, silent
from benchmarks.load import DONE, READY, Conversation, Response, Signal, parse
from benchmarks.postgresql import Cluster
from benchmarks.processes import cpu_seconds

OPERATIONS = 2_000
_SETTLED = 50
"""Operations before the first look, so that the first pages of a table are not counted."""


def silent_offline(provider: Provider, person: str) -> Conversation:
    """A code flow with a session, for a refresh token."""
    browser = Browser(provider, person)
    wanted = {**provider.parameters, **provider.offline}
    yield from code_flow(browser, wanted)
    yield READY
    while True:
        yield from code_flow(browser, {**wanted, **provider.silent})
        yield DONE


WORKLOADS: Mapping[str, Callable[[Provider, str], Conversation]] = {
    "sign-in with a password": login,
    "sign-in with a session": silent,
    "the same, with offline_access": silent_offline,
    "refresh": refresh,
    "client_credentials": client_credentials("ES256"),
}


@dataclass(frozen=True)
class Look:
    """At a moment: rows and bytes of each table, bytes of WAL ever written, CPU seconds ever used."""

    rows: Mapping[str, int]
    sizes: Mapping[str, int]
    wal: int
    server_cpu: float
    database_cpu: float


@dataclass(frozen=True)
class Cost:
    """Of one operation. *wal* is None where there is none to be asked for."""

    rows: Mapping[str, float]
    size: float
    wal: float | None
    server_cpu: float
    database_cpu: float


def main() -> None:
    """Both databases, and a table of each."""
    operations = int(sys.argv[1]) if len(sys.argv) > 1 else OPERATIONS
    with tempfile.TemporaryDirectory() as directory:
        home = Home(Path(directory))
        # The working tree as it is installed here.
        home.of("authwright").mkdir()
        (home.of("authwright") / "venv").symlink_to(sys.prefix)
        for contestant in (Authwright(), AuthwrightPostgresql()):
            costs, rows = _measure(contestant, home, operations)
            print(f"\n### {contestant.title}, {operations:,} of each\n\n{_table(costs)}", flush=True)
            print("\n| a row of | bytes, with its indexes |\n|---|---:|")
            for name, size in sorted(rows.items()):
                print(f"| {name} | {size:,.0f} |", flush=True)


def _measure(contestant: Contestant, home: Home, operations: int) -> tuple[dict[str, Cost], dict[str, float]]:
    """The cost of each operation, and the size of a row of each table that grew."""
    costs: dict[str, Cost] = {}
    with Running(contestant, home, starts=0) as server:
        first = _look(server)
        for name, workload in WORKLOADS.items():
            steps = _steps(workload(server.provider, PEOPLE[0]))
            next(islice(steps, _SETTLED, None))
            before = _look(server)
            next(islice(steps, operations - 1, None))
            costs[name] = _cost(before, _look(server), operations)
        before = _look(server)
        asyncio.run(_add_people(server.place, operations))
        last = _look(server)
        costs["a person"] = _cost(before, last, operations)
    grown = {name: number - first.rows[name] for name, number in last.rows.items()}
    sizes = {
        name: (last.sizes[name] - first.sizes[name]) / rows
        for name, rows in grown.items()
        if rows >= operations
    }
    return costs, sizes


def _steps(conversation: Conversation) -> Iterator[None]:
    """Each operation of *conversation*, done over one connection that is kept."""
    said = next(conversation)
    wires: dict[int, socket.socket] = {}
    while True:
        if isinstance(said, Signal):
            if said is DONE:
                yield
            said = next(conversation)
        else:
            port, request = said
            if port not in wires:
                wires[port] = socket.create_connection(("127.0.0.1", port))
            said = conversation.send(_ask(wires[port], request))


def _ask(wire: socket.socket, request: bytes) -> Response:
    wire.sendall(request)
    received = b""
    while (response := parse(received)) is None:
        part = wire.recv(65_536)
        if not part:
            raise ConnectionError("the server closed the connection within an answer")
        received += part
    return response


async def _add_people(place: Place, number: int) -> None:
    """People with the claims that most have."""
    hashes = PasswordHashes()
    password_hash = await hashes.make(Secret(PASSWORD))
    hashes.close()
    url = place.database_url if place.cluster else f"sqlite:///{_file(place)}"
    storage = open_storage(url)
    try:
        for each in range(number):
            name = f"somebody{each}@example.com"
            claims = {
                "name": f"Somebody {each}",
                "given_name": "Somebody",
                "family_name": str(each),
                "email": name,
                "email_verified": True,
            }
            account = Account(
                subject=Subject(f"subject-of-22-chars-{each:06}"),
                username=name,
                normal_username=name,
                claims=claims,
                password_hash=password_hash,
                created_at=Timestamp(1),
                updated_at=Timestamp(1),
            )
            await storage.commit((AddAccount(account),))
    finally:
        await storage.close()


def _look(server: Running) -> Look:
    place = server.place
    cpu = [cpu_seconds(pid) for pid in server.pids()]
    if place.cluster is None:
        rows, sizes = _sqlite(_file(place))
        return Look(rows, sizes, 0, cpu[0], 0)
    rows, sizes, wal = _postgresql(place.cluster)
    return Look(rows, sizes, wal, *cpu)


def _sqlite(file: Path) -> tuple[dict[str, int], dict[str, int]]:
    with closing(sqlite3.connect(file)) as database:
        sizes = dict(
            database.execute(
                "SELECT tbl_name, SUM(pgsize) FROM dbstat JOIN sqlite_schema USING (name) GROUP BY tbl_name"
            )
        )
        rows = {name: database.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in sizes}
    return rows, sizes


def _postgresql(cluster: Cluster) -> tuple[dict[str, int], dict[str, int], int]:
    wal = int(cluster.run("SELECT pg_current_wal_insert_lsn() - '0/0'"))
    cluster.run("VACUUM")
    listed = cluster.run(
        "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    sizes = {name: int(size) for name, size in (line.split("|") for line in listed.splitlines())}
    rows = {name: int(cluster.run(f'SELECT COUNT(*) FROM "{name}"')) for name in sizes}
    return rows, sizes, wal


def _file(place: Place) -> Path:
    return place.directory / "authwright.db"


def _cost(before: Look, after: Look, operations: int) -> Cost:
    rows = {name: (number - before.rows.get(name, 0)) / operations for name, number in after.rows.items()}
    return Cost(
        rows={name: number for name, number in rows.items() if number > 0.005},
        size=(sum(after.sizes.values()) - sum(before.sizes.values())) / operations,
        wal=(after.wal - before.wal) / operations if after.wal else None,
        server_cpu=(after.server_cpu - before.server_cpu) / operations,
        database_cpu=(after.database_cpu - before.database_cpu) / operations,
    )


def _table(costs: Mapping[str, Cost]) -> str:
    lines = [
        "| one | rows | kept, bytes | WAL, bytes | CPU of the server, ms | CPU of the database, ms |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for name, cost in costs.items():
        rows = ", ".join(f"{table} {number:.3g}" for table, number in sorted(cost.rows.items())) or "none"
        wal = "" if cost.wal is None else f"{cost.wal:,.0f}"
        server, database = (f"{1000 * seconds:.2f}" for seconds in (cost.server_cpu, cost.database_cpu))
        if name == "a person":
            server = database = ""
        lines.append(f"| {name} | {rows} | {cost.size:,.0f} | {wal} | {server} | {database} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
