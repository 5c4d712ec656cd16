"""
Guards: of commits whose guards exclude each other, exactly one returns.

The window between reading and committing is forced open, since left alone it rarely is: every contender has
read, and has seen the same fresh state, before any of them commits.
"""

import asyncio
import threading
from dataclasses import replace
from typing import get_args

import pytest

from authwright.authorization_server import writes
from authwright.authorization_server.storage import Conflict
from authwright.idp import writes as idp_writes
from authwright.idp.storage.port import ProductStorage
from authwright.idp.writes import Write
from authwright.oauth.types import ClientId, Digest, Seconds, Subject
from support import storage_examples as examples
from support.storage_examples import APP, CODE_ISSUED, NOW, later
from support.storage_races import CONTENDERS, OVERTAKEN, RACES, WITH_ACCOUNT, Race


async def outcome(storage: ProductStorage, *batch: Write) -> str:
    """What became of a commit, with the guard that did not hold."""
    try:
        await storage.commit(batch)
    except Conflict as conflict:
        return type(conflict.write).__name__
    return "committed"


def lost(race: Race) -> str:
    return type(race.contender(0)).__name__


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
async def test_of_two_that_both_read_first_as_many_write_as_may(race, nodes):
    """Of concurrent commits whose guards exclude each other, exactly one returns (Storage.commit)."""
    first, second = nodes.open(), nodes.open()
    await first.commit(race.before)
    window = asyncio.Barrier(2)

    async def decide(node: ProductStorage, number: int) -> str:
        assert race.fresh(await race.read(node))
        await window.wait()
        return await outcome(node, race.contender(number))

    outcomes = await asyncio.gather(decide(first, 0), decide(second, 1))
    winners = min(2, race.winners)
    assert sorted(outcomes) == sorted(["committed"] * winners + [lost(race)] * (2 - winners))


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
async def test_of_fifty_on_several_nodes_as_many_write_as_may(race, nodes):
    """As many as may, of fifty on three nodes; and of a batch that loses, nothing is applied."""
    opened = [nodes.open() for _ in range(3)]
    await opened[0].commit(race.before)
    window = asyncio.Barrier(CONTENDERS)

    async def decide(number: int) -> str:
        node = opened[number % len(opened)]
        assert race.fresh(await race.read(node))
        await window.wait()
        return await outcome(
            node,
            writes.RecordEvent(examples.event("before the guard")),
            race.contender(number),
            writes.RecordEvent(examples.event("after the guard")),
        )

    outcomes = await asyncio.gather(*map(decide, range(CONTENDERS)))
    assert outcomes.count("committed") == race.winners
    assert outcomes.count(lost(race)) == CONTENDERS - race.winners
    assert len(await opened[1].events()) == 2 * race.winners


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_event_loops_in_several_threads_share_the_guard(race, nodes):
    """As many as may, when each node has an event loop in a thread of its own."""
    storages = [nodes.open() for _ in range(2)]
    asyncio.run(storages[0].commit(race.before))
    window = threading.Barrier(len(storages))
    outcomes: list[str] = []

    async def contend(node: ProductStorage, numbers: range) -> None:
        assert race.fresh(await race.read(node))
        window.wait()
        batches = (outcome(node, race.contender(number)) for number in numbers)
        outcomes.extend(await asyncio.gather(*batches))

    threads = [
        threading.Thread(target=lambda node=node, i=i: asyncio.run(contend(node, range(i * 25, i * 25 + 25))))
        for i, node in enumerate(storages)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("committed") == race.winners
    assert len(outcomes) == CONTENDERS


@pytest.mark.parametrize("case", OVERTAKEN, ids=lambda case: case.name)
async def test_a_write_that_was_overtaken_is_a_conflict(case, nodes):
    """Raises Conflict when a guard does not hold, naming the write, and nothing of the batch is applied."""
    first, second = nodes.open(), nodes.open()
    await first.commit(case.before)
    await second.commit(case.meanwhile)
    with pytest.raises(Conflict) as raised:
        await first.commit((writes.RecordEvent(examples.event()), case.write))
    assert raised.value.write == case.write
    assert await first.events() == ()


@pytest.mark.parametrize(
    "case",
    [case for case in OVERTAKEN if case.meanwhile],
    ids=lambda case: case.name,
)
async def test_the_same_write_holds_when_nothing_overtakes_it(case, storage):
    """What the conflict above comes from is what happened meanwhile, and nothing else."""
    await storage.commit(case.before)
    await storage.commit((case.write,))


async def test_guards_hold_within_one_batch(storage):
    """All writes of a batch are applied in order, so the second use of a code in one batch is a conflict."""
    await storage.commit(CODE_ISSUED)
    redeem = writes.RedeemCode(Digest("code"), NOW)
    with pytest.raises(Conflict):
        await storage.commit((redeem, replace(redeem, at=later(1))))
    code = await storage.authorization_code(Digest("code"))
    assert code is not None
    assert code.redeemed_at is None


async def test_a_jti_is_claimed_for_one_client_only(storage):
    """Guard: *client_id* has not used *jti* before; another client may use the same one (RFC 7523 §3)."""
    await storage.commit((writes.ClaimJti(APP, "jti", NOW), writes.ClaimJti(ClientId("other"), "jti", NOW)))


async def test_any_jti_is_claimed_once(storage):
    """The client chooses its jti: any text of any length is told from any other."""
    for jti in ("x" * 16_000, "x" * 16_001, "x\x00", "x\x00y", ""):
        claim = writes.ClaimJti(APP, jti, NOW)
        assert await outcome(storage, claim) == "committed"
        assert await outcome(storage, claim) == "ClaimJti"


async def test_attempts_are_counted_for_each_key(storage):
    """One more attempt *under key*: a full window of one key does not touch another."""
    await storage.commit((idp_writes.CountAttempt("alice", NOW, Seconds(60), 1),))
    await storage.commit((idp_writes.CountAttempt("bob", NOW, Seconds(60), 1),))
    with pytest.raises(Conflict):
        await storage.commit((idp_writes.CountAttempt("alice", NOW, Seconds(60), 1),))


async def test_a_window_begins_with_its_first_attempt(storage):
    """The window began with its first attempt: later ones, refused ones too, do not prolong it."""
    count = idp_writes.CountAttempt("bob", NOW, Seconds(60), 2)
    await storage.commit((count, replace(count, at=later(30))))
    assert await outcome(storage, replace(count, at=later(59))) == "CountAttempt"
    assert await outcome(storage, replace(count, at=later(60))) == "committed"
    assert await outcome(storage, replace(count, at=later(90))) == "committed"
    assert await outcome(storage, replace(count, at=later(119))) == "CountAttempt"


async def test_a_subject_may_be_saved_under_its_own_username(storage):
    """SaveAccount's guard is about somebody else's username."""
    await storage.commit(WITH_ACCOUNT)
    await storage.commit((idp_writes.SaveAccount(examples.account(roles=("reader",))),))
    account = await storage.account(Subject("alice"))
    assert account is not None
    assert account.roles == ("reader",)


def test_every_guard_is_raced_or_overtaken():
    """A write whose docstring names a guard has a case above, and one without a guard has none."""
    kinds = [*get_args(writes.Write), *get_args(idp_writes.ProductWrite)]
    guarded = {kind for kind in kinds if "Guard:" in (kind.__doc__ or "")}
    tried = {type(race.contender(0)) for race in RACES} | {type(case.write) for case in OVERTAKEN}
    assert tried == guarded
