"""Opaque tokens, and JWTs whose revocation must count at once: the issuer is asked. RFC 7662."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from authwright.oauth.client_secret import ClientCredentials, write_basic
from authwright.oauth.http import HttpResponse
from authwright.oauth.parameters import parse_form
from authwright.oauth.token_profile import KEYCLOAK
from authwright.oauth.types import ClientId, Secret
from authwright.resource_server import introspection
from authwright.resource_server.errors import ConfigurationError
from authwright.resource_server.introspection import IntrospectionClient
from authwright.testing.fake_issuer import FakeIssuer
from support.resource_server import World


def client(**options):
    return IntrospectionClient(
        client_id=ClientId("api"), client_secret=Secret("secret-of-the-api"), **options
    )


def world(expectation=None, transport=None, **options):
    return World(introspection=client(**options), expectation=expectation, transport=transport)


async def test_opaque_token():
    """RFC 7662 §2.1: a POST with the token and this API's own credentials."""
    bench = world()
    token = bench.issuer.opaque_token(sub="alice", scope="items:read", claims={"groups": ["readers"]})
    verified = await bench.verify(token, "items:read")
    assert (verified.subject, verified.groups) == ("alice", ("readers",))
    request = bench.issuer.requests[-1]
    assert (request.method, request.url) == ("POST", "https://issuer.test/introspect")
    assert request.headers["authorization"] == write_basic(
        ClientCredentials(ClientId("api"), Secret("secret-of-the-api"))
    )
    form = parse_form(request.body, request.headers["content-type"])
    assert dict(form) == {"token": token, "token_type_hint": "access_token"}


async def test_without_introspection_an_opaque_token_is_malformed():
    bench = World()
    assert await bench.code(bench.issuer.opaque_token()) == "AW102"


async def test_jwt_is_verified_here():
    bench = world()
    await bench.verify(bench.issuer.access_token())
    assert bench.fetched("/introspect") == 0


async def test_jwt_is_asked_about_when_told_to():
    bench = world(always=True)
    token = bench.issuer.access_token(scope="items:read")
    await bench.verify(token, "items:read")
    assert (bench.fetched("/introspect"), bench.fetched("/jwks")) == (1, 0)
    bench.issuer.revoke(token)
    bench.clock.advance(10)
    assert await bench.code(token) == "AW111"


async def test_inactive():
    """RFC 7662 §2.2: unknown, expired or revoked; the issuer does not say which, and neither do we."""
    assert await world().code("unknown") == "AW111"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://other.test"}, "AW105"),
        ({"aud": None}, "AW105"),
        ({"iss": "https://other.test"}, "AW104"),
        ({"exp": 1}, "AW106"),
        ({"nbf": 9_000_000_000}, "AW107"),
        ({"cnf": {"jkt": "x"}}, "AW116"),
        ({"nonce": "x"}, "AW108"),
        ({"sub": None, "client_id": None}, "AW113"),
        ({"roles": 1}, "AW113"),
    ],
)
async def test_active_tokens_that_are_not_for_this_api(claims, code):
    """RFC 7662 §4: "active" is the issuer's word; whom the token is for is ours to check."""
    bench = world()
    assert await bench.code(bench.issuer.opaque_token(claims=claims)) == code


async def test_optional_members():
    """RFC 7662 §2.2: all but ``active`` are optional; audience we insist on."""
    bench = world()
    verified = await bench.verify(bench.issuer.opaque_token(claims={"iss": None, "exp": None, "sub": None}))
    assert verified.subject == "test-client"
    assert verified.issuer == "https://issuer.test"
    assert verified.expires_at == bench.clock.now() + 10


async def test_profile():
    """Roles are where the issuer's profile says, as in a JWT."""
    bench = world(expectation={"profile": KEYCLOAK})
    claims = {"typ": "Bearer", "realm_access": {"roles": ["admin"]}}
    assert (await bench.verify(bench.issuer.opaque_token(claims=claims))).roles == ("admin",)


async def test_answers_are_kept_for_a_moment():
    """RFC 7662 §4: a cache, so that revocation counts within its lifetime."""
    bench = world()
    token = bench.issuer.opaque_token()
    await bench.verify(token)
    bench.issuer.revoke(token)
    bench.clock.advance(9)
    await bench.verify(token)
    bench.clock.advance(1)
    assert await bench.code(token) == "AW111"
    assert await bench.code(token) == "AW111"
    assert bench.fetched("/introspect") == 2


async def test_kept_answer_does_not_outlive_the_token():
    bench = world(cache_lifetime=timedelta(minutes=5))
    token = bench.issuer.opaque_token(claims={"exp": bench.clock.now() + 60})
    await bench.verify(token)
    bench.clock.advance(90)
    assert await bench.code(token) == "AW106"


async def test_nothing_is_kept_when_told_so():
    bench = world(cache_lifetime=timedelta())
    token = bench.issuer.opaque_token()
    await bench.verify(token)
    bench.issuer.revoke(token)
    assert await bench.code(token) == "AW111"


async def test_a_token_without_an_end_when_nothing_is_kept():
    """RFC 7662 §2.2: exp is optional, and the answer is good for the request that asked, leeway or not."""
    bench = world(cache_lifetime=timedelta(), expectation={"leeway": timedelta()})
    token = bench.issuer.opaque_token(claims={"exp": None})
    assert (await bench.verify(token)).subject == "alice"


async def test_a_clock_that_is_set_back_keeps_no_answer():
    """A revocation counts within the lifetime of the cache, also when the clock was corrected meanwhile."""
    bench = world()
    token = bench.issuer.opaque_token(claims={"iat": None})
    await bench.verify(token)
    bench.issuer.revoke(token)
    bench.clock.advance(-600)
    assert await bench.code(token) == "AW111"


@pytest.mark.parametrize("seconds", [-1, 301])
def test_lifetime_of_the_cache_is_bounded(seconds):
    with pytest.raises(ConfigurationError, match=r"introspection\.cache_lifetime"):
        client(cache_lifetime=timedelta(seconds=seconds))


def test_the_secret_is_wrapped():
    """At the start, and not as a 500 at the first request."""
    with pytest.raises(ConfigurationError, match=r"introspection\.client_secret"):
        IntrospectionClient(client_id=ClientId("api"), client_secret="bare")


async def test_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(introspection, "MAX_CACHED", 3)
    bench = world()
    tokens = [bench.issuer.opaque_token() for _ in range(5)]
    for token in tokens:
        await bench.verify(token)
    asked = bench.fetched("/introspect")
    await bench.verify(tokens[-1])
    assert bench.fetched("/introspect") == asked
    await bench.verify(tokens[0])
    assert bench.fetched("/introspect") == asked + 1


async def test_one_question_for_one_token_at_a_time():
    bench = world()
    token = bench.issuer.opaque_token()
    await asyncio.gather(*(bench.verify(token) for _ in range(20)))
    assert bench.fetched("/introspect") == 1


async def test_tokens_are_not_in_memory_as_they_are():
    """The cache is keyed by digest: a dump of memory has no tokens of callers long gone."""
    bench = world()
    token = bench.issuer.opaque_token()
    await bench.verify(token)
    assert token not in str(bench.protection._introspection.__dict__)


class Answering:
    """An issuer whose introspection endpoint misbehaves."""

    def __init__(self, inner, response):
        self.inner = inner
        self.response = response

    async def send(self, request):
        response = await self.inner.send(request)
        return self.response if request.url.endswith("/introspect") else response


@pytest.mark.parametrize(
    ("response", "detail"),
    [
        (HttpResponse(401), "the introspection endpoint refused this API's own credentials"),
        (HttpResponse(500), "the introspection endpoint did not answer with 200"),
        (HttpResponse(302, {"location": "/"}), "the introspection endpoint did not answer with 200"),
        (HttpResponse(200, {}, b"yes"), "the introspection response is malformed"),
        (HttpResponse(200, {}, b'{"active": "true"}'), "the introspection response is malformed"),
        (HttpResponse(200, {}, b'{"active": true, "sub": 1}'), "the introspection response is malformed"),
    ],
)  # fmt: skip
async def test_no_answer_is_no_pass(response, detail):
    """What cannot be asked is refused as unavailable: it is not the caller's fault."""
    issuer = World().issuer
    bench = world(transport=Answering(issuer, response))
    refused = await bench.refusal("opaque")
    assert (refused.refusal.code, refused.detail, refused.retry_after) == ("AW117", detail, 5)


async def test_outage():
    bench = world()
    await bench.verify(bench.issuer.opaque_token())
    bench.issuer.available = False
    assert await bench.code("another") == "AW117"
    assert await world(transport=bench.issuer).code("opaque") == "AW112"


class WithoutIntrospection(FakeIssuer):
    """An issuer that does not offer it."""

    @property
    def metadata(self):
        return replace(super().metadata, introspection_endpoint=None)


async def test_issuer_without_the_endpoint():
    refused = await world(transport=WithoutIntrospection()).refusal("opaque")
    assert refused.refusal.code == "AW117"
    assert refused.detail == "the metadata of the issuer names no introspection_endpoint"
