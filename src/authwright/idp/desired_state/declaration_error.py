"""What is wrong with a declaration, in a form that says what to write instead."""

from enum import StrEnum


class Problem(StrEnum):
    """Codes of these errors; each has its line in docs/reference/commands.md."""

    NOT_TOML = "AW301"
    UNKNOWN_KEY = "AW302"
    MISSING_KEY = "AW303"
    INVALID_VALUE = "AW304"
    DECLARED_TWICE = "AW305"
    CONTRADICTION = "AW306"
    UNKNOWN_NAME = "AW307"
    UNREADABLE_SECRET = "AW308"
    WEAK_SECRET = "AW309"
    CHANGED_MEANWHILE = "AW310"
    UNREADABLE_FILE = "AW311"


class DeclarationError(Exception):
    """
    A declaration cannot be applied, and nothing of it was.

    *where* names the entry and the key; *received* is as it may be shown (`shown_in_errors`), or None when
    nothing was given; *write* is the line to write.
    """

    def __init__(
        self, problem: Problem, where: str, *, received: str | None, expected: str, write: str
    ) -> None:
        got = "nothing" if received is None else received
        super().__init__(f"{problem} {where}: received {got}; expected {expected}; write {write}")
        self.problem = problem
        self.where = where
        self.received = received
        self.expected = expected
        self.write = write
