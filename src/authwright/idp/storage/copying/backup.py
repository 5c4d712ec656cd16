"""
A backup: a copy of a realm in a SQLite file, with the digests of what was copied.

The file says when it was made and by which release, and it is whole or not there: it is written beside its
place, flushed, and given its name at the end. What a restore reads from it is held against its digests, so
that a file that was damaged since is not mistaken for the realm.
"""

import errno
import os
import secrets
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, final

from typing_extensions import override

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage.schema import migrations
from authwright.idp.storage.sqlite import file
from authwright.idp.storage.sqlite.migrate import migrate, schema_version
from authwright.idp.storage.statement import Row
from authwright.oauth.types import Timestamp

from .copy import copy
from .digest import Contents
from .ends import SchemaNotCurrent, Source, check_schema
from .sqlite import SqliteSource, SqliteTarget
from .tables import TABLES, Table

_MANIFEST: Final = (
    "CREATE TABLE backup (made_at INTEGER NOT NULL, release TEXT NOT NULL) STRICT",
    "CREATE TABLE backup_contents (name TEXT PRIMARY KEY, row_count INTEGER NOT NULL, digest TEXT NOT NULL)",
)


class NotABackup(Exception):
    """The file is not one that a backup made."""


class BackupOfAnotherRelease(Exception):
    """The backup has the schema of *release*, an older one."""

    def __init__(self, release: str) -> None:
        super().__init__("the backup has another release's schema")
        self.release = release


class BackupDamaged(Exception):
    """What the backup has in *table* is not what was put there."""

    def __init__(self, table: str) -> None:
        super().__init__("the backup does not hold what was put into it")
        self.table = table


@final
@dataclass(frozen=True, slots=True)
class Backup:
    """An open backup: *made_at* is just before its snapshot, *contents* is what was put into it."""

    source: Source
    made_at: Timestamp
    contents: tuple[Contents, ...]

    def check(self, found: tuple[Contents, ...]) -> None:
        """Raises `BackupDamaged` unless *found*, read from it now, is what was put into it."""
        for expected, each in zip(self.contents, found, strict=True):
            if each != expected:
                raise BackupDamaged(expected.table)


def write_backup(source: Source, path: Path, *, made_at: Timestamp, release: str) -> tuple[Contents, ...]:
    """
    Make the backup *path* of *source*, for its owner alone, and return when it is on the disk.

    Raises `FileExistsError` when there is a file already, now or at the end; another `OSError` when the
    directory cannot be written; and as `copy`. Nothing is left behind then.
    """
    _check_absent(path)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        contents = _fill(source, unfinished, made_at, release)
        os.fsync(descriptor)
        _give_name(unfinished, path)
    finally:
        # Not before SQLite has closed the file: this would drop its locks.
        os.close(descriptor)
        unfinished.unlink(missing_ok=True)
        _flush_directory(path.parent)
    return contents


@contextmanager
def open_backup(path: Path) -> Generator[Backup]:
    """
    The backup *path*, which is not written to.

    Raises `NotABackup`, `BackupOfAnotherRelease`, and `SchemaTooNew`.
    """
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise NotABackup("the backup could not be opened") from error
    with closing(connection):
        try:
            ((made_at, release),) = connection.execute("SELECT made_at, release FROM backup")
            found = dict(_read_contents(connection))
            version = schema_version(connection)
        except (sqlite3.Error, ValueError) as error:
            raise NotABackup("the file does not have the tables of a backup") from error
        try:
            check_schema(version, migrations("sqlite"))
        except SchemaNotCurrent:
            raise BackupOfAnotherRelease(release) from None
        if found.keys() != {table.name for table in TABLES}:
            raise NotABackup("the backup does not say what is in each table")
        connection.execute("BEGIN")
        yield Backup(_BackupSource(connection), made_at, tuple(found[table.name] for table in TABLES))


@final
class _BackupSource(SqliteSource):
    """Nobody writes to a backup, so what cannot be read in it is damaged."""

    @override
    def rows(self, table: Table) -> Generator[Row]:
        try:
            yield from super().rows(table)
        except StorageUnavailable as error:
            raise BackupDamaged(table.name) from error


def _fill(source: Source, path: Path, made_at: Timestamp, release: str) -> tuple[Contents, ...]:
    try:
        with closing(file.connect(path, timedelta())) as connection:
            # Until it has its name nobody needs it, so it has no journal; it is flushed once, at its end.
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            migrate(connection, migrations("sqlite"))
            connection.execute("BEGIN")
            contents = copy(source, SqliteTarget(connection))
            _write_manifest(connection, contents, made_at, release)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise StorageUnavailable("the backup could not be written") from error
    return contents


def _write_manifest(
    connection: sqlite3.Connection, contents: tuple[Contents, ...], made_at: Timestamp, release: str
) -> None:
    for statement in _MANIFEST:
        connection.execute(statement)
    connection.execute("INSERT INTO backup (made_at, release) VALUES (?, ?)", (made_at, release))
    connection.executemany(
        "INSERT INTO backup_contents (name, row_count, digest) VALUES (?, ?, ?)",
        [(each.table, each.rows, each.digest) for each in contents],
    )


def _read_contents(connection: sqlite3.Connection) -> Iterator[tuple[str, Contents]]:
    for name, rows, digest in connection.execute("SELECT name, row_count, digest FROM backup_contents"):
        yield name, Contents(name, rows, digest)


def _check_absent(path: Path) -> None:
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def _give_name(unfinished: Path, path: Path) -> None:
    """By a link, which unlike a renaming never replaces what has come there meanwhile."""
    try:
        path.hardlink_to(unfinished)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links, such as that of a memory stick.
        _check_absent(path)
        unfinished.rename(path)


def _flush_directory(directory: Path) -> None:
    """So that the name survives a loss of power too."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
