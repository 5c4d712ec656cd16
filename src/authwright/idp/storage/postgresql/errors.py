"""
What an error of the database means to who waits for the statement.

PostgreSQL's text may hold values, so nothing of it but the five characters of the SQLSTATE goes on from here
(PostgreSQL documentation, appendix A).
"""

from enum import Enum
from typing import Final

from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from authwright.authorization_server.storage import StorageUnavailable

NO_ROW: Final = "22012"
"""Division by zero: what `translate` makes of a guard that does not hold."""

_UNIQUE: Final = "23505"
_FOREIGN_KEY: Final = "23503"
_SERIALIZATION: Final = "40001"
_DEADLOCK: Final = "40P01"
_READ_ONLY: Final = "25006"
UNKNOWN_STATEMENT: Final = "26000"

# Resources, prerequisite (a lock that took too long), operator, system, internal.
_UNAVAILABLE_CLASSES: Final = frozenset({"53", "55", "57", "58", "XX"})


def sqlstate_of(result: PGresult) -> str:
    """Of a failed statement; empty for one that was skipped."""
    return (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()


class Meaning(Enum):
    """What to do about an error."""

    CONFLICT = "a guard did not hold"
    RETRY = "lost against another transaction: everything was undone, and once more is right"
    UNAVAILABLE = "the database cannot do it now"
    WRONG_CONNECTION = "the database cannot do it on this connection, ever"
    BUG = "the statement is wrong, or its values are"


class StatementRefused(Exception):
    """The database refused a statement for what it is or holds: a bug, which waiting would not help."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"the database refused a statement (SQLSTATE {sqlstate})")
        self.sqlstate = sqlstate


def unavailable(cause: BaseException | None = None) -> StorageUnavailable:
    """The one error for whatever keeps the database from answering."""
    error = StorageUnavailable("the database does not answer")
    error.__cause__ = cause
    return error


def meaning(sqlstate: str, *, guarded: bool) -> Meaning:
    """
    What *sqlstate* means to a commit, at a statement that is *guarded* or not.

    No statement here runs into a constraint by itself. So one that fails says that a guard was overtaken
    between its look and its write, or, where there is no guard, that the statement before it did not see what
    is there now.
    """
    if guarded and sqlstate in (NO_ROW, _UNIQUE, _FOREIGN_KEY):
        return Meaning.CONFLICT
    if sqlstate in (_SERIALIZATION, _DEADLOCK, _UNIQUE):
        return Meaning.RETRY
    if sqlstate in (_READ_ONLY, UNKNOWN_STATEMENT):
        # A server that became a standby; a pooler that gave us a session that is not ours.
        return Meaning.WRONG_CONNECTION
    return Meaning.UNAVAILABLE if sqlstate[:2] in _UNAVAILABLE_CLASSES else Meaning.BUG
