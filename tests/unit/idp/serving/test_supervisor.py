"""authwright.idp.serving.supervisor: what a worker says, and how it ends; see protocol/test_workers_stop."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager

import pytest

from authwright.idp.serving import supervisor
from authwright.idp.serving.supervisor import _Worker

OBEDIENT = "import sys; print('ready', flush=True); sys.stdin.read()"
TALKATIVE = "print('hello', flush=True)"
MUTE = "pass"
DEAF = "import time; print('ready', flush=True); time.sleep(60)"


@asynccontextmanager
async def worker(program):
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=PIPE, stdout=PIPE)
    try:
        yield _Worker(1, process, time.monotonic())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("program", "is_ready"), [(OBEDIENT, True), (DEAF, True), (TALKATIVE, False), (MUTE, False)]
)
async def test_a_worker_says_that_it_serves(program, is_ready):
    """One that ends before it did, or says something else, does not."""
    async with worker(program) as one:
        assert await one.is_ready() is is_ready


async def test_a_worker_finishes_at_the_end_of_its_input():
    """Its exit code is its own."""
    async with worker(OBEDIENT) as one:
        await one.is_ready()
        assert await one.finish()
        assert one.process.returncode == 0


async def test_a_worker_that_hangs_is_killed(monkeypatch):
    """A stop ends, and says what did not end by itself."""
    monkeypatch.setattr(supervisor, "_LONGEST_FINISH_SECONDS", 0.1)
    async with worker(DEAF) as one:
        await one.is_ready()
        assert not await one.finish()
        assert one.process.returncode == -9


async def test_what_a_dead_worker_is_told_is_lost():
    """It is replaced by whoever waits for its end, and nobody fails for having told it."""
    async with worker(MUTE) as one:
        await one.process.wait()
        one.say_stopping()
        assert await one.finish()
