"""
From the SQL that the databases share to PostgreSQL's own, and from values to what goes over the wire.

Three things differ. Parameters are numbered. What SQLite takes for a comment, ``/*+ FOR SHARE */``, is part
of the statement: a lock, which a database with one writer does not need. And a guard that does not hold has
to be an error, since nobody looks at row counts in the middle of a pipeline: the statement is wrapped so that
no row is a division by zero, which undoes its transaction and no other.
"""

import re
from functools import cache
from itertools import count
from typing import Final, final

from authwright.idp.storage.statement import Parameters

_PARAMETER: Final = re.compile(r":([a-z_]+)")
_UNCOVERED: Final = re.compile(r"/\*\+(.*?)\*/", re.DOTALL)

# PQexecPrepared's formats. Text has to be binary: as "text" it would end at its first NUL.
_TEXT: Final = 0
_BINARY: Final = 1

_numbers = count()


class UnstorableText(ValueError):
    """A NUL character, which PostgreSQL cannot hold in text."""


Values = tuple[list[bytes | None], list[int]]
"""Parameters in order, and their formats."""


@final
class Translated:
    """One statement: *name* to prepare it under, its *sql*, and the order of its parameters."""

    __slots__ = ("guarded", "name", "names", "sql")

    def __init__(self, sql: str, *, guarded: bool) -> None:
        names = tuple(dict.fromkeys(_PARAMETER.findall(sql)))
        numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
        text = _UNCOVERED.sub(r"\1", _PARAMETER.sub(lambda match: numbers[match[1]], sql))
        if guarded:
            text = f"WITH guarded AS ({text} RETURNING 1) SELECT 1 / count(*) FROM guarded"  # noqa: S608
        self.sql = text.encode()
        self.name = b"authwright_%d" % next(_numbers)
        self.names = names
        self.guarded = guarded

    def values(self, parameters: Parameters) -> Values:
        """
        *parameters* as PostgreSQL takes them.

        Raises `UnstorableText`, and `UnicodeEncodeError` for half a surrogate pair: both are `ValueError`.
        """
        values: list[bytes | None] = []
        formats: list[int] = []
        for name in self.names:
            value = parameters[name]
            if isinstance(value, str):
                if "\0" in value:
                    raise UnstorableText("a text with a NUL character cannot be stored")
                values.append(value.encode())
                formats.append(_BINARY)
            elif isinstance(value, int):
                values.append(b"%d" % value)
                formats.append(_TEXT)
            else:
                values.append(value)
                formats.append(_BINARY)
        return values, formats


@cache
def translate(sql: str, *, guarded: bool = False) -> Translated:
    """Of each of the statements once."""
    return Translated(sql, guarded=guarded)
