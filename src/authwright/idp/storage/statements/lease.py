"""Leases: which node does the work that one node has to do."""

from typing import Final

from authwright.idp.storage.statement import Parameters, Statement
from authwright.idp.writes import TakeLease

# Nobody's, the holder's own, or over: otherwise the row stays untouched, and the guard does not hold.
_TAKE: Final = """
    INSERT INTO leases (name, holder, ends_at) VALUES (:name, :holder, :until)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at
    WHERE leases.holder = excluded.holder OR leases.ends_at <= :at
"""


def statements(write: TakeLease) -> tuple[Statement, ...]:
    """What *write* does."""
    parameters: Parameters = {
        "name": write.name,
        "holder": write.holder,
        "at": write.at,
        "until": write.until,
    }
    return (Statement(_TAKE, parameters, guarded=True),)
