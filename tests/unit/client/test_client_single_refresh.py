"""
One refresh for everybody who asks at the same time.

The provider rotates strictly: a second use of a refresh token ends the grant. The window is forced open:
nobody gets an answer before all have asked.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from authwright.client import AsyncClient, Client, ErrorResponse
from authwright.client.fresh_tokens import (
    MARGIN,
    AsyncFreshClientTokens,
    AsyncFreshTokens,
    FreshClientTokens,
    FreshTokens,
)
from authwright.testing.clock import FrozenClock
from support.fake_provider import ISSUER, REDIRECT_URI, FakeProvider, Wire

CALLERS = 8


class MusterClock(FrozenClock):
    """Knows how many threads have asked it the time: each does so when it begins to refresh."""

    def __init__(self):
        super().__init__()
        self.threads = set()
        self.everybody = threading.Event()

    def now(self):
        self.threads.add(threading.get_ident())
        if len(self.threads) == CALLERS + 1:  # and the test's own
            self.everybody.set()
        return super().now()


class GatedWire(Wire):
    """Holds back the token endpoint until *gate* is open."""

    def __init__(self, provider, gate):
        super().__init__(provider)
        self.gate = gate

    def send(self, request):
        if request.url.endswith("/token"):
            assert self.gate.wait(timeout=10)
        return super().send(request)


class AsyncGatedWire:
    """The token endpoint has answered, and sets *asked*; its answer is on the way until *gate* is open."""

    def __init__(self, provider):
        self.provider = provider
        self.gate, self.asked = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def send(self, request):
        response = self.provider.answer(request)
        if request.url.endswith("/token"):
            self.asked.set()
            await self.gate.wait()
        return response


def in_threads(work):
    with ThreadPoolExecutor(CALLERS) as pool:
        barrier = threading.Barrier(CALLERS)
        return list(pool.map(lambda _: (barrier.wait(), work())[1], range(CALLERS)))


async def settle():
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def token_requests(provider):
    return sum(request.url.endswith("/token") for request in provider.requests)


@pytest.fixture
def threaded():
    provider = FakeProvider(clock=MusterClock())
    wire = GatedWire(provider, threading.Event())
    wire.gate.set()
    client = Client(ISSUER, "web", transport=wire, clock=provider.clock)
    request = client.begin_login(redirect_uri=REDIRECT_URI)
    tokens = client.finish_login(request.login, provider.authorize(request.authorization_url))
    wire.gate = provider.clock.everybody
    provider.requests.clear()
    return provider, client, tokens


async def signed_in():
    provider = FakeProvider()
    wire = AsyncGatedWire(provider)
    client = AsyncClient(ISSUER, "web", transport=wire, clock=provider.clock)
    request = await client.begin_login(redirect_uri=REDIRECT_URI)
    tokens = await client.finish_login(request.login, provider.authorize(request.authorization_url))
    provider.requests.clear()
    wire.asked.clear()
    return provider, wire, client, tokens


def test_threads_that_refresh_together(threaded):
    """One request, one result, and the grant lives."""
    provider, client, tokens = threaded
    results = in_threads(lambda: client.refresh(tokens))
    assert token_requests(provider) == 1
    assert all(result is results[0] for result in results)
    assert client.refresh(results[0])


def test_threads_that_fail_together(threaded):
    """All hear of the error, and nothing of it is remembered."""
    provider, client, tokens = threaded
    provider.refresh_tokens.clear()

    def refresh():
        with pytest.raises(ErrorResponse) as caught:
            client.refresh(tokens)
        return caught.value

    assert {error.error for error in in_threads(refresh)} == {"invalid_grant"}
    provider.refresh_tokens[tokens.refresh_token.reveal()] = {"auth_time": tokens.claims["auth_time"]}
    assert client.refresh(tokens).sub == "alice"


async def test_tasks_that_refresh_together():
    provider, wire, client, tokens = await signed_in()
    wire.gate.clear()
    tasks = [asyncio.create_task(client.refresh(tokens)) for _ in range(CALLERS)]
    await wire.asked.wait()
    await settle()
    wire.gate.set()
    results = await asyncio.gather(*tasks)
    assert token_requests(provider) == 1
    assert all(result is results[0] for result in results)
    assert await client.refresh(results[0])


async def test_a_cancelled_refresh_loses_nothing():
    """The server has rotated already: whoever asks next gets what the cancelled request began."""
    provider, wire, client, tokens = await signed_in()
    wire.gate.clear()
    task = asyncio.create_task(client.refresh(tokens))
    await wire.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    wire.gate.set()
    await settle()
    assert (await client.refresh(tokens)).sub == "alice"
    assert token_requests(provider) == 1


async def test_tasks_that_fail_together():
    provider, _, client, tokens = await signed_in()
    provider.refresh_tokens.clear()
    results = await asyncio.gather(*(client.refresh(tokens) for _ in range(3)), return_exceptions=True)
    assert [result.error for result in results] == ["invalid_grant"] * 3
    provider.refresh_tokens[tokens.refresh_token.reveal()] = {"auth_time": tokens.claims["auth_time"]}
    assert (await client.refresh(tokens)).sub == "alice"


def test_fresh_tokens_are_renewed_once_and_stored_before_use(threaded):
    provider, client, tokens = threaded
    stored = []
    fresh = FreshTokens(client, tokens, store=stored.append)
    assert fresh.get() is tokens
    provider.clock.advance(600 - MARGIN)
    entered = threading.Semaphore(0)

    def get():
        entered.release()
        return fresh.get()

    def answer_when_all_have_asked(request):
        for _ in range(CALLERS):
            assert entered.acquire(timeout=10)
        return provider.answer(request)

    client._transport.send = answer_when_all_have_asked
    results = in_threads(get)
    assert token_requests(provider) == 1
    assert len(stored) == 1
    assert all(result is stored[0] for result in results)


def test_tokens_that_could_not_be_stored_are_stored_before_they_are_used(threaded):
    """A database that is away for a minute does not cost the refresh token."""
    provider, client, tokens = threaded
    provider.clock.everybody.set()
    stored = []

    def store(renewed):
        if not stored:
            stored.append(None)
            raise OSError
        stored.append(renewed)

    fresh = FreshTokens(client, tokens, store=store)
    provider.clock.advance(600)
    with pytest.raises(OSError):
        fresh.get()
    provider.clock.advance(60)
    assert fresh.get() is stored[1]
    assert token_requests(provider) == 1


async def test_fresh_tokens_for_tasks():
    provider, wire, client, tokens = await signed_in()
    stored = []

    async def store(renewed):
        stored.append(renewed)

    fresh = AsyncFreshTokens(client, tokens, store=store)
    assert await fresh.get() is tokens
    provider.clock.advance(600 - MARGIN)
    wire.gate.clear()
    tasks = [asyncio.create_task(fresh.get()) for _ in range(CALLERS)]
    await wire.asked.wait()
    await settle()
    tasks[0].cancel()
    wire.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert token_requests(provider) == 1
    assert len(stored) == 1
    assert all(result is stored[0] for result in results[1:])
    assert await fresh.get() is stored[0]


async def test_tokens_that_could_not_be_stored_are_stored_before_tasks_use_them():
    provider, _, client, tokens = await signed_in()
    stored = []

    async def store(renewed):
        stored.append(renewed)
        if len(stored) == 1:
            raise OSError

    fresh = AsyncFreshTokens(client, tokens, store=store)
    provider.clock.advance(600)
    with pytest.raises(OSError):
        await fresh.get()
    provider.clock.advance(60)
    assert await fresh.get() is stored[0] is stored[1]
    assert token_requests(provider) == 1


def test_a_machine_shares_its_token_until_shortly_before_it_expires(threaded):
    provider, client, _ = threaded
    provider.clock.everybody.set()
    fresh = FreshClientTokens(client, scope="items:read", resource=["https://api.example.com"])
    results = in_threads(fresh.get)
    assert all(result is results[0] for result in results)
    assert token_requests(provider) == 1
    provider.clock.advance(600 - MARGIN - 1)
    assert fresh.get() is results[0]
    provider.clock.advance(1)
    assert fresh.get() is not results[0]
    assert b"resource=https" in provider.requests[-1].body


async def test_a_machine_with_tasks():
    provider, wire, client, _ = await signed_in()
    fresh = AsyncFreshClientTokens(client, scope="items:read")
    wire.gate.clear()
    tasks = [asyncio.create_task(fresh.get()) for _ in range(CALLERS)]
    await wire.asked.wait()
    await settle()
    wire.gate.set()
    results = await asyncio.gather(*tasks)
    assert all(result is results[0] for result in results)
    assert token_requests(provider) == 1
    assert await fresh.get() is results[0]
    provider.clock.advance(600)
    assert await fresh.get() is not results[0]


def test_a_refused_token_is_replaced_once_for_all_threads(threaded):
    """RFC 6750 §3.1: the client may ask for another token. Not each thread for its own."""
    provider, client, _ = threaded
    provider.clock.everybody.set()
    fresh = FreshClientTokens(client)
    refused = fresh.get()
    provider.clock.advance(MARGIN)
    results = in_threads(lambda: fresh.instead_of(refused))
    assert results[0] is not refused
    assert all(result is results[0] for result in results)
    assert token_requests(provider) == 2
    assert fresh.get() is results[0]


async def test_a_refused_token_is_replaced_once_for_all_tasks():
    provider, wire, client, _ = await signed_in()
    fresh = AsyncFreshClientTokens(client)
    refused = await fresh.get()
    provider.clock.advance(MARGIN)
    wire.asked.clear()
    wire.gate.clear()
    tasks = [asyncio.create_task(fresh.instead_of(refused)) for _ in range(CALLERS)]
    await wire.asked.wait()
    await settle()
    wire.gate.set()
    results = await asyncio.gather(*tasks)
    assert results[0] is not refused
    assert all(result is results[0] for result in results)
    assert token_requests(provider) == 2
    assert await fresh.instead_of(refused) is results[0]


async def test_a_token_that_was_just_made_is_not_replaced(threaded):
    """An API that refuses everything does not make every call to it a call to the issuer."""
    provider, client, _ = threaded
    provider.clock.everybody.set()
    fresh = FreshClientTokens(client)
    for _ in range(10):
        assert fresh.instead_of(fresh.get()) is None
    assert token_requests(provider) == 1
    provider, _, client, _ = await signed_in()
    fresh = AsyncFreshClientTokens(client)
    for _ in range(10):
        assert await fresh.instead_of(await fresh.get()) is None
    assert token_requests(provider) == 1
