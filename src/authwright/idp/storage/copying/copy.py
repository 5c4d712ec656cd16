"""Copy a realm, and see that it arrived."""

from contextlib import closing

from .digest import Contents, TableDigest, contents_of
from .ends import Source, Target, TargetNotEmpty
from .tables import TABLES


class CopyDiffers(Exception):
    """What is in *table* of the target is not what was read from the source. Nothing was kept of it."""

    def __init__(self, table: str) -> None:
        super().__init__("a table of the copy differs from what was read")
        self.table = table


def copy(source: Source, target: Target) -> tuple[Contents, ...]:
    """
    Write everything that *source* has to *target*, which has to be empty, and what each table holds.

    In memory is a chunk of rows, however many there are. Once all is written it is read again from *target*,
    as stored there, before the transaction ends. Raises `TargetNotEmpty`, `CopyDiffers` and
    `StorageUnavailable`; the caller, who opened *target*, then ends its transaction without a commit.
    """
    check_empty(target)
    sent: list[Contents] = []
    for table in TABLES:
        digest = TableDigest(table)
        with closing(source.rows(table)) as rows:
            target.write(table, digest.passing(rows))
        sent.append(digest.contents())
    for table, expected in zip(TABLES, sent, strict=True):
        with closing(target.rows(table)) as rows:
            arrived = contents_of(table, rows)
        if arrived != expected:
            raise CopyDiffers(table.name)
    return tuple(sent)


def check_empty(target: Target) -> None:
    """Raises `TargetNotEmpty` when *target* has anything that the schema itself did not put there."""
    for table in TABLES:
        if not table.seeded and target.has_rows(table):
            raise TargetNotEmpty(table.name)
