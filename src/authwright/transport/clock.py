"""The clock of the machine: here because nothing below reads one, and every role above may import it."""

import time
from typing import final

from typing_extensions import override

from authwright.oauth.clock import Clock
from authwright.oauth.types import Timestamp


@final
class SystemClock(Clock):
    """The wall clock: what expires must expire for other parties too, which share no monotonic one."""

    @override
    def now(self) -> Timestamp:
        return Timestamp(int(time.time()))
