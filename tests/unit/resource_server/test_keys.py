"""The key cache, by the clock: fresh, renewed in the background, stale, gone; and unknown keys."""

import asyncio

import pytest

from authwright.jose.encoding import b64url_encode, dump_json
from authwright.jose.jwk import generate_jwk
from authwright.oauth.http import HttpResponse
from authwright.resource_server.discovery import Discovery
from authwright.resource_server.keys import MAX_MISSES, KeyCache
from authwright.resource_server.refusals import Refused
from authwright.testing.clock import FrozenClock
from authwright.testing.fake_issuer import FakeIssuer

ISSUER = "https://issuer.test"


class Bench:
    """A cache, its issuer and a clock."""

    def __init__(self, cache_control="max-age=600"):
        self.clock = FrozenClock()
        self.issuer = FakeIssuer(ISSUER, clock=self.clock)
        self.issuer.cache_control = cache_control
        self.gate = None
        self.answer = None
        self.keys = KeyCache(Discovery(ISSUER, self), self.clock)

    async def send(self, request):
        if self.gate is not None:
            await self.gate.wait()
        response = await self.issuer.send(request)
        return response if self.answer is None else self.answer(request, response)

    @property
    def fetches(self):
        return sum(request.url.endswith("/jwks") for request in self.issuer.requests)

    @property
    def discoveries(self):
        return len(self.issuer.requests) - self.fetches

    async def kids(self):
        return [key.kid for key in (await self.keys.current()).keys]

    async def settle(self):
        """Give a flight in the background its turn."""
        for _ in range(20):
            await asyncio.sleep(0)


CONFIGURATION = "-configuration"
NO_JWKS_URI = b'{"issuer": "https://issuer.test"}'


async def refused(awaitable):
    with pytest.raises(Refused) as caught:
        await awaitable
    return caught.value


async def test_one_fetch_while_fresh():
    bench = Bench()
    for seconds in range(0, 480, 60):
        assert await bench.kids() == [bench.issuer.key.kid]
        assert bench.clock.now() == 1_800_000_000 + seconds
        bench.clock.advance(60)
    assert (bench.discoveries, bench.fetches) == (1, 1)


async def test_no_suspension_while_fresh():
    """The hot path does not give up its turn: nothing is awaited that could wait."""
    bench = Bench()
    await bench.keys.current()
    with pytest.raises(StopIteration):
        bench.keys.current().send(None)


@pytest.mark.parametrize(
    ("cache_control", "age", "fresh"),
    [
        ("max-age=600", None, 600),
        ("public, MAX-AGE=600, immutable", None, 600),
        ('max-age="600"', None, 600),
        ("max-age=1", None, 60),
        ("max-age=86400", None, 3600),
        ("max-age=600", "200", 400),
        ("max-age=600", "9999", 60),
        ("max-age=600", "soon", 600),
        ("max-age=", None, 600),
        ("s-maxage=120", None, 600),
        ("", None, 600),
        ("no-store", None, 60),
        ("no-cache, max-age=600", None, 60),
    ],
)
async def test_freshness_is_the_servers_within_bounds(cache_control, age, fresh):
    """RFC 9111 §4.2.1, §5.2.2; between one minute and one hour."""
    bench = Bench(cache_control)
    if age is not None:
        bench.answer = lambda _request, response: HttpResponse(
            response.status, {**response.headers, "age": age}, response.body
        )
    await bench.keys.current()
    bench.clock.advance(fresh - fresh // 5 - 1)
    await bench.keys.current()
    await bench.settle()
    assert bench.fetches == 1
    bench.clock.advance(1)
    await bench.keys.current()
    await bench.settle()
    assert bench.fetches == 2


async def test_renewed_in_the_background_before_the_end():
    """In the last fifth of freshness a request starts the renewal and does not wait for it."""
    bench = Bench()
    await bench.keys.current()
    old = bench.issuer.key.kid
    bench.issuer.rotate_key()
    bench.clock.advance(480)
    bench.gate = asyncio.Event()
    assert await bench.kids() == [old]
    assert await bench.kids() == [old]
    bench.gate.set()
    await bench.settle()
    assert await bench.kids() == [old, bench.issuer.key.kid]
    assert bench.fetches == 2


async def test_failed_renewal_in_the_background_changes_nothing():
    bench = Bench()
    kids = await bench.kids()
    bench.issuer.available = False
    bench.clock.advance(480)
    for _ in range(10):
        assert await bench.kids() == kids
        await bench.settle()
    # One attempt, and the pause of a second before the next.
    assert len(bench.issuer.requests) == 3


async def test_after_the_end_requests_wait_for_one_fetch():
    """Idle for long: the next requests wait, all for the same fetch, and do not see withdrawn keys."""
    bench = Bench()
    await bench.keys.current()
    bench.issuer.rotate_key(withdraw=True)
    bench.clock.advance(600)
    results = await asyncio.gather(*(bench.kids() for _ in range(50)))
    assert results == [[bench.issuer.key.kid]] * 50
    assert bench.fetches == 2


async def test_first_requests_share_one_fetch():
    bench = Bench()
    results = await asyncio.gather(*(bench.kids() for _ in range(50)))
    assert results == [[bench.issuer.key.kid]] * 50
    assert (bench.discoveries, bench.fetches) == (1, 1)


async def test_cancelled_request_does_not_fail_the_others():
    bench = Bench()
    bench.gate = asyncio.Event()
    first = asyncio.create_task(bench.kids())
    second = asyncio.create_task(bench.kids())
    await asyncio.sleep(0)
    first.cancel()
    bench.gate.set()
    assert await second == [bench.issuer.key.kid]
    assert first.cancelled()


async def test_stale_for_a_day_in_an_outage():
    """An outage of up to 24 hours is survived; nobody waits after the first has found it."""
    bench = Bench()
    kids = await bench.kids()
    bench.issuer.available = False
    bench.clock.advance(600)
    assert await bench.kids() == kids
    assert await bench.kids() == kids
    await bench.settle()
    assert len(bench.issuer.requests) == 3
    bench.gate = asyncio.Event()
    for _ in range(23):
        bench.clock.advance(3600)
        assert await bench.kids() == kids
    bench.gate.set()
    await bench.settle()
    bench.clock.advance(3000 - 1)
    assert await bench.kids() == kids
    bench.clock.advance(1)
    problem = await refused(bench.keys.current())
    assert problem.refusal.code == "AW112"


async def test_outage_ends():
    bench = Bench()
    await bench.keys.current()
    bench.issuer.available = False
    bench.clock.advance(600)
    await bench.keys.current()
    bench.issuer.available = True
    bench.issuer.rotate_key(withdraw=True)
    bench.clock.advance(1)
    await bench.keys.current()
    await bench.settle()
    assert await bench.kids() == [bench.issuer.key.kid]
    # An outage may mean that the endpoints have moved.
    assert bench.discoveries == 2


async def test_attempts_pause_longer_and_longer():
    """While the issuer is down from the start: at once, then after 1, 2, 4, 8, 16, 30, 30 seconds."""
    bench = Bench()
    bench.issuer.available = False
    attempts = []
    for second in range(100):
        problem = await refused(bench.keys.current())
        assert problem.refusal.status == 503
        assert 1 <= problem.retry_after <= 30
        if len(bench.issuer.requests) > len(attempts):
            attempts.append(second)
        bench.clock.advance(1)
    assert attempts == [0, 1, 3, 7, 15, 31, 61, 91]


async def test_pause_ends_when_the_clock_is_set_back():
    """A clock that was wrong does not keep the API shut."""
    bench = Bench()
    bench.issuer.available = False
    await refused(bench.keys.current())
    bench.issuer.available = True
    bench.clock.advance(-3600)
    assert await bench.kids() == [bench.issuer.key.kid]


async def test_unknown_key_brings_a_new_key_set():
    """The issuer rotated early: the first token of the new key is accepted."""
    bench = Bench()
    await bench.keys.current()
    bench.clock.advance(30)
    new = bench.issuer.rotate_key()
    assert new.kid in [key.kid for key in (await bench.keys.after_miss(new.kid)).keys]


async def test_unknown_keys_refetch_once_in_thirty_seconds():
    bench = Bench()
    before = await bench.keys.current()
    for second in range(90):
        await bench.keys.after_miss(f"unknown-{second}")
        bench.clock.advance(1)
    assert bench.fetches == 3
    assert before is not await bench.keys.current()


async def test_unknown_key_is_remembered():
    """The same unknown name does not cause a second fetch within five minutes."""
    bench = Bench("max-age=3600")
    await bench.keys.current()
    bench.clock.advance(30)
    for _ in range(9):
        await bench.keys.after_miss("x")
        bench.clock.advance(30)
    assert bench.fetches == 2
    bench.clock.advance(30)
    await bench.keys.after_miss("x")
    assert bench.fetches == 3


async def test_name_that_met_the_pause_is_not_remembered():
    """A new key whose first token came too early for a fetch is found as soon as one is due."""
    bench = Bench()
    await bench.keys.current()
    new = bench.issuer.rotate_key()
    assert new.kid not in [key.kid for key in (await bench.keys.after_miss(new.kid)).keys]
    bench.clock.advance(30)
    assert new.kid in [key.kid for key in (await bench.keys.after_miss(new.kid)).keys]


async def test_name_is_not_remembered_from_a_fetch_that_failed():
    bench = Bench()
    await bench.keys.current()
    bench.clock.advance(30)
    new = bench.issuer.rotate_key()
    bench.issuer.available = False
    await bench.keys.after_miss(new.kid)
    bench.issuer.available = True
    bench.clock.advance(30)
    assert new.kid in [key.kid for key in (await bench.keys.after_miss(new.kid)).keys]


async def test_memory_of_unknown_names_is_bounded():
    """Every fetch can teach one name, so what is remembered cannot grow beyond its bound."""
    bench = Bench("max-age=3600")
    await bench.keys.current()
    for number in range(MAX_MISSES + 5):
        bench.clock.advance(30)
        await bench.keys.after_miss(f"unknown-{number}")
    assert len(bench.keys._misses) == MAX_MISSES
    assert "unknown-0" not in bench.keys._misses


async def test_known_keys_do_not_wait_for_the_refetch_of_unknown_ones():
    """One bad kid and a slow issuer do not stall the requests whose key is known."""
    bench = Bench()
    kids = await bench.kids()
    bench.clock.advance(30)
    bench.gate = asyncio.Event()
    misses = [asyncio.create_task(bench.keys.after_miss(f"unknown-{number}")) for number in range(20)]
    await asyncio.sleep(0)
    assert await bench.kids() == kids
    assert not any(task.done() for task in misses)
    bench.gate.set()
    await asyncio.gather(*misses)
    assert bench.fetches == 2


async def test_key_without_a_name():
    bench = Bench()
    bench.issuer.key = generate_jwk("ES256")
    await bench.keys.current()
    bench.clock.advance(30)
    await bench.keys.after_miss(None)
    await bench.keys.after_miss(None)
    assert bench.fetches == 2


@pytest.mark.parametrize(
    ("path", "status", "document", "detail"),
    [
        ("/jwks", 200, b"[]", "what jwks_uri serves is not a key set"),
        ("/jwks", 200, b'{"keys": 1}', "what jwks_uri serves is not a key set"),
        ("/jwks", 200, b'{"keys": []}', "jwks_uri serves no key that can verify"),
        ("/jwks", 200, b'{"keys": [{"kty": "oct", "k": "AA"}]}', "jwks_uri serves no key that can verify"),
        ("/jwks", 500, b"", "jwks_uri does not answer with a key set"),
        (CONFIGURATION, 200, NO_JWKS_URI, "the metadata of the issuer names no jwks_uri"),
        (CONFIGURATION, 200, b"<html>", "the metadata document of the issuer is malformed"),
        (CONFIGURATION, 200, b'{"jwks_uri": "/"}', "the metadata document of the issuer is malformed"),
    ],
)  # fmt: skip
async def test_bad_answers_are_failures(path, status, document, detail):
    """A key set without keys, or no key set, does not replace one that works."""
    bench = Bench()
    bench.answer = lambda request, response: (
        HttpResponse(status, {}, document) if request.url.endswith(path) else response
    )
    problem = await refused(bench.keys.current())
    assert (problem.refusal.code, problem.detail) == ("AW112", detail)
    bench.clock.advance(1)
    bench.answer, answer = None, bench.answer
    kids = await bench.kids()
    bench.answer = answer
    bench.clock.advance(600)
    assert await bench.kids() == kids


async def test_why_a_key_set_is_none():
    """A login page in place of the keys, or a key set of a megabyte: the log says what was wrong with it."""
    bench = Bench()
    bench.answer = lambda request, response: (
        HttpResponse(200, {}, b"<html>") if request.url.endswith("/jwks") else response
    )
    assert (await refused(bench.keys.current())).received == "JSON is not an object"


@pytest.mark.parametrize(
    ("document", "reasons"),
    [
        (b'{"keys": []}', "no keys"),
        (
            dump_json(
                {
                    "keys": [
                        {"kty": "RSA", "n": b64url_encode(b"\xff" * 128), "e": "AQAB"},
                        {"kty": "EC", "crv": "secp256k1"},
                        {"kty": "oct", "k": "AA"},
                        {**generate_jwk("ES256").public().to_dict(), "use": "enc"},
                        "ES256",
                    ]
                }
            ),
            (
                "an RSA modulus is even, shorter than 2048 bits or longer than 8192",
                "the key type or curve of a JWK is not supported",
                "a key that is published is symmetric or private",
                "a key is not for signatures",
                "an entry of a key set is not an object",
            ),
        ),
    ],
)
async def test_why_no_key_can_verify(document, reasons):
    """Who runs an issuer with keys that are too short learns that, and not that it is down."""
    bench = Bench()
    bench.answer = lambda request, response: (
        HttpResponse(200, {}, document) if request.url.endswith("/jwks") else response
    )
    assert (await refused(bench.keys.current())).received == reasons


async def test_foreign_metadata_has_its_own_code():
    """The most reported mistake of the field, told apart from an outage."""
    bench = Bench()
    bench.answer = lambda _request, response: HttpResponse(
        200, {}, response.body.replace(b'"https://issuer.test"', b'"https://issuer.test/"')
    )
    problem = await refused(bench.keys.current())
    assert problem.refusal.code == "AW118"
    assert (problem.received, problem.expected) == ("https://issuer.test/", "https://issuer.test")


async def test_failure_is_logged_once_for_each_attempt(caplog):
    bench = Bench()
    bench.issuer.available = False
    for _ in range(5):
        await refused(bench.keys.current())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.messages[0].startswith("AW112 a document of the issuer could not be fetched")


async def test_warm_up_and_close():
    """The keys are on their way before the first request; closing ends what is under way."""
    bench = Bench()
    bench.keys.warm_up()
    await bench.settle()
    assert bench.fetches == 1
    bench.keys.warm_up()
    await bench.settle()
    assert bench.fetches == 1
    await bench.keys.aclose()
    bench.clock.advance(480)
    bench.gate = asyncio.Event()
    await bench.keys.current()
    await bench.keys.aclose()
    assert not bench.keys._flight.under_way


def test_event_loop_that_ended():
    """A flight that a loop took with it does not keep the next loop waiting."""
    bench = Bench()

    async def leave_in_flight():
        bench.gate = asyncio.Event()
        bench.keys.warm_up()
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave_in_flight())
    bench.gate = None
    assert asyncio.run(bench.kids()) == [bench.issuer.key.kid]
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
