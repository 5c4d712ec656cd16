"""
What tells whether two tables hold the same: the number of their rows, and a SHA-256 over them.

Rows go into it in the order of their key, each value with its kind and its length before it, so that no two
different tables are the same bytes. The order of text is that of its bytes in UTF-8.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

from authwright.idp.storage.statement import Row

from .tables import Table


@dataclass(frozen=True, slots=True)
class Contents:
    """What a table holds. Equal for tables with equal rows, in whichever database."""

    table: str
    rows: int
    digest: str


@final
class TableDigest:
    """Counts and digests the rows of *table*, while they are passed on."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows = 0
        self._sha256 = hashlib.sha256(_encoded((table.name, *table.columns)))

    def passing(self, rows: Iterable[Row]) -> Iterator[Row]:
        """*rows* themselves; each is counted when it is taken."""
        for row in rows:
            self._sha256.update(_encoded(row))
            self._rows += 1
            yield row

    def contents(self) -> Contents:
        """Of the rows that have passed."""
        return Contents(self._table.name, self._rows, self._sha256.hexdigest())


def contents_of(table: Table, rows: Iterable[Row]) -> Contents:
    """Of *rows*, all of them taken."""
    digest = TableDigest(table)
    for _ in digest.passing(rows):
        pass
    return digest.contents()


def _encoded(row: Row) -> bytes:
    return b"".join(map(_encoded_value, row))


def _encoded_value(value: object) -> bytes:
    match value:
        case None:
            return b"n"
        case int():
            return b"i%d;" % value
        case str():
            octets = value.encode()
            return b"t%d:%b" % (len(octets), octets)
        case bytes():
            return b"b%d:%b" % (len(value), value)
        case _:
            raise TypeError("a column has a value that is neither text, a number, octets nor null")
