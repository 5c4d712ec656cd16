"""The two ends of a copy, as the copying sees them. Everything here blocks: a command has no other work."""

from collections.abc import Generator, Iterable
from typing import Protocol

from authwright.idp.storage.schema import Migration, pending
from authwright.idp.storage.statement import Row, Statement

from .tables import Table


class TargetNotEmpty(Exception):
    """Copying adds to nothing: the database to copy to has rows in *table*."""

    def __init__(self, table: str) -> None:
        super().__init__("the database to copy to is not empty")
        self.table = table


class SchemaNotCurrent(Exception):
    """The database was last migrated by an older release: it has version *found*, and not *expected*."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__("the database does not have this release's schema")
        self.found = found
        self.expected = expected


class Source(Protocol):
    """A database to read from, of this release's schema, in one snapshot: nothing in it changes meanwhile."""

    def rows(self, table: Table) -> Generator[Row]:
        """
        All rows in the order of their key, a few in memory at a time. Raises `StorageUnavailable`.

        Close it before the database, and before the rows of another table.
        """
        ...


class Target(Source, Protocol):
    """
    A database to write to, of this release's schema, in one transaction: applied as a whole or not at all.

    Nobody else writes to it meanwhile. It reads what was written before it is committed.
    """

    def has_rows(self, table: Table) -> bool:
        """Whether *table* has any. Raises `StorageUnavailable`."""
        ...

    def write(self, table: Table, rows: Iterable[Row]) -> None:
        """Add *rows*; in a seeded table, in place of the one it has. Raises `StorageUnavailable`."""
        ...

    def run(self, statement: Statement) -> int:
        """Run *statement*; how many rows it touched. Raises `StorageUnavailable`."""
        ...


def check_schema(found: int, known: tuple[Migration, ...]) -> None:
    """Raises `SchemaTooNew` or `SchemaNotCurrent` when version *found* is not the newest of *known*."""
    if pending(found, known):
        raise SchemaNotCurrent(found, known[-1].version)
