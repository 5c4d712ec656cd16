"""
Who only verifies: an API with its own copy of the keys, and the documents that it would fetch.

Whatever happens to the database, a JWT is verified and discovery and the keys are served.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from authwright.resource_server.expectation import Expectation
from authwright.resource_server.protection import Protection
from authwright.resource_server.refusals import Refused
from authwright.transport import FetchPolicy, GuardedTransport
from drills.connection import HOST, Http, Unanswered
from drills.endpoints import Endpoints
from drills.realm import ITEMS, MACHINE, Realm

_INTERVAL_SECONDS: Final = 0.05
_DOCUMENTS: Final = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks")


@dataclass(slots=True)
class Sight:
    """What a bystander saw. *longest* is the slowest answer in seconds."""

    documents: int = 0
    verified: int = 0
    longest: float = 0
    failures: list[str] = field(default_factory=list)


class Bystander:
    """Goes on from `begin` to `end`, beside whatever happens."""

    def __init__(self, realm: Realm, port: int) -> None:
        self.sight = Sight()
        self._http = Http(port)
        self._endpoints = Endpoints(self._http, realm.secret)
        self._transport = GuardedTransport(FetchPolicy(allow_plain_http_for_loopback=True))
        self._protection = Protection(
            expectation=Expectation(issuer=realm.issuer, audience=ITEMS),
            transport=self._transport,
            internal_url=f"http://{HOST}:{port}",
        )
        self._going_on: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Get a token while everything is well, and go on with it."""
        token = await self._endpoints.machine_token(ITEMS)
        self._going_on = asyncio.create_task(self._go_on(token))

    async def end(self) -> Sight:
        """What was seen."""
        if self._going_on is not None:
            self._going_on.cancel()
            with suppress(asyncio.CancelledError):
                await self._going_on
        await self._protection.aclose()
        await self._transport.aclose()
        self._http.forget()
        return self.sight

    async def _go_on(self, token: str) -> None:
        while True:
            await self._verify(token)
            for document in _DOCUMENTS:
                await self._fetch(document)
            await asyncio.sleep(_INTERVAL_SECONDS)

    async def _verify(self, token: str) -> None:
        began = time.monotonic()
        try:
            access_token = await self._protection.verify_token(token)
        except Refused as refused:
            self.sight.failures.append(f"a JWT: {refused}")
            return
        if access_token.client_id != MACHINE:
            self.sight.failures.append("a JWT of another client")
        self.sight.verified += 1
        self.sight.longest = max(self.sight.longest, time.monotonic() - began)

    async def _fetch(self, document: str) -> None:
        try:
            answer = await self._http.get(document)
        except Unanswered as error:
            self.sight.failures.append(str(error))
            return
        if answer.status != HTTPStatus.OK:
            self.sight.failures.append(f"{document}: {answer.status}")
        self.sight.documents += 1
        self.sight.longest = max(self.sight.longest, answer.seconds)
