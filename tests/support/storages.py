"""
Which storage the providers of the tests have: one in memory, or a PostgreSQL database of their own.

``tests/conftest.py`` chooses (`provider_storage`); what builds a provider asks here.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from anyio.from_thread import BlockingPortal, start_blocking_portal

from authwright.idp.storage.open import open_storage
from authwright.idp.storage.port import ProductStorage
from authwright.testing.memory_storage import MemoryStorage
from support.postgresql import Cluster


class _InMemory:
    def storage(self) -> ProductStorage:
        return MemoryStorage()

    def url(self, directory: Path) -> str:
        return f"sqlite:///{directory}/authwright.db"


class OnPostgresql:
    """Databases that are used again, test after test: a new one takes long to make."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._free: list[str] = []
        self._used: list[str] = []
        self._opened: list[ProductStorage] = []

    def storage(self) -> ProductStorage:
        storage = open_storage(self.url(Path()))
        self._opened.append(storage)
        return storage

    def url(self, _directory: Path) -> str:
        cluster = self._cluster
        name = self._free.pop() if self._free else cluster.new_database(cluster.migrated_template())
        self._used.append(name)
        return cluster.url(name)

    def end_test(self) -> None:
        """Close what the test has opened and forget what it stored."""
        for storage in self._opened:
            portal().call(storage.close)
        for name in self._used:
            self._cluster.clean(name)
        self._free += self._used
        self._used, self._opened = [], []


_chosen: _InMemory | OnPostgresql = _InMemory()


@contextmanager
def chosen(place: OnPostgresql) -> Iterator[None]:
    """Providers are built on *place* until the block ends."""
    global _chosen  # noqa: PLW0603 - of the test process, and one test runs at a time
    former, _chosen = _chosen, place
    try:
        yield
    finally:
        _chosen = former
        place.end_test()


def new_storage() -> ProductStorage:
    """An empty storage, for a provider of this test."""
    return _chosen.storage()


def new_database_url(directory: Path) -> str:
    """An empty database, for a provider of this test that is run as it would be."""
    return _chosen.url(directory)


_portals = ExitStack()
_portal: BlockingPortal | None = None


def portal() -> BlockingPortal:
    """
    An event loop in a thread, for all that the tests' browsers ask and all that a test does itself.

    A server has one loop, and a connection to PostgreSQL belongs to it: a loop for each request, as test
    clients have by themselves, would be a connection for each.
    """
    global _portal  # noqa: PLW0603 - of the test process
    if _portal is None:
        _portal = _portals.enter_context(start_blocking_portal())
    return _portal


def end() -> None:
    """Stop the loop."""
    global _portal  # noqa: PLW0603 - of the test process
    _portals.close()
    _portal = None
