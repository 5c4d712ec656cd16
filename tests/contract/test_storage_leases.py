"""The guard of `TakeLease`: of several nodes one does the work that one node has to do."""

import asyncio

import pytest

from authwright.authorization_server.storage import Conflict
from authwright.idp.writes import TakeLease


async def took(storage, holder, at, until, name="maintenance"):
    try:
        await storage.commit((TakeLease(name, holder, at, until),))
    except Conflict:
        return False
    return True


async def test_one_holds_it_until_its_end(storage):
    """Whoever was first; at its end, and not before, it is anybody's."""
    assert await took(storage, "a", 100, 115)
    assert not await took(storage, "b", 114, 129)
    assert await took(storage, "b", 115, 130)
    assert not await took(storage, "a", 116, 131)


async def test_the_holder_keeps_it(storage):
    """As often as it takes it again, each time from then."""
    assert await took(storage, "a", 100, 115)
    assert await took(storage, "a", 110, 125)
    assert not await took(storage, "b", 120, 135)


async def test_the_holder_gives_it_up(storage):
    """By an end that is over: the next need not wait."""
    assert await took(storage, "a", 100, 115)
    assert await took(storage, "a", 105, 105)
    assert await took(storage, "b", 105, 120)


async def test_each_name_is_a_lease_of_its_own(storage):
    """One node may do one work and another the other."""
    assert await took(storage, "a", 100, 115)
    assert await took(storage, "b", 100, 115, name="other")


@pytest.mark.parametrize("taken_before", [False, True])
async def test_one_of_many_takes_it(storage, taken_before):
    """At once, when it was never taken and when it is over."""
    if taken_before:
        assert await took(storage, "z", 50, 60)
    taken = await asyncio.gather(*(took(storage, f"node {i}", 100, 115) for i in range(20)))
    assert taken.count(True) == 1
