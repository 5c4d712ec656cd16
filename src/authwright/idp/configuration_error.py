"""What is wrong with the configuration, in a form that says what to write instead."""

import json
from enum import StrEnum
from typing import Final

_SHOWN: Final = 100


class Problem(StrEnum):
    """Codes of configuration errors; each has its paragraph in docs/reference/settings.md."""

    UNKNOWN_SETTING = "AW501"
    INVALID_VALUE = "AW502"
    MISSING = "AW503"
    INVALID_ISSUER = "AW504"
    EXPOSED_KEY_FILE = "AW505"
    WEAK_SECRET = "AW506"
    PUBLIC_DEVELOPMENT = "AW507"
    WRONG_KEY = "AW508"
    UNREADABLE_FILE = "AW509"
    SECRET_IN_FILE = "AW510"
    CONTRADICTION = "AW511"
    MISSING_DRIVER = "AW512"


class ConfigurationError(Exception):
    """
    The process must not start, because of one setting.

    *received* is what was given, as it may be shown (`shown`), or None when nothing was; *expected* says what
    would do; *write* is the line to write, or the command to run.
    """

    def __init__(
        self, problem: Problem, setting: str, *, received: str | None, expected: str, write: str
    ) -> None:
        got = "nothing is set" if received is None else f"received {received}"
        super().__init__(f"{problem}  {setting}: {got}; expected {expected}.\n       Write: {write}")
        self.problem = problem
        self.setting = setting
        self.received = received
        self.expected = expected
        self.write = write


def shown(value: object) -> str:
    """*value* as an error may show it: one line, no control characters, at most 100 characters."""
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
