"""An API and its issuer in one process: what every test of the resource server begins with."""

import json

import pytest

from authwright.oauth.http import HttpRequest
from authwright.oauth.scope import parse_scope
from authwright.resource_server.expectation import Expectation
from authwright.resource_server.protection import Protection
from authwright.resource_server.refusals import Refused
from authwright.testing.clock import FrozenClock
from authwright.testing.fake_issuer import FakeIssuer

ISSUER = "https://issuer.test"
API = "https://api.test"


class World:
    """A clock, an issuer, and the protection of an API that trusts it."""

    def __init__(self, alg="ES256", *, transport=None, expectation=None, **options):
        self.clock = FrozenClock()
        self.issuer = FakeIssuer(ISSUER, audience=API, alg=alg, clock=self.clock)
        self.protection = Protection(
            expectation=Expectation(issuer=ISSUER, audience=API, **(expectation or {})),
            transport=transport or self.issuer,
            clock=self.clock,
            **options,
        )

    def claims(self, **changes):
        """The claims of a good token, with *changes*; None takes one away."""
        now = self.clock.now()
        good = {
            "iss": ISSUER,
            "sub": "alice",
            "aud": API,
            "client_id": "app",
            "jti": "1",
            "iat": now,
            "exp": now + 600,
            "scope": "items:read",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def header(self, **changes):
        """The header of a good token, with *changes*; None takes a member away."""
        good = {"alg": self.issuer.key.alg, "kid": self.issuer.key.kid, "typ": "at+jwt"}
        return {name: value for name, value in (good | changes).items() if value is not None}

    async def verify(self, token, scope=""):
        return await self.protection.verify(bearing(token), scope=parse_scope(scope))

    async def refusal(self, token, scope="") -> Refused:
        """How *token* is refused."""
        with pytest.raises(Refused) as caught:
            await self.verify(token, scope)
        return caught.value

    async def code(self, token, scope=""):
        return (await self.refusal(token, scope)).refusal.code

    def fetched(self, path):
        """How often the issuer was asked for *path*."""
        return sum(request.url.endswith(path) for request in self.issuer.requests)


def bearing(token):
    return HttpRequest("GET", "/items", {"authorization": f"Bearer {token}"})


def body(response):
    return json.loads(response.body)
