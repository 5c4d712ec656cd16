"""authwright.idp.serving.accepting: connections are shared evenly, and nobody waits for a worker."""

import asyncio
import contextlib
import errno
import os
import socket

import pytest

from authwright.idp.serving.accepting import Accepting, Shares, new_shares_file


@pytest.fixture
def shares():
    fd = new_shares_file(2)
    with contextlib.closing(Shares(fd)) as shares:
        yield shares
    os.close(fd)


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


class Worker:
    """One that keeps what it takes. It has *other* connections beside."""

    def __init__(self, listener, shares, place, other=0):
        self.taken, self.other, self.listener = [], other, listener.dup()
        self.accepting = Accepting([self.listener], self.taken.append, self.count, shares, place)

    def count(self):
        return len(self.taken) + self.other

    def close(self):
        self.accepting.close()
        for connection in (*self.taken, self.listener):
            connection.close()


@contextlib.asynccontextmanager
async def connected(listener, count):
    """Clients that have connected, whoever takes them."""
    clients = await asyncio.gather(
        *(asyncio.to_thread(socket.create_connection, listener.getsockname()) for _ in range(count))
    )
    try:
        yield
    finally:
        for client in clients:
            client.close()


async def taken(count, *workers):
    """Wait until so many were taken: how many by each."""
    async with asyncio.timeout(20):
        while sum(len(worker.taken) for worker in workers) < count:
            await asyncio.sleep(0.001)
    return [len(worker.taken) for worker in workers]


async def test_connections_that_come_together_are_shared(listener, shares):
    """And those that come later go to whoever has fewer."""
    workers = [Worker(listener, shares, place) for place in range(2)]
    async with connected(listener, 20):
        counts = await taken(20, *workers)
        assert abs(counts[0] - counts[1]) <= 2
        workers[0].other = 30
        workers[0].accepting.tell()
        async with connected(listener, 20):
            later = await taken(40, *workers)
            assert later[1] - counts[1] > 2 * (later[0] - counts[0])
    for worker in workers:
        worker.close()


async def test_nobody_waits_for_a_worker_that_hangs(listener, shares):
    """It has fewer, and does not come; after a breath the other takes them."""
    shares.tell(1, 0)
    worker = Worker(listener, shares, 0, other=100)
    async with connected(listener, 3):
        assert await taken(3, worker) == [3]
    worker.close()


async def test_nothing_is_left_to_a_worker_that_ended(shares):
    """Nor to one that has not started."""
    assert not shares.somebody_has_fewer(100)
    shares.tell(0, 100)
    shares.tell(1, 98)
    assert shares.somebody_has_fewer(100)
    shares.nobody_is_at(1)
    assert not shares.somebody_has_fewer(100)


async def test_one_more_is_no_difference(shares):
    """Else two workers whose connections come and go would wait for each other."""
    shares.tell(1, 99)
    assert not shares.somebody_has_fewer(100)


async def test_what_ended_is_told(listener, shares):
    """A worker that had many and has few now is left something again."""
    worker = Worker(listener, shares, 0, other=50)
    assert not shares.somebody_has_fewer(50)
    worker.other = 0
    worker.accepting.tell()
    assert shares.somebody_has_fewer(50)
    worker.close()


async def test_nothing_is_left_to_a_worker_that_takes_no_more(listener, shares):
    """It has fewer and fewer connections while it ends, and its place may be its successor's already."""
    worker = Worker(listener, shares, 0, other=50)
    worker.accepting.close()
    worker.other = 0
    worker.accepting.tell()
    assert not shares.somebody_has_fewer(50)
    worker.close()


class WithoutDescriptors:
    """A listener of a process that may open nothing more."""

    def __init__(self, listener):
        self.listener, self.offered = listener, 0

    def accept(self):
        self.offered += 1
        raise OSError(errno.EMFILE, "Too many open files")

    def dup(self):
        return self

    def __getattr__(self, name):
        return getattr(self.listener, name)


async def test_without_descriptors_it_does_not_turn_in_circles(listener, shares):
    """The connection stays where it is, and is asked for again after a while."""
    empty = WithoutDescriptors(listener)
    worker = Worker(empty, shares, 0)
    async with connected(listener, 1):
        while not empty.offered:
            await asyncio.sleep(0.001)
        for _ in range(100):
            await asyncio.sleep(0)
        assert empty.offered == 1
    worker.close()


async def test_a_worker_that_closes_takes_no_more(listener, shares):
    """What comes is for the others."""
    one, other = (Worker(listener, shares, place) for place in range(2))
    one.close()
    other.other = 100
    async with connected(listener, 5):
        assert await taken(5, one, other) == [0, 5]
    other.close()
