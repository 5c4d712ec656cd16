"""Time that stands still until a test moves it."""

from authwright.oauth.types import Timestamp


class FrozenClock:
    """An `authwright.oauth.clock.Clock` that shows *at* until `advance` moves it."""

    def __init__(self, at: int = 1_800_000_000) -> None:
        self._now = Timestamp(at)

    def now(self) -> Timestamp:
        """The time that was set."""
        return self._now

    def advance(self, seconds: int) -> Timestamp:
        """Move by *seconds*, backwards when negative, and tell the new time."""
        self._now = Timestamp(self._now + seconds)
        return self._now
