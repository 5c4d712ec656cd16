"""Attempts counted in windows, for throttles."""

from typing import Final, assert_never

from authwright.idp.storage.statement import Parameters, Statement
from authwright.idp.writes import ClearAttempts, CountAttempt

# One statement counts and checks. A window that is over begins anew; one that is not takes the attempt only
# below the limit, and otherwise the row stays untouched.
_COUNT: Final = """
    INSERT INTO attempts (attempt_key, made, window_ends_at)
    SELECT :attempt_key, 1, :ends_at WHERE :allowed > 0
    ON CONFLICT (attempt_key) DO UPDATE SET
        made = CASE WHEN attempts.window_ends_at <= :at THEN 1 ELSE attempts.made + 1 END,
        window_ends_at = CASE
            WHEN attempts.window_ends_at <= :at THEN excluded.window_ends_at ELSE attempts.window_ends_at
        END
    WHERE attempts.window_ends_at <= :at OR attempts.made < :allowed
"""

_CLEAR: Final = "DELETE FROM attempts WHERE attempt_key = :attempt_key"


def statements(write: CountAttempt | ClearAttempts) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case CountAttempt(key, at, window, limit):
            parameters: Parameters = {"attempt_key": key, "at": at, "ends_at": at + window, "allowed": limit}
            return (Statement(_COUNT, parameters, guarded=True),)
        case ClearAttempts(key):
            return (Statement(_CLEAR, {"attempt_key": key}),)
        case _:
            assert_never(write)
