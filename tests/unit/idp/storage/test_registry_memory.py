"""What a node remembers of clients and APIs, and for how long."""

import asyncio

import pytest

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage.registry_memory import FRESH_FOR, RegistryMemory
from support import storage_examples as examples
from support.storage_examples import APP


class Database:
    """A version that is read when the test lets it be."""

    def __init__(self) -> None:
        self.version = 7
        self.seconds = 100.0
        self.looks = 0
        self.failure: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.memory = RegistryMemory(self.read_version, lambda: self.seconds)

    async def read_version(self) -> int:
        self.looks += 1
        version = self.version
        await self.answers.wait()
        if self.failure is not None:
            raise self.failure
        return version


async def test_within_a_quarter_of_a_second_nothing_is_read():
    """The requests between two looks read nothing."""
    database = Database()
    remembered = await database.memory.current()
    remembered.remember(examples.client())
    database.seconds += FRESH_FOR * 0.99
    assert await database.memory.current() is remembered
    assert database.looks == 1
    database.seconds += FRESH_FOR * 0.01
    assert await database.memory.current() is remembered
    assert database.looks == 2
    assert remembered.client(APP) == examples.client()


async def test_another_version_forgets_everything():
    """What is remembered is remembered of one version."""
    database = Database()
    (await database.memory.current()).remember(examples.client())
    database.version += 1
    database.seconds += FRESH_FOR
    assert (await database.memory.current()).client(APP) is None


async def test_a_change_of_its_own_is_seen_at_once():
    """Whatever the clock says."""
    database = Database()
    remembered = await database.memory.current()
    database.version += 1
    database.memory.changed()
    assert await database.memory.current() is not remembered


async def test_how_old_it_is_counts_from_before_the_look():
    """The database may have changed while the answer was on its way."""
    database = Database()
    database.answers.clear()
    first = asyncio.create_task(database.memory.current())
    await asyncio.sleep(0)
    database.seconds += FRESH_FOR * 0.9
    database.answers.set()
    await first
    database.seconds += FRESH_FOR * 0.2
    await database.memory.current()
    assert database.looks == 2


async def test_many_who_wait_look_once():
    """However many wait."""
    database = Database()
    database.answers.clear()
    waiting = [asyncio.create_task(database.memory.current()) for _ in range(50)]
    await asyncio.sleep(0)
    database.answers.set()
    assert len(set(map(id, await asyncio.gather(*waiting)))) == 1
    assert database.looks == 1


async def test_who_gives_up_takes_nobody_along():
    """Neither the one who looks nor one who waits for it."""
    database = Database()
    database.answers.clear()
    looking, waiting, patient = (asyncio.create_task(database.memory.current()) for _ in range(3))
    await asyncio.sleep(0)
    waiting.cancel()
    looking.cancel()
    await asyncio.sleep(0)
    database.answers.set()
    assert (await patient).version == 7
    assert looking.cancelled()
    assert waiting.cancelled()


async def test_a_failure_is_told_to_all_who_wait():
    """One look, and not one after the other while the database is away."""
    database = Database()
    database.answers.clear()
    database.failure = StorageUnavailable("away")
    waiting = [asyncio.create_task(database.memory.current()) for _ in range(5)]
    await asyncio.sleep(0)
    database.answers.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert outcomes == [database.failure] * 5
    assert database.looks == 1
    database.failure = None
    assert (await database.memory.current()).version == 7


async def test_a_look_that_a_change_overtook_tells_nothing():
    """What it saw may be from before the commit."""
    database = Database()
    await database.memory.current()
    database.seconds += FRESH_FOR
    database.answers.clear()
    early = asyncio.create_task(database.memory.current())
    await asyncio.sleep(0)
    database.version += 1
    database.memory.changed()
    late = asyncio.create_task(database.memory.current())
    await asyncio.sleep(0)
    database.answers.set()
    assert (await late).version == 8
    assert (await early).version == 8


async def test_what_was_read_late_stays_with_its_version():
    """A row that was asked for before the change is added to what nobody looks at any more."""
    database = Database()
    old = await database.memory.current()
    database.version += 1
    database.memory.changed()
    new = await database.memory.current()
    old.remember(examples.client())
    assert new.client(APP) is None


@pytest.mark.parametrize("later", [False, True])
def test_loops_do_not_wait_for_each_other(later):
    """A future belongs to its loop, so another loop looks for itself."""

    async def use(memory):
        return (await memory.current()).version

    async def make():
        return Database()

    database = asyncio.run(make())
    for _ in range(3):
        database.answers = asyncio.Event()
        database.answers.set()
        assert asyncio.run(use(database.memory)) == 7
        database.seconds += FRESH_FOR * later
