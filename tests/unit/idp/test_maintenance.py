"""authwright.idp.maintenance: of all processes one does the work that nobody asks for."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.keyring import Keyring
from authwright.idp.log import Log
from authwright.idp.log_encoding import json_line
from authwright.idp.maintenance import (
    LEASE_LIFETIME,
    TURN_SECONDS,
    Maintenance,
    maintain_forever,
    watch_keys_forever,
)
from authwright.oauth.types import Timestamp
from support.pages import make_place

LIFETIME = int(LEASE_LIFETIME.total_seconds())
DAY = 86_400


class Node:
    """One process over the storage of *place*."""

    def __init__(self, place):
        self.lines = []
        self.idp = replace(place.idp, log=Log(self.lines.append, json_line, level="debug"))
        self.maintenance = Maintenance(self.idp)

    async def turn(self):
        """What the log says of a turn."""
        self.lines.clear()
        await self.maintenance.turn()
        return [
            what for what in ("taken", "left") if any(f"maintenance.{what}" in line for line in self.lines)
        ]


@pytest.fixture
def place():
    return asyncio.run(make_place())


@pytest.fixture
def nodes(place):
    return [Node(place) for _ in range(2)]


async def rotations(place):
    events = await place.storage.events(limit=1000)
    return sum(event.kind is EventKind.KEY_ROTATED for event in events)


async def test_one_node_does_the_work(nodes, place):
    """It keeps the lease as long as it turns."""
    assert await nodes[0].turn() == ["taken"]
    assert await nodes[1].turn() == []
    for _ in range(20):
        place.clock.advance(TURN_SECONDS)
        assert await nodes[1].turn() == []
        assert await nodes[0].turn() == []


async def test_another_takes_over_from_one_that_died(nodes, place):
    """Once the lease is over, and not before. One that comes back finds it taken."""
    await nodes[0].turn()
    place.clock.advance(LIFETIME - 1)
    assert await nodes[1].turn() == []
    place.clock.advance(1)
    assert await nodes[1].turn() == ["taken"]
    assert await nodes[0].turn() == ["left"]


async def test_one_that_stops_gives_the_lease_up(nodes):
    """So that nobody has to wait; whoever does not have it gives nothing up."""
    await nodes[0].turn()
    await nodes[1].maintenance.give_up()
    assert await nodes[1].turn() == []
    await nodes[0].maintenance.give_up()
    assert await nodes[1].turn() == ["taken"]


async def test_the_work_is_done_by_whoever_holds_the_lease(nodes, place):
    """A key that is due gets its successor, at the next time the work is due, once."""
    before = await rotations(place)
    await nodes[0].turn()
    await nodes[1].turn()
    place.clock.advance(89 * DAY)
    await nodes[1].turn()
    await nodes[0].turn()
    assert await rotations(place) == before + 2


async def test_the_work_is_done_once_a_minute(nodes, place):
    """Renewing the lease is not yet work; a clock that was set back does not stop it."""
    await nodes[0].turn()
    place.clock.advance(89 * DAY - 30)
    await nodes[0].turn()
    before = await rotations(place)
    place.clock.advance(30)
    await nodes[0].turn()
    assert await rotations(place) == before
    place.clock.advance(30)
    await nodes[0].turn()
    assert await rotations(place) == before + 2
    place.clock.advance(-3600)
    await nodes[0].maintenance.give_up()
    worked_at = nodes[0].maintenance._worked_at
    await nodes[0].turn()
    assert nodes[0].maintenance._worked_at == worked_at - 3600


async def test_two_whose_clocks_differ_do_no_harm(nodes, place):
    """A node whose clock is ahead takes a lease that is not over; what both do is done once."""
    ahead = replace(place.idp.server, clock=type(place.clock)(place.clock.now() + 60))
    other = Node(place)
    other.idp = replace(other.idp, server=ahead)
    other.maintenance = Maintenance(other.idp)
    place.clock.advance(90 * DAY)
    ahead.clock.advance(90 * DAY)
    before = await rotations(place)
    assert await nodes[0].turn() == ["taken"]
    assert await other.turn() == ["taken"]
    assert await rotations(place) == before + 2


async def run_for(work, idp, turns):
    task = asyncio.create_task(work(idp))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_the_loop_gives_the_lease_up_when_it_is_cancelled(nodes):
    """A rolling restart leaves no gap."""
    await run_for(maintain_forever, nodes[0].idp, 500)
    assert any("maintenance.taken" in line for line in nodes[0].lines)
    assert any("maintenance.left" in line for line in nodes[0].lines)
    assert await nodes[1].turn() == ["taken"]


async def test_the_loop_outlives_a_storage_that_is_away(nodes, place):
    """It says so, and goes on."""
    await place.storage.close()
    await run_for(maintain_forever, nodes[0].idp, 50)
    assert any("maintenance.postponed" in line for line in nodes[0].lines)


async def test_keys_of_another_node_are_published(place, monkeypatch):
    """Within a second."""
    monkeypatch.setattr("authwright.idp.maintenance.LOOK_SECONDS", 0)
    settings = place.idp.settings
    other = await Keyring.open(
        place.storage, settings.key_encryption_key, place.clock, policy=settings.policy()
    )
    await other.rotate(place.clock.now(), immediately=False)
    before = len(place.idp.keyring.jwks().keys)
    await run_for(watch_keys_forever, place.idp, 50)
    assert len(place.idp.keyring.jwks().keys) == before + 2


async def test_a_storage_that_is_away_takes_no_key(place, monkeypatch):
    """What is known is good meanwhile."""
    monkeypatch.setattr("authwright.idp.maintenance.LOOK_SECONDS", 0)
    before = place.idp.keyring.jwks()
    await place.storage.close()
    await run_for(watch_keys_forever, place.idp, 50)
    assert place.idp.keyring.jwks() == before
    assert not [line for line in place.lines if "not_watched" in line]


@pytest.mark.parametrize(("retention", "kept"), [(None, 2), (timedelta(days=30), 1)])
async def test_the_audit_log_goes_when_the_operator_says(place, retention, kept):
    """The setting event_retention; without it the audit log is kept for ever."""
    node = Node(place)
    node.idp = replace(node.idp, settings=replace(node.idp.settings, event_retention=retention))
    now = place.clock.now()
    lines = [Event(EventKind.LOGOUT, Timestamp(now - days * DAY)) for days in (31, 29)]
    await place.storage.commit([RecordEvent(line) for line in lines])
    await Maintenance(node.idp).turn()
    left = [event for event in await place.storage.events(limit=1000) if event.kind is EventKind.LOGOUT]
    assert len(left) == kept
