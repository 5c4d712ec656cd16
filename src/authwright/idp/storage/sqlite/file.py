"""The SQLite file itself: made for its owner alone, opened durable, brought to this release's schema."""

import os
import sqlite3
import time
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from authwright.idp.storage.schema import Migration, migrations

from .migrate import migrate, pending

OLDEST_SQLITE: Final = (3, 39, 0)
"""The first with IS NOT DISTINCT FROM; STRICT tables and upserts are older."""


def prepare(path: Path, busy_timeout: timedelta) -> tuple[Migration, ...]:
    """
    Make the file if it is not there, take the migrations that it lacks, and tell which.

    Raises `SchemaTooNew`, `sqlite3.Error`, and `OSError` when the file cannot be made.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise RuntimeError("authwright needs SQLite 3.39 or later; this Python has an older one")
    _create(path)
    with closing(connect(path, busy_timeout)) as connection:
        _use_write_ahead_log(connection, busy_timeout)
        return migrate(connection, migrations("sqlite"))


def pending_migrations(path: Path) -> tuple[Migration, ...]:
    """What `prepare` would take. Changes nothing; the file has to be there."""
    with closing(connect(path, timedelta())) as connection:
        return pending(connection, migrations("sqlite"))


def connect(path: Path, busy_timeout: timedelta) -> sqlite3.Connection:
    """
    A connection in autocommit mode that any thread may use, to a file that is there.

    *busy_timeout* is how long a statement waits for a lock of another process.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=busy_timeout.total_seconds(),
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        # Where the system's flush stops at the drive's own cache (macOS), ask for the one that does not.
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        # 16 MB of log before it is folded in, four times the default: a page that many commits change is then
        # copied and flushed once.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path) -> None:
    """
    Make the file, if it is not there, for its owner alone; SQLite's log and index take the same mode.

    A file that is there must not be opened by anybody but SQLite: closing it would drop the locks of every
    connection that this process has to it (POSIX), and another process could throw the log away.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def is_about_the_statement(error: sqlite3.Error) -> bool:
    """
    Whether SQLite says something of one statement and its values, which is a bug of ours.

    Its other errors are of the database: full, locked, read-only, unreadable.
    """
    return isinstance(
        error,
        sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError | sqlite3.InterfaceError,
    )


def _use_write_ahead_log(connection: sqlite3.Connection, busy_timeout: timedelta) -> None:
    """
    A property of the file, kept from then on.

    When two nodes want the change at once SQLite refuses one of them without waiting, lest they wait for each
    other; so this waits instead.
    """
    deadline = time.monotonic() + busy_timeout.total_seconds()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
        else:
            return
