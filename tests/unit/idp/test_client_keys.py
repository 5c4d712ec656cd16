"""authwright.idp.client_keys: the keys behind a client's jwks_uri."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest

from authwright.authorization_server.records import Client
from authwright.idp.client_keys import CachedClientKeys
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.log import Log
from authwright.idp.log_encoding import json_line
from authwright.idp.provider import open_identity_provider
from authwright.idp.settings import load
from authwright.jose.jwk import generate_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.http import HttpResponse
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId
from authwright.testing.clock import FrozenClock
from authwright.transport import AddressRefused

ONE, TWO = generate_jwk("ES256", kid="one"), generate_jwk("ES256", kid="two")
URI = "https://client.example/jwks"


@dataclass
class Publisher:
    """A client's server: what it publishes, how often it was asked, and a gate that holds its answers."""

    keys: list = field(default_factory=lambda: [ONE])
    answer: object = None
    asked: int = 0
    open: asyncio.Event | None = None

    async def send(self, request):
        self.asked += 1
        assert request.method == "GET"
        if self.open is not None:
            await self.open.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            return self.answer
        return HttpResponse(
            200, body=json.dumps({"keys": [key.public().to_dict() for key in self.keys]}).encode()
        )


def client(**more):
    return Client(
        client_id=ClientId("machine"),
        client_name="Machine",
        token_endpoint_auth_method="private_key_jwt",
        grant_types=frozenset({"client_credentials"}),
        scope=Scope(),
        **more,
    )


CLIENT = client(jwks_uri=URI)


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def publisher():
    return Publisher()


@pytest.fixture
def lines():
    return []


@pytest.fixture
def client_keys(publisher, clock, lines):
    return CachedClientKeys(publisher, clock, Log(lines.append, json_line))


async def kids(client_keys, kid, of=CLIENT):
    return [key.kid for key in (await client_keys.keys(of, kid=kid)).keys]


async def test_registered_keys_need_no_fetch(client_keys, publisher):
    """jwks by value is used as it is. RFC 7591 §2."""
    registered = Jwks((ONE.public(),))
    assert await client_keys.keys(client(jwks=registered), kid="unknown") is registered
    assert (await client_keys.keys(client(), kid=None)).keys == ()
    assert publisher.asked == 0


async def test_fresh_for_five_minutes(client_keys, publisher, clock):
    """Keys are fetched once, and again after five minutes."""
    for _ in range(5):
        assert await kids(client_keys, "one") == ["one"]
    clock.advance(299)
    await kids(client_keys, "one")
    assert publisher.asked == 1
    clock.advance(1)
    await kids(client_keys, "one")
    assert publisher.asked == 2


async def test_a_rotated_key_works_within_a_minute(client_keys, publisher, clock):
    """An unknown kid is a reason to fetch: the client rotated. OIDC Core §10.1.1."""
    await kids(client_keys, "one")
    publisher.keys = [TWO, ONE]
    clock.advance(60)
    assert await kids(client_keys, "two") == ["two", "one"]
    assert publisher.asked == 2


async def test_unknown_kids_fetch_once_a_minute(client_keys, publisher, clock):
    """Whoever invents kids makes no storm of fetches, and good assertions go on."""
    await kids(client_keys, "one")
    clock.advance(60)
    for number in range(100):
        assert await kids(client_keys, f"made-up-{number}") == ["one"]
    assert publisher.asked == 2
    clock.advance(59)
    await kids(client_keys, "made-up")
    assert publisher.asked == 2


async def test_one_fetch_for_all(client_keys, publisher):
    """A hundred first requests share one fetch."""
    publisher.open = asyncio.Event()
    waiting = [asyncio.ensure_future(kids(client_keys, "one")) for _ in range(100)]
    await asyncio.sleep(0)
    publisher.open.set()
    assert await asyncio.gather(*waiting) == [["one"]] * 100
    assert publisher.asked == 1


async def test_a_slow_fetch_holds_up_nobody_else(client_keys, publisher, clock):
    """While a made-up kid waits for a slow server, a good assertion is answered from what is known."""
    await kids(client_keys, "one")
    clock.advance(60)
    publisher.open = asyncio.Event()
    slow = asyncio.ensure_future(kids(client_keys, "made-up"))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(kids(client_keys, "one"), 1) == ["one"]
    assert not slow.done()
    publisher.open.set()
    assert await slow == ["one"]


async def test_a_caller_that_leaves_takes_nothing_along(client_keys, publisher):
    """A cancelled request does not cancel the fetch that others wait for."""
    publisher.open = asyncio.Event()
    leaving, staying = (asyncio.ensure_future(kids(client_keys, "one")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    publisher.open.set()
    assert await staying == ["one"]
    assert publisher.asked == 1


FAILURES = [
    AddressRefused("the host of the URL to fetch has an address that is not allowed"),
    HttpResponse(404),
    HttpResponse(302, {"location": "https://other.example/"}),
    HttpResponse(200, body=b"not json"),
    HttpResponse(200, body=b"[]"),
    HttpResponse(200, body=b'{"keys": 1}'),
    HttpResponse(200, body=b'{"keys": [], "keys": []}'),
    HttpResponse(200, body=b"\xff\xfe{\x00"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_a_failed_fetch_is_remembered(client_keys, publisher, clock, lines, failure):
    """No keys and no second try for a minute; the log says why, once for each try."""
    publisher.answer = failure
    for _ in range(20):
        assert await kids(client_keys, "one") == []
    assert publisher.asked == 1
    assert len(lines) == 1
    assert "client_keys.unavailable" in lines[0]
    publisher.answer = None
    clock.advance(60)
    assert await kids(client_keys, "one") == ["one"]


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_a_failed_fetch_empties_nothing(client_keys, publisher, clock, failure):
    """Known keys serve through an outage of the client's server, for an hour. CVE-2026-48524."""
    await kids(client_keys, "one")
    publisher.answer = failure
    clock.advance(600)
    assert await kids(client_keys, "one") == ["one"]
    clock.advance(2999)
    assert await kids(client_keys, "one") == ["one"]
    clock.advance(1)
    assert await kids(client_keys, "one") == []


async def test_a_withdrawn_key_is_gone_after_five_minutes(client_keys, publisher, clock):
    """What the client does not publish any more verifies nothing."""
    await kids(client_keys, "one")
    publisher.keys = [TWO]
    clock.advance(300)
    assert await kids(client_keys, "one") == ["two"]


async def test_private_and_symmetric_keys_are_not_used(client_keys, publisher):
    """A client that publishes its private key, or a secret, has no key at all."""
    members = [ONE.to_dict(private=True), {"kty": "oct", "k": "A" * 43, "alg": "HS256"}]
    publisher.answer = HttpResponse(200, body=json.dumps({"keys": members}).encode())
    assert await kids(client_keys, "one") == []


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_no_jwks_uri_leads_into_the_operators_network(tmp_path, lines, scheme, host):
    """Of an identity provider as it is served: nobody behind it hears of it. CVE-2026-55671."""
    heard = []
    listener = await asyncio.start_server(
        lambda _reader, writer: heard.append(writer.close()), "127.0.0.1", 0
    )
    uri = f"{scheme}://{host}:{listener.sockets[0].getsockname()[1]}/jwks"
    settings = load(
        environ={
            "AUTHWRIGHT_ISSUER": "https://id.example.com",
            "AUTHWRIGHT_KEY_ENCRYPTION_KEY": KeyEncryptionKey.generate().text().reveal(),
            "AUTHWRIGHT_DATABASE_URL": f"sqlite:///{tmp_path}/authwright.db",
        }
    )
    async with listener, open_identity_provider(settings, Log(lines.append, json_line)) as idp:
        assert (await idp.server.client_keys.keys(client(jwks_uri=uri), kid="one")).keys == ()
    assert heard == []
    assert "client_keys.unavailable" in "".join(lines)


async def test_memory_is_bounded(client_keys, publisher):
    """However many jwks_uri values come and go, a thousand are remembered."""
    for number in range(1005):
        await kids(client_keys, "one", client(jwks_uri=f"{URI}/{number}"))
    assert len(client_keys._fetched) == 1000
    await kids(client_keys, "one", client(jwks_uri=f"{URI}/1004"))
    assert publisher.asked == 1005
