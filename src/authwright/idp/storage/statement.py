"""
SQL with its values: what storage runs for a write.

The text is what SQLite and PostgreSQL share. Parameters are named, ``:name``; a colon stands nowhere else and
a percent sign nowhere at all, so that another driver's style of naming them is one substitution away.

Some guards look at another table than the one they write to: a refresh token is added while its grant is
not revoked. SQLite's writers come one after the other, so what they saw still holds when they commit. Where
writers overlap the row that a guard saw has to be locked, which ``/*+ FOR SHARE */`` says to PostgreSQL and
nothing to SQLite, for which it is a comment. docs/adr/0023 goes through them all.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Value = str | int | bytes | None
Parameters = Mapping[str, Value]

Row = tuple[Any, ...]
"""A row as the driver gives it, columns in the order of the SELECT."""


class Statement(NamedTuple):
    """
    One statement of a write.

    *guarded*: the guard of the write is in its WHERE or ON CONFLICT clause, and a run that touches no row
    means that it did not hold.
    """

    sql: str
    parameters: Parameters
    guarded: bool = False
