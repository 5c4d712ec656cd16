"""
What it costs to guard an API: from the raw signature to a request through FastAPI, in one run.

    python -m benchmarks.verification [ROUNDS]

Each row includes the ones above it. "PyJWT" is the guard that tutorials write: a bearer dependency that
calls `jwt.decode` with issuer and audience. The requests enter at the ASGI interface, so no server and no
socket is measured. Microseconds of CPU time, the fastest slice of each round, the median over the rounds;
compare ratios, not runs.

The second table is of hostile tokens, which are refused, one core; at least 2,000 a second,
p99 below 5 ms.
"""

import asyncio
import gc
import logging
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import jwt as pyjwt
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from authwright.integrations.fastapi import Auth, Principal
from authwright.integrations.starlette import Protected
from authwright.jose import jws, jwt
from authwright.jose.jwk import generate_jwk
from authwright.oauth import access_token
from authwright.oauth.http import HttpRequest
from authwright.oauth.scope import parse_scope
from authwright.resource_server.refusals import Refused
from authwright.testing.fake_issuer import FakeIssuer

ISSUER, API = "https://id.example.com", "https://api.example.com"
SCOPE = parse_scope("items:read")
SLICE = 100
ROUNDS = 15
HOSTILE = 4000

Work = Callable[[], Awaitable[object]]


def contestants(issuer: FakeIssuer, alg: str) -> dict[str, Work]:
    """By name, what is measured: one verification, or one request."""
    token = issuer.access_token(scope="items:read items:write")
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    keys, now = issuer.jwks, int(time.time())
    unverified = jws.parse(token)
    request = HttpRequest("GET", "/items?page=2", {"authorization": f"Bearer {token}"})
    expected: Any = {"algorithms": frozenset({alg}), "issuer": ISSUER, "audience": API, "now": now}

    async def signature() -> object:
        return jws.check_signature(unverified, keys, algorithms=(alg,))

    async def verify_jwt() -> object:
        return jwt.verify(token, keys, typ="at+jwt", **expected)

    async def verify_access_token() -> object:
        return access_token.verify(token, keys, **expected)

    return {
        "signature alone": signature,
        "jose.jwt.verify": verify_jwt,
        "oauth.access_token.verify": verify_access_token,
        "Protection.verify": lambda: auth.protection.verify(request, scope=SCOPE),
        "ASGI, open": requests(answer, token),
        "ASGI, Protected": requests(Protected(answer, auth=auth, scopes=["items:read"]), token),
        "FastAPI, open": requests(open_app(), token),
        "FastAPI, Security(auth)": requests(guarded_app(auth), token),
        "FastAPI, PyJWT": requests(tutorial_app(issuer, alg), token),
    }


async def answer(_scope: Any, _receive: Any, send: Any) -> None:
    """The smallest application."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def open_app() -> FastAPI:
    """A route that nobody guards."""
    app = FastAPI()

    @app.get("/items")
    async def items() -> dict[str, str]:
        return {"owner": "anybody"}

    return app


def guarded_app(auth: Auth) -> FastAPI:
    """The route of the first five minutes."""
    app = FastAPI()

    @app.get("/items")
    async def items(user: Annotated[Principal, Security(auth, scopes=["items:read"])]) -> dict[str, str]:
        return {"owner": user.sub}

    return app


def tutorial_app(issuer: FakeIssuer, alg: str) -> FastAPI:
    """The guard that one writes by hand, with the key at hand."""
    app = FastAPI()
    bearer = HTTPBearer()
    key = pyjwt.PyJWK.from_dict(issuer.key.public().to_dict(), algorithm=alg).key

    async def current(
        credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    ) -> dict[str, Any]:
        try:
            claims = pyjwt.decode(
                credentials.credentials, key, algorithms=[alg], audience=API, issuer=ISSUER, leeway=30
            )
        except pyjwt.PyJWTError as error:
            raise HTTPException(401) from error
        if "items:read" not in claims["scope"].split():
            raise HTTPException(403)
        return claims

    @app.get("/items")
    async def items(claims: Annotated[dict[str, Any], Depends(current)]) -> dict[str, str]:
        return {"owner": claims["sub"]}

    return app


def requests(app: Any, token: str) -> Work:
    """One request to *app*, which must succeed."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError("the request was refused")

    async def one() -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/items",
            "raw_path": b"/items",
            "query_string": b"page=2",
            "root_path": "",
            "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
        }
        await app(scope, receive, send)

    return one


async def slice_of(work: Work) -> float:
    """Microseconds of CPU time of one piece of *work*."""
    begun = time.process_time()
    for _ in range(SLICE):
        await work()
    return (time.process_time() - begun) / SLICE * 1e6


async def compare(alg: str, rounds: int) -> None:
    """One table."""
    entries = contestants(FakeIssuer(ISSUER, audience=API, alg=alg), alg)
    for work in entries.values():
        await work()
    samples: dict[str, list[float]] = {name: [] for name in entries}
    for _ in range(rounds):
        for name, work in entries.items():
            samples[name].append(min([await slice_of(work) for _ in range(3)]))
    medians = {name: statistics.median(figures) for name, figures in samples.items()}
    raw = medians["signature alone"]
    print(f"\n| {alg} | µs | / signature |\n|---|--:|--:|")
    for name, figure in medians.items():
        print(f"| {name} | {figure:.1f} | {figure / raw:.2f} |", flush=True)


async def hostile(alg: str) -> None:
    """Tokens of unknown keys, with broken signatures, of another API, and no tokens at all."""
    issuer = FakeIssuer(ISSUER, audience=API, alg=alg)
    protection = Auth(issuer=ISSUER, audience=API, transport=issuer).protection
    stranger = generate_jwk(alg)
    kinds: dict[str, Callable[[int], str]] = {
        "unknown kid": lambda number: jws.sign(
            b"{}", replace(stranger, kid=f"unknown-{number}"), typ="at+jwt"
        ),
        "broken signature": lambda number: issuer.access_token(sub=str(number))[:-8] + "AAAAAAAA",
        "another audience": lambda _: issuer.access_token(claims={"aud": "https://other.example.com"}),
        "16 kB of nothing": lambda number: f"{number}" + "x" * 16_000,
        "10,000 dots": lambda _: "." * 10_000,
    }
    await protection.verify_token(issuer.access_token())
    print(f"\n| {alg}, hostile | refused per second | p99 |\n|---|--:|--:|")
    for name, make in kinds.items():
        tokens = [make(number) for number in range(HOSTILE)]
        times = [await refused(protection, token) for token in tokens]
        rate, p99 = HOSTILE / sum(times), sorted(times)[HOSTILE * 99 // 100] * 1e3
        print(f"| {name} | {rate:,.0f} | {p99:.2f} ms |", flush=True)
    fetches = sum(request.url.endswith("/jwks") for request in issuer.requests)
    print(f"\nThe keys were fetched {fetches} time(s).")


async def refused(protection: Any, token: str) -> float:
    """Seconds until the refusal of *token*, its line in the log included."""
    request = HttpRequest("GET", "/items", {"authorization": f"Bearer {token}"})
    begun = time.perf_counter()
    try:
        await protection.verify(request)
    except Refused:
        return time.perf_counter() - begun
    raise RuntimeError("a hostile token was accepted")


def main(rounds: int) -> None:
    """Print the tables."""
    gc.disable()
    with Path(os.devnull).open("w") as nowhere:
        logging.basicConfig(stream=nowhere)  # a refusal costs a line of the log, wherever that goes
        run(rounds)


def run(rounds: int) -> None:
    """Everything."""
    for alg in ("ES256", "RS256"):
        asyncio.run(compare(alg, rounds))
    asyncio.run(hostile("ES256"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
