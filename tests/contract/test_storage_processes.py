"""Nodes in processes of their own: guards hold between them, and what was acknowledged outlives them."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from authwright.authorization_server import writes
from authwright.oauth.types import Digest, GrantId
from support import storage_child, storage_examples
from support.storage_examples import GRANTED, SIGNED_IN

KILLS = 5
ACKNOWLEDGEMENTS_BEFORE_A_KILL = 100


def start(*arguments: str) -> subprocess.Popen[str]:
    """A child that has opened the storage and waits for the word."""
    child = subprocess.Popen(
        [sys.executable, storage_child.__file__, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(storage_child.__file__).parents[1])},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def test_processes_share_the_guard(durable_nodes):
    """Of concurrent commits whose guards exclude each other, exactly one returns, on any node."""
    storage = durable_nodes.open()
    codes = [f"code-{i}" for i in range(storage_child.CODES)]
    issued = [writes.AddAuthorizationCode(storage_examples.code(name)) for name in codes]
    asyncio.run(storage.commit((*GRANTED, *issued)))
    children = [start("redeem", durable_nodes.backend.address) for _ in range(3)]
    for child in children:
        go(child)
    redeemed = Counter[str]()
    for child in children:
        output, _ = child.communicate(timeout=60)
        assert child.returncode == 0
        redeemed.update(output.split())
    assert redeemed == Counter(codes)


def test_what_was_acknowledged_survives_kill_9(durable_nodes):
    """When commit returns, the writes are durable: they survive the death of the process."""
    asyncio.run(durable_nodes.open().commit(SIGNED_IN))
    for run in range(KILLS):
        child = start("commit", durable_nodes.backend.address, str(run))
        go(child)
        acknowledged = [child.stdout.readline() for _ in range(ACKNOWLEDGEMENTS_BEFORE_A_KILL)]
        child.kill()
        rest, _ = child.communicate(timeout=60)
        # A line that the kill cut off was not read by anybody.
        acknowledged += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        asyncio.run(check(durable_nodes.open(), acknowledged))


async def check(storage, acknowledged: list[str]) -> None:
    """Every line is true, and of what was not acknowledged there is all or nothing."""
    for line in acknowledged:
        what, name = line.split()
        code = await storage.authorization_code(Digest(f"code-{name}"))
        token = await storage.refresh_token(Digest(f"refresh-{name}"))
        assert code is not None
        assert await storage.grant(GrantId(f"grant-{name}")) is not None
        assert (code.redeemed_at is None) == (token is None)
        if what == "redeemed":
            assert code.redeemed_at is not None
