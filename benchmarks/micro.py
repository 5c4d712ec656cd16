"""
The endpoints of machines without a socket: microseconds of CPU for one request through the ASGI application.

    python -m benchmarks.micro [ROUNDS]

What `token` measures is this, the HTTP server and the kernel. Without those two a change of a microsecond can
be seen. Each figure is the fastest of many short slices, the endpoints take turns, and the raw ES256
signature stands beside them as the measure of the machine's mood. The same access token is shown every time,
so its signature is verified once.
"""

import asyncio
import base64
import gc
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from authwright.authorization_server.decisions import Issue
from authwright.authorization_server.issuance import issue
from authwright.authorization_server.records import (
    Client,
    Grant,
    ProtectedResource,
    ScopeDescription,
    Session,
)
from authwright.authorization_server.target import Target
from authwright.authorization_server.writes import (
    AddGrant,
    AddSession,
    SaveClient,
    SaveProtectedResource,
)
from authwright.idp import settings
from authwright.idp.app import create_app
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.log import Log
from authwright.idp.provider import IdentityProvider, open_identity_provider
from authwright.idp.records import Account
from authwright.idp.writes import AddAccount
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, GrantId, SessionId, Subject, Timestamp, digest

ISSUER, API = "http://127.0.0.1:9000", "https://api.example.com"
CLIENT_ID, CLIENT_SECRET = "worker", "a-secret-of-the-benchmark"
SECONDS_PER_SLICE = 0.02

Operation = Callable[[], Awaitable[object]]


class Caller:
    """Sends requests to an ASGI application as an HTTP server would hand them over."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.headers = [
            (b"host", b"127.0.0.1:9000"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"accept", b"*/*"),
            (b"user-agent", b"micro/1"),
        ]

    async def __call__(
        self, method: str, path: str, authorization: str, form: Mapping[str, str]
    ) -> dict[str, Any]:
        """The start of the response, with its body."""
        body = urlencode(form).encode()
        answer: dict[str, Any] = {}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            answer.update(message)

        await self.app(self._scope(method, path, authorization, body), receive, send)
        return answer

    def repeated(self, method: str, path: str, authorization: str, form: Mapping[str, str]) -> Operation:
        """The request ready to be sent again and again, with the least work outside the application."""
        body = urlencode(form).encode()
        scope = self._scope(method, path, authorization, body)
        message = {"type": "http.request", "body": body, "more_body": False}
        app = self.app

        async def receive() -> dict[str, Any]:
            return message

        async def send(message: dict[str, Any]) -> None:
            if message.get("status", 200) != 200:
                raise RuntimeError(f"{path} answered {message}")

        return lambda: app(scope, receive, send)

    def _scope(self, method: str, path: str, authorization: str, body: bytes) -> dict[str, Any]:
        return {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "client": ("127.0.0.1", 50_000),
            "headers": [
                *self.headers,
                (b"authorization", authorization.encode()),
                (b"content-length", b"%d" % len(body)),
            ],
        }


async def register(idp: IdentityProvider) -> tuple[Client, Grant]:
    """One client that may do everything, an API, a person, and a grant between them."""
    now = idp.server.clock.now()
    client = Client(
        client_id=ClientId(CLIENT_ID),
        client_name="Worker",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=frozenset({"client_credentials", "refresh_token", "authorization_code"}),
        scope=parse_scope("openid profile email offline_access items:read"),
        client_secret_digests=(digest(CLIENT_SECRET),),
        redirect_uris=("https://app.example.com/callback",),
        id_token_signed_response_alg="ES256",
    )
    api = ProtectedResource(
        API,
        "Items",
        (ScopeDescription("items:read", "See items"),),
        introspection_clients=frozenset({client.client_id}),
    )
    claims = {"preferred_username": "alice", "name": "Alice", "email": "alice@example.com"}
    account = Account(Subject("alice"), "alice", "alice", claims=claims, roles=("admin",))
    session = Session(
        SessionId("session"),
        digest("session"),
        account.subject,
        now,
        Timestamp(now + 3600),
        "urn:pwd",
        ("pwd",),
    )
    grant = Grant(
        grant_id=GrantId("a-grant-of-the-benchmark"),
        client_id=client.client_id,
        subject=account.subject,
        session_id=session.session_id,
        scope=client.scope,
        resources=(API,),
        auth_time=now,
        acr="urn:pwd",
        amr=("pwd",),
        offline=True,
        created_at=now,
        expires_at=Timestamp(now + 86_400),
    )
    await idp.storage.commit(
        (
            SaveClient(client),
            SaveProtectedResource(api),
            AddAccount(account),
            AddSession(session),
            AddGrant(grant),
        )
    )
    return client, grant


async def operations(idp: IdentityProvider) -> dict[str, Operation]:
    """By name, what is measured; each leaves things as it found them."""
    client, grant = await register(idp)
    caller = Caller(create_app(idp))
    basic = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    person = await idp.accounts.person(grant.subject)
    api = (await idp.storage.protected_resources())[0]
    yes = Issue(client, Target(grant.scope, (api,)), grant, person, refreshable=True)
    issued = await issue(yes, idp.server, idp.server.clock.now(), network="")
    await idp.storage.commit(issued.writes)
    access_token = issued.response.access_token.reveal()
    key = ec.generate_private_key(ec.SECP256R1())
    scheme, message = ec.ECDSA(hashes.SHA256()), b"x" * 400

    async def signature() -> None:
        key.sign(message, scheme)

    return {
        "raw ES256 signature": signature,
        "client_credentials": caller.repeated(
            "POST", "/token", basic, {"grant_type": "client_credentials", "scope": "items:read"}
        ),
        "introspection": caller.repeated("POST", "/introspect", basic, {"token": access_token}),
        "userinfo": caller.repeated("GET", "/userinfo", f"Bearer {access_token}", {}),
    }


async def slice_of(operation: Operation, count: int) -> float:
    """Microseconds of CPU time of one *operation*, over *count* of them one after the other."""
    begun = time.process_time()
    for _ in range(count):
        await operation()
    return (time.process_time() - begun) / count * 1e6


async def measure(rounds: int, directory: Path) -> dict[str, float]:
    """The fastest slice of each."""
    loaded = settings.load(
        environ={
            "AUTHWRIGHT_ISSUER": ISSUER,
            "AUTHWRIGHT_KEY_ENCRYPTION_KEY": KeyEncryptionKey.generate().text().reveal(),
            "AUTHWRIGHT_DATABASE_URL": f"sqlite:///{directory / 'authwright.db'}",
        }
    )
    async with open_identity_provider(loaded, Log.to_stderr("warning", "json")) as idp:
        contestants = await operations(idp)
        gc.collect()
        gc.freeze()  # as the server does
        counts = {
            name: max(1, round(SECONDS_PER_SLICE * 1e6 / await slice_of(operation, 50)))
            for name, operation in contestants.items()
        }
        fastest = dict.fromkeys(contestants, float("inf"))
        for _ in range(rounds):
            for name, operation in contestants.items():
                fastest[name] = min(fastest[name], await slice_of(operation, counts[name]))
    return fastest


def main(rounds: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as directory:
        fastest = asyncio.run(measure(rounds, Path(directory)))
    print("| request | µs |")
    print("|---|--:|")
    for name, microseconds in fastest.items():
        print(f"| {name} | {microseconds:.1f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25)
