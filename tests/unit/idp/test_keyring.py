"""authwright.idp.keyring: the life of signing keys."""

import asyncio
from datetime import timedelta

import pytest

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.records import ProtectedResource
from authwright.authorization_server.storage import StorageUnavailable
from authwright.authorization_server.writes import SaveProtectedResource
from authwright.idp.configuration_error import ConfigurationError, Problem
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.keyring import PUBLISHED_BEFORE_USE_IN_HASTE, Keyring, UnknownKey
from authwright.idp.records import StoredSigningKey
from authwright.idp.storage.sqlite import SqliteStorage
from authwright.idp.writes import AddSigningKey
from authwright.jose import jws
from authwright.jose.algorithms import ALGORITHMS
from authwright.jose.errors import NoMatchingKey
from authwright.oauth.types import Seconds, Timestamp
from authwright.testing.clock import FrozenClock
from authwright.testing.memory_storage import MemoryStorage

HOUR, DAY = 3600, 86_400
HASTE = int(PUBLISHED_BEFORE_USE_IN_HASTE.total_seconds())
NOVEMBER = 1_793_707_200  # 2026-11-03T12:00:00Z
POLICY = Policy(session_lifetime=timedelta(hours=2))
OUTLIVE = 3 * HOUR  # the session, and one hour
KEK = KeyEncryptionKey(bytes(range(32)))


@pytest.fixture(params=["memory", "sqlite"])
def storage(request, tmp_path):
    storage = MemoryStorage() if request.param == "memory" else SqliteStorage.open(tmp_path / "test.db")
    yield storage
    asyncio.run(storage.close())


@pytest.fixture
def clock():
    return FrozenClock(NOVEMBER)


async def opened(storage, clock, algorithms=("ES256",), key=KEK):
    return await Keyring.open(storage, key, clock, policy=POLICY, algorithms=algorithms)


async def signs_with(keyring, alg="ES256"):
    """The kid of a token that was just signed, and that the published keys verify."""
    token = await keyring.sign({"sub": "alice"}, alg=alg, typ="at+jwt")
    verified = jws.verify(token, keyring.jwks(), algorithms=[alg])
    assert verified.header["typ"] == "at+jwt"
    return verified.header["kid"]


def kids(keyring):
    return [key.kid for key in keyring.jwks().keys]


async def test_first_start(storage, clock):
    """ES256 and RS256 sign at once, under names that people can say."""
    keyring = await Keyring.open(storage, KEK, clock, policy=POLICY)
    assert await signs_with(keyring, "ES256") == "2026-11a"
    assert await signs_with(keyring, "RS256") == "2026-11b"


async def test_restart_keeps_the_keys(storage, clock):
    """The same keys sign after a restart, and no new ones are made."""
    first, second = await opened(storage, clock), await opened(storage, clock)
    assert await signs_with(first) == await signs_with(second)
    assert kids(first) == kids(second) == ["2026-11a"]


async def test_those_who_come_together_sign_together(clock):
    """None goes on with its request before the others of this moment have signed (docs/adr/0062)."""
    keyring, happened = await opened(MemoryStorage(), clock), []

    async def request():
        happened.append("asks")
        await keyring.sign({}, alg="ES256", typ=None)
        happened.append("goes on")

    await asyncio.gather(request(), request())
    assert happened == ["asks", "asks", "goes on", "goes on"]


async def test_two_nodes_start_at_once(storage, clock):
    """Of two nodes at an empty database one makes the keys, and both use them."""
    nodes = await asyncio.gather(*(opened(storage, clock) for _ in range(2)))
    assert [kids(node) for node in nodes] == [["2026-11a"]] * 2


async def test_what_is_published(storage, clock):
    """No private part, a kid of its own for each key, alg and use."""
    keyring = await opened(storage, clock, ("ES256", "RS256", "PS256", "EdDSA"))
    document = keyring.jwks().to_dict()
    assert len({key["kid"] for key in document["keys"]}) == 4
    for key in document["keys"]:
        assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
        assert key["use"] == "sig"


@pytest.mark.parametrize("alg", [alg for alg in ALGORITHMS if not alg.startswith("HS")])
async def test_every_asymmetric_algorithm_on_demand(clock, alg):
    """The first token with an algorithm of its own makes the key for it."""
    keyring = await opened(MemoryStorage(), clock)
    assert await signs_with(keyring, alg)


@pytest.mark.parametrize("alg", ["HS256", "none", "RS1", ""])
async def test_no_other_algorithm(storage, clock, alg):
    """There is no signing key for a symmetric or an unknown algorithm."""
    keyring = await opened(storage, clock)
    with pytest.raises(LookupError):
        await keyring.sign({}, alg=alg, typ=None)


async def test_many_first_tokens_make_one_key(storage, clock):
    """Twenty tokens at once that need a new key share it."""
    keyring = await opened(storage, clock)
    assert set(await asyncio.gather(*(signs_with(keyring, "EdDSA") for _ in range(20)))) == {"2026-11b"}


async def test_staged_rotation(storage, clock):
    """Published 24 hours before it signs; the old one is removed after the longest token and one hour."""
    keyring = await opened(storage, clock)
    assert await keyring.rotate(clock.now(), immediately=False) == ("2026-11b",)
    assert kids(keyring) == ["2026-11a", "2026-11b"]
    clock.advance(DAY - 1)
    assert await signs_with(keyring) == "2026-11a"
    clock.advance(1)
    assert await signs_with(keyring) == "2026-11b"
    await keyring.maintain(clock.now())
    assert kids(keyring) == ["2026-11b", "2026-11a"]
    await keyring.maintain(clock.advance(OUTLIVE - 1))
    assert "2026-11a" in kids(keyring)
    await keyring.maintain(clock.advance(1))
    assert kids(keyring) == ["2026-11b"]
    assert [key.kid for key in await storage.signing_keys()] == ["2026-11b"]


async def test_a_second_rotation_waits_for_the_first(storage, clock):
    """Where a successor waits already, none is made."""
    keyring = await opened(storage, clock)
    await keyring.rotate(clock.now(), immediately=False)
    assert await keyring.rotate(clock.now(), immediately=False) == ()
    assert kids(keyring) == ["2026-11a", "2026-11b"]


async def test_immediate_rotation(storage, clock):
    """A key that may be known is replaced as soon as every node has the new one, also when another waits."""
    keyring = await opened(storage, clock)
    await keyring.rotate(clock.now(), immediately=False)
    assert await keyring.rotate(clock.now(), immediately=True) == ("2026-11c",)
    assert await signs_with(keyring) == "2026-11a"
    clock.advance(HASTE)
    assert await signs_with(keyring) == "2026-11c"
    clock.advance(2 * DAY)
    assert await signs_with(keyring) == "2026-11c"
    await keyring.maintain(clock.now())
    assert kids(keyring) == ["2026-11c"]


async def test_withdrawal(storage, clock):
    """A key that somebody else has is neither published nor verified with, at once, and another signs."""
    keyring = await opened(storage, clock)
    token = await keyring.sign({"sub": "alice"}, alg="ES256", typ="at+jwt")
    assert await keyring.withdraw("2026-11a", clock.now()) == ("2026-11b",)
    assert kids(keyring) == ["2026-11b"]
    assert await signs_with(keyring) == "2026-11b"
    with pytest.raises(NoMatchingKey):
        jws.verify(token, keyring.jwks(), algorithms=["ES256"])
    assert kids(await opened(storage, clock)) == ["2026-11b"]
    events = [event.detail for event in await storage.events() if event.kind is EventKind.KEY_WITHDRAWN]
    assert events == ["2026-11a"]


async def test_withdrawal_of_a_key_whose_successor_waits(storage, clock):
    """There is no gap until the successor begins, and none after it."""
    keyring = await opened(storage, clock)
    await keyring.rotate(clock.now(), immediately=False)
    assert await keyring.withdraw("2026-11a", clock.now()) == ("2026-11c",)
    for _ in range(60):
        assert await signs_with(keyring) == "2026-11c"
        await keyring.maintain(clock.advance(HOUR))
    assert kids(keyring) == ["2026-11c"]


async def test_withdrawal_of_a_successor_that_waits(storage, clock):
    """The key that it was to follow is not removed without a successor."""
    keyring = await opened(storage, clock)
    await keyring.rotate(clock.now(), immediately=False)
    assert await keyring.withdraw("2026-11b", clock.now()) == ("2026-11c",)
    for _ in range(60):
        assert await signs_with(keyring) == "2026-11c"
        await keyring.maintain(clock.advance(HOUR))
    assert kids(keyring) == ["2026-11c"]


async def test_withdrawal_of_a_key_that_signs_no_more(storage, clock):
    """The one that signs goes on; nothing is made."""
    keyring = await opened(storage, clock)
    await keyring.rotate(clock.now(), immediately=True)
    clock.advance(HASTE)
    assert await keyring.withdraw("2026-11a", clock.now()) == ()
    assert kids(keyring) == ["2026-11b"]


async def test_withdrawal_of_a_key_that_is_not_there(storage, clock):
    keyring = await opened(storage, clock)
    with pytest.raises(UnknownKey):
        await keyring.withdraw("2026-10a", clock.now())
    assert kids(keyring) == ["2026-11a"]


async def test_two_nodes_withdraw_at_once(storage, clock):
    """The key is gone once, and one successor was made."""
    nodes = [await opened(storage, clock) for _ in range(2)]
    made = await asyncio.gather(*(node.withdraw("2026-11a", clock.now()) for node in nodes))
    assert sorted(made) == [(), ("2026-11b",)]
    assert [kids(node) for node in nodes] == [["2026-11b"]] * 2


async def test_names_do_not_come_back(storage, clock):
    """The kid of a key that is gone is never given to another."""
    keyring = await opened(storage, clock)
    seen = set(kids(keyring))
    for _ in range(30):
        (kid,) = await keyring.rotate(clock.now(), immediately=True)
        assert kid not in seen
        seen.add(kid)
        await keyring.maintain(clock.advance(HASTE + OUTLIVE))
    assert {"2026-11z", "2026-11aa"} <= seen


async def test_another_month_begins_with_a(storage, clock):
    """A kid tells the month in which the key was made."""
    keyring = await opened(storage, clock)
    assert await keyring.rotate(clock.advance(30 * DAY), immediately=True) == ("2026-12a",)


async def test_scheduled_rotation(storage, clock):
    """A key signs for 90 days; its successor is published the day before, and nothing happens earlier."""
    keyring = await opened(storage, clock, ("ES256", "RS256"))
    await keyring.maintain(clock.advance(89 * DAY - 1))
    assert len(kids(keyring)) == 2
    await keyring.maintain(clock.advance(1))
    assert len(kids(keyring)) == 4
    await keyring.maintain(clock.advance(HOUR))
    assert len(kids(keyring)) == 4
    assert await signs_with(keyring) == "2026-11a"
    clock.advance(DAY)
    assert await signs_with(keyring) == "2027-01a"
    assert await signs_with(keyring, "RS256") == "2027-01b"


async def test_hourly_rotation_refuses_no_good_token(storage, clock):
    """Every token verifies with the published keys as long as it can live."""
    keyring = await opened(storage, clock)
    tokens = []
    for _ in range(48):
        await keyring.rotate(clock.now(), immediately=True)
        tokens.append((clock.now() + 2 * HOUR, await keyring.sign({}, alg="ES256", typ=None)))
        await keyring.maintain(clock.advance(HOUR))
        for until, token in tokens:
            if clock.now() <= until:
                assert jws.verify(token, keyring.jwks(), algorithms=["ES256"])
    assert len(kids(keyring)) <= 4


async def test_two_nodes_rotate_at_once(storage, clock):
    """One rotates, the other reads what it made. The guard of AddSigningKey."""
    nodes = [await opened(storage, clock) for _ in range(2)]
    made = await asyncio.gather(*(node.rotate(clock.now(), immediately=True) for node in nodes))
    assert sorted(made) == [(), ("2026-11b",)]
    clock.advance(HASTE)
    assert [await signs_with(node) for node in nodes] == ["2026-11b"] * 2


async def test_two_nodes_make_different_keys_at_once(storage, clock):
    """A name that the other node took meanwhile is not used twice."""
    nodes = [await opened(storage, clock) for _ in range(2)]
    used = await asyncio.gather(signs_with(nodes[0], "EdDSA"), signs_with(nodes[1], "ES384"))
    assert sorted(used) == ["2026-11b", "2026-11c"]


async def test_nodes_learn_of_each_other(storage, clock):
    """What one node made, another publishes after its next look, before it signs; and it verifies by it."""
    one, other = [await opened(storage, clock) for _ in range(2)]
    await one.rotate(clock.now(), immediately=True)
    assert kids(other) == ["2026-11a"]
    await other.look()
    assert set(kids(other)) == {"2026-11a", "2026-11b"}
    clock.advance(HASTE)
    token = await one.sign({}, alg="ES256", typ=None)
    assert jws.verify(token, other.jwks(), algorithms=["ES256"]).header["kid"] == "2026-11b"


async def test_a_key_that_is_unknown_is_looked_for(storage, clock):
    """Another node may have made it a moment ago: no token is refused before the storage was asked."""
    one, other = [await opened(storage, clock) for _ in range(2)]
    await one.withdraw("2026-11a", clock.now())
    token = await one.sign({}, alg="ES256", typ=None)
    with pytest.raises(NoMatchingKey):
        jws.verify(token, other.jwks(), algorithms=["ES256"])
    assert jws.verify(token, await other.renewed_jwks(), algorithms=["ES256"])


async def test_a_look_publishes_what_its_time_has_come_for(storage, clock):
    """Which keys are over is a matter of time, also where nobody changes anything."""
    one, other = [await opened(storage, clock) for _ in range(2)]
    await one.rotate(clock.now(), immediately=True)
    await other.look()
    clock.advance(HASTE + OUTLIVE)
    await other.look()
    assert kids(other) == ["2026-11b"]


class Counted:
    """A storage that counts the looks at its version, each of which begins when the test says so."""

    def __init__(self, storage):
        self.storage, self.looks, self.may_look = storage, 0, asyncio.Event()

    async def registry_version(self):
        self.looks += 1
        await self.may_look.wait()
        return await self.storage.registry_version()

    def __getattr__(self, name):
        return getattr(self.storage, name)


async def test_many_look_at_once(clock):
    """One look is under way, and who asks meanwhile shares the next; nobody is told what was true before."""
    storage, counted = MemoryStorage(), Counted(MemoryStorage())
    counted.storage = storage
    one = await opened(storage, clock)
    counted.may_look.set()
    other = await opened(counted, clock)
    counted.may_look.clear()
    counted.looks = 0
    first = asyncio.create_task(other.renewed_jwks())
    while not counted.looks:
        await asyncio.sleep(0)
    await one.withdraw("2026-11a", clock.now())
    asked = [asyncio.create_task(other.renewed_jwks()) for _ in range(50)]
    await asyncio.sleep(0)
    counted.may_look.set()
    for found in await asyncio.gather(first, *asked):
        assert [key.kid for key in found.keys] == ["2026-11b"]
    assert counted.looks == 2


async def test_a_look_that_failed_tells_nothing(clock):
    """Whoever shared it looks again."""
    counted = Counted(MemoryStorage())
    counted.may_look.set()
    keyring = await opened(counted, clock)
    await counted.storage.close()
    results = await asyncio.gather(*(keyring.look() for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [StorageUnavailable] * 3


async def test_long_tokens_of_an_api_keep_keys_longer(storage, clock):
    """A key stays as long as the longest-lived token that it may have signed."""
    api = ProtectedResource("https://api.example.com", "API", (), access_token_lifetime=Seconds(10 * HOUR))
    await storage.commit([SaveProtectedResource(api)])
    keyring = await opened(storage, clock)
    await keyring.rotate(clock.now(), immediately=True)
    clock.advance(HASTE)
    await keyring.maintain(clock.advance(11 * HOUR - 1))
    assert "2026-11a" in kids(keyring)
    await keyring.maintain(clock.advance(1))
    assert "2026-11a" not in kids(keyring)


async def test_a_clock_that_was_set_back_still_signs(storage, clock):
    """A step of minus ten minutes, right after the first start, stops nothing."""
    keyring = await opened(storage, clock)
    clock.advance(-600)
    assert await signs_with(keyring) == "2026-11a"


async def test_private_keys_are_sealed_at_rest(storage, clock):
    """What the database holds signs nothing."""
    keyring = await opened(storage, clock)
    (stored,) = await storage.signing_keys()
    assert b'"d"' not in stored.sealed_private_jwk
    assert b'"d"' in KEK.unseal(stored.sealed_private_jwk, name=stored.kid)
    assert kids(keyring) == [stored.kid]


async def test_wrong_key_encryption_key(storage, clock):
    """Another key-encryption key stops the start, and the message says what to do and shows nothing."""
    await opened(storage, clock)
    other = KeyEncryptionKey.generate()
    with pytest.raises(ConfigurationError) as refused:
        await opened(storage, clock, key=other)
    assert refused.value.problem is Problem.WRONG_KEY
    assert "2026-11a" in str(refused.value)
    assert other.text().reveal() not in str(refused.value)


async def test_rows_cannot_be_exchanged(storage, clock):
    """A sealed key under another kid does not open: its kid is authenticated."""
    sealed = KEK.seal(b"{}", name="2026-11a")
    row = StoredSigningKey("2026-11b", "ES256", sealed, Timestamp(0), Timestamp(0))
    await storage.commit([AddSigningKey(row, None, None)])
    with pytest.raises(ConfigurationError):
        await opened(storage, clock)


async def test_rotation_is_recorded(storage, clock):
    """The audit log has every key that was made."""
    keyring = await opened(storage, clock)
    await keyring.rotate(clock.now(), immediately=True)
    events = [event for event in await storage.events() if event.kind is EventKind.KEY_ROTATED]
    assert [event.detail for event in events] == ["ES256 2026-11b", "ES256 2026-11a"]


async def test_the_event_loop_goes_on_while_a_key_is_made(clock):
    """Generating an RSA key takes a tenth of a second, in a thread: other requests are answered meanwhile."""
    turns = 0
    opening = asyncio.ensure_future(opened(MemoryStorage(), clock, ("RS256",)))
    while not opening.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100
