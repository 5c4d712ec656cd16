"""The storage that a URL names: the only place that chooses between databases."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from authwright.authorization_server.events import Event
from authwright.oauth.types import Secret

from .port import ProductStorage
from .sql_storage import ignore

SQLITE: Final = "sqlite:///"


def open_storage(
    database_url: str,
    *,
    password: Secret | None = None,
    committed: Callable[[Event], object] = ignore,
    monotonic: Callable[[], float] = time.monotonic,
) -> ProductStorage:
    """
    The storage at *database_url*, a setting that was checked, brought to this release's schema.

    Waits for the disk or the network, so it belongs before the event loop's work. *password* is the database
    role's. *committed* is told of every audit event once it is durable; *monotonic*, a clock in seconds that
    nobody sets, says how old what is remembered is. Raises `SchemaTooNew`, `StorageUnavailable`, and
    `OSError` when a file cannot be made.
    """
    # Imported here: who keeps everything in one kind of database does not wait for the other's driver.
    if database_url.startswith(SQLITE):
        from .sqlite import SqliteStorage

        path = Path(database_url.removeprefix(SQLITE))
        return SqliteStorage.open(path, committed=committed, monotonic=monotonic)
    from .postgresql import PostgresqlStorage

    return PostgresqlStorage.open(database_url, password=password, committed=committed, monotonic=monotonic)
