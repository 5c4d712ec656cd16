"""authwright.idp.accounts.password."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher, extract_parameters

from authwright.idp.accounts.password import MAX_BYTES, OWASP, Argon2Parameters, PasswordHashes
from authwright.oauth.errors import TemporarilyUnavailable
from authwright.oauth.types import Secret

CHEAP = Argon2Parameters(memory_kib=8, passes=1)


@pytest.fixture
def hashes():
    made = PasswordHashes(parameters=CHEAP)
    yield made
    made.close()


async def test_right_and_wrong(hashes):
    """The password that was hashed verifies, another does not."""
    stored = await hashes.make(Secret("correct horse battery"))
    assert await hashes.verify(stored, Secret("correct horse battery"))
    assert not await hashes.verify(stored, Secret("Correct horse battery"))
    assert not await hashes.verify(stored, Secret("correct horse batter"))


async def test_nothing_is_cut_off(hashes):
    """Two passwords that differ in the 1000th byte are two passwords. CVE-2025-22228."""
    stored = await hashes.make(Secret("x" * 999 + "a"))
    assert await hashes.verify(stored, Secret("x" * 999 + "a"))
    assert not await hashes.verify(stored, Secret("x" * 999 + "b"))
    assert not await hashes.verify(stored, Secret("x" * 999))


async def test_nul_ends_nothing(hashes):
    """A password is not over at a NUL."""
    stored = await hashes.make(Secret("before\0after one"))
    assert not await hashes.verify(stored, Secret("before\0after two"))
    assert not await hashes.verify(stored, Secret("before"))


async def test_composition_and_spaces_do_not_matter(hashes):
    """A password typed on another keyboard is the same password. RFC 8265 §4.2.2."""
    stored = await hashes.make(Secret("ma\u00f1ana por 12"))
    assert await hashes.verify(stored, Secret("man\u0303ana\u00a0por 12"))


async def test_owasp_parameters():
    """Argon2id, 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet."""
    hashes = PasswordHashes()
    made = await hashes.make(Secret("x"))
    hashes.close()
    parameters = extract_parameters(made)
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)
    assert Argon2Parameters(19_456, 2, 1) == OWASP


@pytest.mark.parametrize("parameters", [CHEAP, OWASP])
async def test_identical_work_for_an_unknown_account(parameters, monkeypatch):
    """Without a hash the same verification runs, over a decoy with the same parameters."""
    verified = []
    original = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, *a: verified.append(a[0]) or original(self, *a)
    )
    hashes = PasswordHashes(parameters=parameters)
    assert not await hashes.verify(None, Secret("some password"))
    stored = await hashes.make(Secret("some password"))
    assert await hashes.verify(stored, Secret("some password"))
    hashes.close()
    decoy, real = (extract_parameters(each) for each in verified)
    assert decoy == real


async def test_no_hash_is_never_right(hashes, monkeypatch):
    """Even if the decoy were matched, an account without a password is signed in to by nobody."""
    monkeypatch.setattr(PasswordHasher, "verify", lambda *_: True)
    assert not await hashes.verify(None, Secret("some password"))


@pytest.mark.parametrize("unusable", ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", "\ud800"])
async def test_an_unusable_hash_is_a_wrong_password(hashes, unusable):
    """What is no hash of ours verifies nothing and raises nothing."""
    assert not await hashes.verify(unusable, Secret("some password"))
    assert hashes.is_outdated(unusable)


async def test_lone_surrogates_are_a_wrong_password(hashes):
    """No text whatever makes verification fail in another way than by saying no."""
    stored = await hashes.make(Secret("some password"))
    assert not await hashes.verify(stored, Secret("\ud800" * 12))


@pytest.mark.parametrize("text", ["x" * (MAX_BYTES + 1), "\u20ac" * 400, "e\u0301" * 600, "x" * 10_000_000])
async def test_overlong_passwords_cost_nothing(hashes, monkeypatch, text):
    """A password above 1024 bytes is refused before it is hashed. CVE-2013-1443."""
    monkeypatch.setattr(PasswordHasher, "verify", lambda *_: pytest.fail("hashed"))
    assert not await hashes.verify(None, Secret(text))


async def test_outdated_parameters_are_recognised(hashes):
    """A hash with other parameters than today's is to be made anew."""
    stored = await hashes.make(Secret("some password"))
    assert not hashes.is_outdated(stored)
    stronger = PasswordHashes(parameters=Argon2Parameters(memory_kib=16, passes=1))
    assert stronger.is_outdated(stored)
    assert await stronger.verify(stored, Secret("some password"))
    stronger.close()


async def test_the_line_is_bounded(monkeypatch):
    """Beyond the workers and the line, a hash is refused at once with Retry-After."""
    held = threading.Event()
    original = PasswordHasher.hash
    monkeypatch.setattr(PasswordHasher, "hash", lambda *a: held.wait(10) and original(*a))
    hashes = PasswordHashes(parameters=CHEAP, workers=1, waiting=2)
    in_line = [asyncio.ensure_future(hashes.make(Secret("x"))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(TemporarilyUnavailable) as refused:
        await hashes.make(Secret("x"))
    assert refused.value.headers["Retry-After"]
    held.set()
    assert len(await asyncio.gather(*in_line)) == 3
    assert await hashes.make(Secret("x"))
    hashes.close()


async def test_a_caller_that_leaves_frees_no_worker(monkeypatch):
    """Who disconnects while the hash runs keeps its place until the thread is done."""
    begun, held = threading.Event(), threading.Event()
    original = PasswordHasher.hash
    monkeypatch.setattr(PasswordHasher, "hash", lambda *a: (begun.set(), held.wait(10)) and original(*a))
    hashes = PasswordHashes(parameters=CHEAP, workers=1, waiting=0)
    leaving = asyncio.ensure_future(hashes.make(Secret("x")))
    await asyncio.to_thread(begun.wait, 10)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    with pytest.raises(TemporarilyUnavailable):
        await hashes.make(Secret("x"))
    held.set()
    hashes.close()


async def test_the_event_loop_goes_on(hashes):
    """While passwords are hashed, other tasks run: guessing does not starve token traffic."""
    slow = PasswordHashes(parameters=OWASP, workers=1)
    turns = 0
    hashing = asyncio.ensure_future(slow.make(Secret("x")))
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    slow.close()
    assert turns > 10


async def test_closed(hashes):
    """After close, hashes are refused as an overload is."""
    hashes.close()
    with pytest.raises(TemporarilyUnavailable):
        await hashes.make(Secret("x"))
