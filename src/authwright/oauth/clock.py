"""The time, for all the roles: an argument, so that a test can say what time it is."""

from typing import Protocol

from authwright.oauth.types import Timestamp


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Timestamp:
        """Seconds since the epoch. No I/O."""
        ...
