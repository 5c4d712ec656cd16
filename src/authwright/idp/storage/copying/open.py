"""
The ends of a copy that URLs name: the only place of it that chooses between databases.

Both raise `StorageUnavailable`, `SchemaTooNew`, `SchemaNotCurrent`, and `OSError` when a file is not there or
cannot be made.
"""

from contextlib import AbstractContextManager

from authwright.idp.database_url import sqlite_path
from authwright.oauth.types import Secret

from .ends import Source, Target

# Imported where they are called: who keeps everything in one kind of database does not wait for the other's
# driver.


def open_source(database_url: str, password: Secret | None = None) -> AbstractContextManager[Source]:
    """The database at *database_url*, a setting that was checked, as it is now."""
    if path := sqlite_path(database_url):
        from . import sqlite

        return sqlite.open_source(path)
    from authwright.idp.storage.postgresql.address import Address

    from . import postgresql

    return postgresql.open_source(Address(database_url, password))


def open_target(database_url: str, password: Secret | None = None) -> AbstractContextManager[Target]:
    """
    The database at *database_url*, to write to.

    What was written is durable when the block ends without an error, and undone when it ends with one.
    """
    if path := sqlite_path(database_url):
        from . import sqlite

        return sqlite.open_target(path)
    from authwright.idp.storage.postgresql.address import Address

    from . import postgresql

    return postgresql.open_target(Address(database_url, password))
