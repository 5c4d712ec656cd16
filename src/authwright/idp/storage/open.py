"""The storage that a URL names: the only place that chooses between databases."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from authwright.authorization_server.events import Event

from .port import ProductStorage
from .sql_storage import ignore

SQLITE: Final = "sqlite:///"


def open_storage(
    database_url: str,
    *,
    committed: Callable[[Event], object] = ignore,
    monotonic: Callable[[], float] = time.monotonic,
) -> ProductStorage:
    """
    The storage at *database_url*, a setting that was checked, brought to this release's schema.

    Waits for the disk or the network, so it belongs before the event loop's work. *committed* is told of
    every audit event once it is durable; *monotonic*, a clock in seconds that nobody sets, says how old what
    is remembered is. Raises `SchemaTooNew`, `StorageUnavailable`, and `OSError` when a file cannot be made.
    """
    # Imported here: who keeps everything in one kind of database does not wait for the other's driver.
    from .sqlite import SqliteStorage

    path = Path(database_url.removeprefix(SQLITE))
    return SqliteStorage.open(path, committed=committed, monotonic=monotonic)
