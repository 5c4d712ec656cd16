"""
The three cookies of a browser: who is signed in, which browser this is, and who signed in here before.

:rfc:`6265#section-4.1`. On https their names begin with ``__Host-``, so that no other host of the domain and
no plain connection can plant them. Every name holds a hash of the issuer, because cookies do not know ports:
two issuers on localhost would otherwise sign each other's people out.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from authwright.authorization_server.ports import Entropy
from authwright.oauth.types import Secret, whole_seconds

# What `Entropy.secret` makes; anything else in the cookie was not written by us.
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
# RFC 6265 §4.1.1, cookie-octet.
_COOKIE_VALUE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")


@dataclass(frozen=True, slots=True)
class Cookies:
    """Names and attributes of one issuer's cookies: reads ``Cookie`` and writes ``Set-Cookie`` headers."""

    session_name: str
    browser_name: str
    known_browser_name: str
    secure: bool

    @classmethod
    def of(cls, issuer: str) -> "Cookies":
        """The cookies of *issuer*."""
        secure = issuer.startswith("https:")
        prefix = "__Host-" if secure else ""
        suffix = hashlib.sha256(issuer.encode()).hexdigest()[:8]
        return cls(
            session_name=f"{prefix}aw_session_{suffix}",
            browser_name=f"{prefix}aw_browser_{suffix}",
            known_browser_name=f"{prefix}aw_known_{suffix}",
            secure=secure,
        )

    def session(self, header: str) -> Secret | None:
        """The session's secret in a ``Cookie`` *header*, which may be any text."""
        return _secret(_value(header, self.session_name))

    def browser(self, header: str) -> Secret | None:
        """The browser's secret in a ``Cookie`` *header*."""
        return _secret(_value(header, self.browser_name))

    def known_browser(self, header: str) -> str:
        """The cookie of `authwright.idp.accounts.known_browsers`, unchecked; "" when there is none."""
        return _value(header, self.known_browser_name)

    def set_session(self, secret: Secret) -> str:
        """Ends with the browser's own session; the server ends it earlier (`Policy.session_lifetime`)."""
        return self._set(self.session_name, secret.reveal())

    def clear_session(self) -> str:
        """The browser forgets it. That it is worth nothing any more is for the storage to say."""
        return self._set(self.session_name, "", timedelta(0))

    def set_browser(self, secret: Secret) -> str:
        """Ties requests in progress and forms to this browser; it says nothing about a person."""
        return self._set(self.browser_name, secret.reveal())

    def set_known_browser(self, value: str, lifetime: timedelta) -> str:
        """*value* as `KnownBrowsers.remember` made it."""
        return self._set(self.known_browser_name, value, lifetime)

    def _set(self, name: str, value: str, lifetime: timedelta | None = None) -> str:
        if not _COOKIE_VALUE.fullmatch(value):
            raise ValueError("a cookie cannot hold this value")
        # Lax and not Strict: the browser arrives from the client's site, and must be known when it does.
        parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if lifetime is not None:
            parts.append(f"Max-Age={whole_seconds(lifetime)}")
        if self.secure:
            parts.append("Secure")
        return "; ".join(parts)


def browser_secret(header: str, cookies: Cookies, entropy: Entropy) -> tuple[Secret, bool]:
    """The browser's secret, and whether it is new and has to be set: `Cookies.set_browser`."""
    known = cookies.browser(header)
    return (known, False) if known is not None else (Secret(entropy.secret()), True)


def _value(header: str, name: str) -> str:
    """The first value of the cookie *name*, as sent; :rfc:`6265#section-5.4` puts the closest path first."""
    for pair in header.split(";"):
        key, _, value = pair.strip(" ").partition("=")
        if key == name:
            return value
    return ""


def _secret(value: str) -> Secret | None:
    return Secret(value) if _SECRET.fullmatch(value) else None
