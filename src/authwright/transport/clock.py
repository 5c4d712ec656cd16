"""The time of a client and of a resource server: an argument, so that a test can say what time it is."""

import time
from typing import Protocol

from typing_extensions import override

from authwright.oauth.types import Timestamp


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Timestamp:
        """Seconds since the epoch. No I/O."""
        ...


class SystemClock(Clock):
    """The clock of the machine."""

    @override
    def now(self) -> Timestamp:
        return Timestamp(int(time.time()))
