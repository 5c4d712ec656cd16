"""What is wrong with the configuration, in a form that says what to write instead."""

from enum import StrEnum


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

    *received* is what was given, as it may be shown (`shown_in_errors`), or None when nothing was; *expected*
    says what would do; *write* is the line to write, or the command to run.
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
