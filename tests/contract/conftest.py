"""
The backends that the contract is held against.

A new one is one more class here, which opens nodes on one set of data, and one more entry in `BACKENDS`.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from authwright.idp.storage.open import open_storage
from authwright.idp.storage.port import ProductStorage
from authwright.testing.memory_storage import MemoryStorage


class MemoryBackend:
    """One node is all there can be; it is handed out each time."""

    survives_its_process = False

    def __init__(self, request, directory: Path) -> None:
        self._storage = MemoryStorage()

    def open(self, monotonic: Callable[[], float]) -> ProductStorage:
        return self._storage


class SqliteBackend:
    survives_its_process = True

    def __init__(self, request, directory: Path) -> None:
        self.address = f"sqlite:///{directory}/authwright.db"

    def open(self, monotonic: Callable[[], float]) -> ProductStorage:
        return open_storage(self.address, monotonic=monotonic)


class PostgresqlBackend:
    survives_its_process = True

    def __init__(self, request, directory: Path) -> None:
        self.address = request.getfixturevalue("postgresql_database")

    def open(self, monotonic: Callable[[], float]) -> ProductStorage:
        return open_storage(self.address, monotonic=monotonic)


BACKENDS = {"memory": MemoryBackend, "sqlite": SqliteBackend, "postgresql": PostgresqlBackend}
DURABLE = {name: backend for name, backend in BACKENDS.items() if backend.survives_its_process}


class MonotonicClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Nodes:
    """Opens nodes of one backend, which have one *clock*, and closes them at the end of the test."""

    def __init__(self, backend) -> None:
        self.backend = backend
        self.clock = MonotonicClock()
        self._opened = []

    def open(self) -> ProductStorage:
        node = self.backend.open(self.clock)
        self._opened.append(node)
        return node

    def close(self) -> None:
        for node in self._opened:
            asyncio.run(node.close())


@pytest.fixture(params=BACKENDS)
def nodes(request, tmp_path):
    """Several nodes on the same data."""
    nodes = Nodes(BACKENDS[request.param](request, tmp_path))
    yield nodes
    nodes.close()


@pytest.fixture(params=DURABLE)
def durable_nodes(request, tmp_path):
    """Nodes whose data outlives their process and is shared by several; ``backend.address`` names it."""
    nodes = Nodes(DURABLE[request.param](request, tmp_path))
    yield nodes
    nodes.close()


@pytest.fixture
def storage(nodes):
    """One node."""
    return nodes.open()
