"""
Browsers in which an account signed in before, by a signed cookie.

It is no credential: all it gives is a count of login attempts of its own, so that an attacker who uses up
the account's attempts elsewhere does not keep the owner out (docs/adr/0020). It holds no name, and is worth
nothing for another account. The server remembers nothing: an entry proves itself by its MAC.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final, final

from authwright.authorization_server.ports import Entropy
from authwright.jose.encoding import b64url_encode
from authwright.oauth.types import Subject, Timestamp, whole_seconds

LIFETIME: Final = timedelta(days=180)

_MAX_ENTRIES: Final = 5
_ENTRY = re.compile(
    r"(?P<browser>[A-Za-z0-9_-]{22})\.(?P<expires_at>[0-9]{1,12})\.(?P<mac>[A-Za-z0-9_-]{43})"
)
_MAX_COOKIE: Final = _MAX_ENTRIES * (22 + 1 + 12 + 1 + 43 + 1)


@dataclass(frozen=True, slots=True)
class _Entry:
    browser: str
    expires_at: Timestamp
    mac: str

    def encoded(self) -> str:
        return f"{self.browser}.{self.expires_at}.{self.mac}"


@final
class KnownBrowsers:
    """Writes and reads the cookie. *key* is 32 bytes, the same on every node."""

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._key = key
        self._entropy = entropy

    def recognise(self, cookie: str, subject: Subject, now: Timestamp) -> str | None:
        """The browser's name if *subject* signed in there before, else None. *cookie* may be any text."""
        for entry in _parse(cookie):
            if now < entry.expires_at and self._is_genuine(entry, subject):
                return entry.browser
        return None

    def remember(self, cookie: str, subject: Subject, now: Timestamp) -> str:
        """
        The cookie's next value, after *subject* signed in in the browser that sent *cookie*.

        Holds the five accounts that signed in last. Keep it for `LIFETIME`.
        """
        kept = [entry for entry in _parse(cookie) if not self._is_genuine(entry, subject)]
        expires_at = Timestamp(now + whole_seconds(LIFETIME))
        browser = self._entropy.identifier()
        fresh = _Entry(browser, expires_at, self._mac(browser, expires_at, subject))
        return "~".join(entry.encoded() for entry in [fresh, *kept][:_MAX_ENTRIES])

    def _is_genuine(self, entry: _Entry, subject: Subject) -> bool:
        return hmac.compare_digest(entry.mac, self._mac(entry.browser, entry.expires_at, subject))

    def _mac(self, browser: str, expires_at: Timestamp, subject: Subject) -> str:
        # The subject comes last, so that no other split of the same bytes means something else.
        message = f"{browser}.{expires_at}.{subject}".encode()
        return b64url_encode(hmac.digest(self._key, message, sha256))


def _parse(cookie: str) -> list[_Entry]:
    if len(cookie) > _MAX_COOKIE:
        return []
    matches = [_ENTRY.fullmatch(part) for part in cookie.split("~")]
    return [_Entry(m["browser"], Timestamp(int(m["expires_at"])), m["mac"]) for m in matches if m is not None]
