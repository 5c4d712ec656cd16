"""How long ago, and how long still, in words: true in every time zone, which a page does not know."""

from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from authwright.idp.web.messages import Messages
from authwright.oauth.types import Seconds, Timestamp

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_DAYS_IN_WORDS: Final = 30


def ago(at: Timestamp, now: Timestamp, messages: Messages) -> Markup:
    """*at*, seen from *now*; after a month its date in UTC."""
    seconds = now - at
    if seconds < _MINUTE:
        return messages("time.now")
    if seconds < _HOUR:
        return _counted(messages, "time.minute", seconds // _MINUTE)
    if seconds < _DAY:
        return _counted(messages, "time.hour", seconds // _HOUR)
    if seconds < _DAYS_IN_WORDS * _DAY:
        return _counted(messages, "time.day", seconds // _DAY)
    return messages("time.on", date=datetime.fromtimestamp(at, UTC).date().isoformat())


def wait(seconds: Seconds, messages: Messages) -> Markup:
    """*seconds* from now, rounded up, so that whoever waits so long does not come too early."""
    minutes = max(1, -(-seconds // _MINUTE))
    if minutes < _HOUR // _MINUTE:
        return _counted(messages, "wait.minute", minutes)
    return _counted(messages, "wait.hour", -(-seconds // _HOUR))


def iso(at: Timestamp) -> str:
    """For the ``datetime`` attribute."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _counted(messages: Messages, name: str, count: int) -> Markup:
    return messages(name) if count == 1 else messages(f"{name}s", count=count)
