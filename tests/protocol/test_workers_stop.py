"""
Stopping and replacing under load: nobody who was connected is failed.

The load is of clients as load balancers are: a refused connection is tried at the other node, and nothing
else is tried again. Half of them keep their connections, the other half makes one for each request.
"""

import os
import signal
import threading
from pathlib import Path

import pytest

from support.load import Load
from support.nodes import make_realm


@pytest.fixture(scope="module")
def realm(tmp_path_factory):
    return make_realm(tmp_path_factory.mktemp("realm"))


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
