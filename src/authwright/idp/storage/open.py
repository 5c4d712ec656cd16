"""The storage that a URL names: the only place that chooses between databases."""

import time
from collections.abc import Callable

from authwright.authorization_server.events import Event
from authwright.idp.database_url import sqlite_path
from authwright.oauth.types import Secret

from .port import ProductStorage
from .schema import Migration
from .sql_storage import ignore


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
    if path := sqlite_path(database_url):
        from .sqlite import SqliteStorage

        return SqliteStorage.open(path, committed=committed, monotonic=monotonic)
    from .postgresql import PostgresqlStorage

    return PostgresqlStorage.open(database_url, password=password, committed=committed, monotonic=monotonic)


def is_there(database_url: str) -> bool:
    """Whether there is something to open. PostgreSQL says so itself when it is asked."""
    path = sqlite_path(database_url)
    return path is None or path.exists()


def pending_migrations(database_url: str, password: Secret | None = None) -> tuple[Migration, ...]:
    """
    What `migrate` would do. Changes nothing; waits for the disk or the network.

    Raises `SchemaTooNew`, `StorageUnavailable`.
    """
    if path := sqlite_path(database_url):
        from .sqlite import SqliteStorage

        return SqliteStorage.pending_migrations(path)
    from .postgresql import PostgresqlStorage

    return PostgresqlStorage.pending_migrations(database_url, password)


def migrate(database_url: str, password: Secret | None = None) -> None:
    """Bring the database to this release's schema, as `open_storage` does. Raises as it does."""
    if path := sqlite_path(database_url):
        from .sqlite import SqliteStorage

        SqliteStorage.migrate(path)
    else:
        from .postgresql import PostgresqlStorage

        PostgresqlStorage.migrate(database_url, password)
