"""
The backends that the contract is held against.

A new one is one more class here, which opens nodes on one set of data, and one more entry in `BACKENDS`.
"""

import asyncio
from pathlib import Path

import pytest

from authwright.idp.storage.port import ProductStorage
from authwright.idp.storage.sqlite import SqliteStorage
from authwright.testing.memory_storage import MemoryStorage


class MemoryBackend:
    """One node is all there can be; it is handed out each time."""

    survives_its_process = False

    def __init__(self, directory: Path) -> None:
        self._storage = MemoryStorage()

    def open(self) -> ProductStorage:
        return self._storage


class SqliteBackend:
    survives_its_process = True

    def __init__(self, directory: Path) -> None:
        self.address = str(directory / "authwright.db")

    def open(self) -> ProductStorage:
        return SqliteStorage.open(Path(self.address))


BACKENDS = {"memory": MemoryBackend, "sqlite": SqliteBackend}
DURABLE = {name: backend for name, backend in BACKENDS.items() if backend.survives_its_process}


class Nodes:
    """Opens nodes of one backend and closes them at the end of the test."""

    def __init__(self, backend) -> None:
        self.backend = backend
        self._opened = []

    def open(self) -> ProductStorage:
        node = self.backend.open()
        self._opened.append(node)
        return node

    def close(self) -> None:
        for node in self._opened:
            asyncio.run(node.close())


@pytest.fixture(params=BACKENDS)
def nodes(request, tmp_path):
    """Several nodes on the same data."""
    nodes = Nodes(BACKENDS[request.param](tmp_path))
    yield nodes
    nodes.close()


@pytest.fixture(params=DURABLE)
def durable_nodes(request, tmp_path):
    """Nodes whose data outlives their process and is shared by several; ``backend.address`` names it."""
    nodes = Nodes(DURABLE[request.param](tmp_path))
    yield nodes
    nodes.close()


@pytest.fixture
def storage(nodes):
    """One node."""
    return nodes.open()
