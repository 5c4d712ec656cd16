"""The time of the demo: that of the machine, and as much later as somebody asked for."""

import time
from typing import Final

from authwright.authorization_server.policy import Policy
from authwright.oauth.types import Timestamp, whole_seconds


class DemoClock:
    """
    The one clock of all three parties, so that a token can expire while somebody watches.

    It is each part's own `Clock` port, given from outside; nothing in them knows of the demo.
    """

    def __init__(self) -> None:
        self._ahead = 0

    @property
    def ahead(self) -> int:
        """Seconds between the machine's time and this one."""
        return self._ahead

    def now(self) -> Timestamp:
        """Seconds since the epoch."""
        return Timestamp(int(time.time()) + self._ahead)

    def skip(self, seconds: int) -> None:
        """Go ahead. There is no way back: what has expired stays expired."""
        if seconds < 0:
            raise ValueError("time goes forward")
        self._ahead += seconds


SKIP_SECONDS: Final = whole_seconds(Policy().access_token_lifetime) + 60
"""Enough for a token that was just made to be over, beyond the 30 seconds that verifiers forgive."""
