"""Rows of a result, as values of the types that columns have here: text, whole numbers and bytes."""

from collections.abc import Callable
from typing import Any, Final

from psycopg.pq.abc import PGresult

from authwright.idp.storage.statement import Row

Reader = Callable[[bytes], Any]
"""From a column's text to its value."""

_INT2: Final = 21
_INT4: Final = 23
_INT8: Final = 20
_BYTEA: Final = 17


def _bytes(text: bytes) -> bytes:
    r"""Of ``\x`` and hexadecimal digits."""
    return bytes.fromhex(text[2:].decode())


_READERS: Final[dict[int, Reader]] = {_INT2: int, _INT4: int, _INT8: int, _BYTEA: _bytes}


def readers(result: PGresult) -> tuple[Reader, ...]:
    """How each column of *result* is read; the same for every result of a prepared statement."""
    return tuple(_READERS.get(result.ftype(column), bytes.decode) for column in range(result.nfields))


def rows(result: PGresult, by: tuple[Reader, ...]) -> list[Row]:
    """All rows of *result*."""
    get = result.get_value
    return [
        # A list first: a generator costs as much again as the reading.
        tuple([None if (text := get(row, column)) is None else read(text) for column, read in enumerate(by)])
        for row in range(result.ntuples)
    ]
