"""
Stopping and replacing under load: nobody who was connected is failed.

The load is of clients as load balancers are: a refused connection is tried at the other node, and nothing
else is tried again. Half of them keep their connections, the other half makes one for each request.
"""

import asyncio
import base64
import os
import signal
import threading
from pathlib import Path

import pytest

from support.nodes import make_realm

KEEPERS, NEWCOMERS = 6, 6


@pytest.fixture(scope="module")
def realm(tmp_path_factory):
    return make_realm(tmp_path_factory.mktemp("realm"))


class Load:
    """Clients in a thread of their own. *failures* is what went wrong, *answers* how many were right."""

    def __init__(self, realm, ports):
        self.ports, self.failures, self.answers, self.over = ports, [], 0, threading.Event()
        self.refused = 0
        credentials = base64.b64encode(f"job:{realm.secret}".encode()).decode()
        body = "grant_type=client_credentials"
        self.request = (
            f"POST /token HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic {credentials}\r\n"
            f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def __enter__(self):
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.thread.start()
        self.wait_for(50)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def wait_for(self, more):
        """Return when so many requests more were answered."""
        until = self.answers + more
        while self.answers < until and self.thread.is_alive() and not self.failures:
            threading.Event().wait(0.01)

    async def _run(self):
        keepers = (self._client(number, keeps=True) for number in range(KEEPERS))
        newcomers = (self._client(number, keeps=False) for number in range(NEWCOMERS))
        await asyncio.gather(*keepers, *newcomers)

    async def _client(self, number, *, keeps):
        while not self.over.is_set():
            try:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", self.ports[number % len(self.ports)]
                )
            except ConnectionRefusedError:
                self.refused += 1
                number += 1
                await asyncio.sleep(0.01)
                continue
            except OSError as error:
                self.failures.append(repr(error))
                return
            try:
                is_kept = True
                while is_kept and not self.over.is_set():
                    is_kept = await self._ask(reader, writer) and keeps
            except (OSError, EOFError, AssertionError) as error:
                self.failures.append(repr(error))
            finally:
                writer.close()

    async def _ask(self, reader, writer):
        """Whether the server keeps the connection."""
        writer.write(self.request)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        await asyncio.wait_for(reader.readexactly(length), 20)
        assert head.startswith(b"http/1.1 200"), head
        self.answers += 1
        return b"connection: close" not in head


@pytest.mark.parametrize("workers", [1, 2])
def test_one_of_two_nodes_stops(realm, workers):
    """SIGTERM: what was asked is answered, who comes later is refused and goes to the other. Exit code 0."""
    with realm.node(workers=workers) as one, realm.node(workers=workers) as other:
        with Load(realm, [one.port, other.port]) as load:
            assert one.server.stop(signal.SIGTERM) == 0
            load.wait_for(50)
        assert load.failures == []
        assert load.refused
        assert other.server.process.poll() is None


def test_workers_are_replaced_one_by_one(realm):
    """SIGHUP: every process is another, and no connection was even refused."""
    with realm.node(workers=2) as node:
        before = pids(node)
        with Load(realm, [node.port]) as load:
            os.kill(node.server.process.pid, signal.SIGHUP)
            for number in (1, 2):
                node.server.wait_for(f'worker.replaced", "worker": {number}')
            load.wait_for(50)
        assert (load.failures, load.refused) == ([], 0)
        after = pids(node)
        assert len(after) == 2
        assert not set(before) & set(after)


def pids(node):
    """Of the workers that live."""
    supervisor = node.server.process.pid
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text()
    return [int(pid) for pid in children.split()]


def test_a_worker_that_dies_is_replaced(realm):
    """The other serves meanwhile; the log says what happened."""
    with realm.node(workers=2) as node:
        before = pids(node)
        os.kill(before[0], signal.SIGKILL)
        assert f'"pid": {before[0]}' in node.server.wait_for("worker.ended")
        assert node.get("/livez").status_code == 200
        while len(set(pids(node)) - set(before)) != 1:
            threading.Event().wait(0.05)
        node.server.wait_for(f'worker.ready", "worker": .*"pid": {(set(pids(node)) - set(before)).pop()}')


def test_workers_end_with_their_supervisor(realm):
    """However it ended: nobody is left who serves without anybody looking after them."""
    with realm.node(workers=2) as node:
        left = pids(node)
        node.server.process.kill()
        node.server.process.wait(20)
        for pid in left:
            while Path(f"/proc/{pid}").exists():
                threading.Event().wait(0.05)


def test_a_node_that_stops_says_so_before(realm):
    """/healthz is 503 while the node goes on for the load balancer to notice; /livez and the rest are not."""
    for workers in (1, 2):
        with realm.node(workers=workers, stop_delay="3s") as node:
            assert node.get("/healthz").status_code == 200
            node.server.process.send_signal(signal.SIGTERM)
            while (answer := node.get("/healthz")).status_code == 200:
                threading.Event().wait(0.02)
            assert (answer.status_code, answer.json()) == (503, {"status": "stopping"})
            assert node.get("/livez").status_code == 200
            assert realm.machine_token(node)
            assert node.server.process.wait(20) == 0


def test_what_cannot_start_is_said_once(realm):
    """Two workers that find no database say so as one process would, and the exit code is theirs."""
    with (
        pytest.raises(AssertionError, match="AW410") as caught,
        realm.node(workers=2, database_url="sqlite:////proc/none/authwright.db"),
    ):
        pass
    assert str(caught.value).count("AW410") == 1
