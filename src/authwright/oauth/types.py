"""
Identifiers and units, each a type of its own so that one cannot be passed for another.

Values on the wire are plain strings and integers; these types cost nothing at run time, except `Secret`,
which exists so that a secret cannot reach a log by way of ``repr``.
"""

import hashlib
import hmac
from datetime import timedelta
from typing import NewType, final

from typing_extensions import override

from authwright.jose.encoding import b64url_encode

Timestamp = NewType("Timestamp", int)
"""Seconds since 1970-01-01T00:00:00Z, the NumericDate of :rfc:`7519#section-2` without a fraction."""

Seconds = NewType("Seconds", int)
"""A duration on the wire, such as ``expires_in`` (:rfc:`6749#section-5.1`)."""

ClientId = NewType("ClientId", str)
"""``client_id``, :rfc:`6749#section-2.2`: public, compared byte for byte."""

Subject = NewType("Subject", str)
"""``sub``: locally unique and never reassigned; at most 255 ASCII characters (OpenID Connect Core §2)."""

GrantId = NewType("GrantId", str)
"""What one authorization gave: the root from which its code, access and refresh tokens hang."""

SessionId = NewType("SessionId", str)
"""``sid`` of OpenID Connect logout: names a session at the provider; not the cookie's secret."""

Digest = NewType("Digest", str)
"""What is stored of a secret: unpadded base64url of its SHA-256. Compared by look-up or `Secret.matches`."""


@final
class Secret:
    """
    A value that must not be shown: client secret, code, refresh token, cookie.

    ``repr`` and ``str`` give ``Secret(…)``; the value is read by `reveal`, a word to grep for. Hashable by
    identity only, and never equal by ``==``: comparison is `matches`, in constant time.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the wire. Never for a log."""
        return self._value

    def digest(self) -> Digest:
        """What may be stored: unpadded base64url of SHA-256 over the UTF-8 bytes."""
        return digest(self._value)

    def matches(self, stored: Digest) -> bool:
        """Whether this secret has the digest *stored*; constant time in both."""
        return hmac.compare_digest(self.digest().encode(), stored.encode())

    @override
    def __repr__(self) -> str:
        return "Secret(…)"


def whole_seconds(duration: timedelta) -> Seconds:
    """*duration* without its fraction of a second."""
    return Seconds(int(duration.total_seconds()))


def digest(value: str) -> Digest:
    """
    Unpadded base64url of SHA-256 over *value* in UTF-8.

    Enough for values with 128 bits of entropy or more (:rfc:`6819#section-5.1.4.1.3`); a password needs
    a slow hash instead.
    """
    return Digest(b64url_encode(hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()))
