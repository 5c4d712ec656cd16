"""
URIs as they are written: :rfc:`3986`, taken apart and never put together in another way.

Redirect URIs, issuers and resources are compared byte for byte, so a type that lower-cases, decodes or
re-encodes would compare something else than what was registered. `parse_uri` accepts a strict subset of
the grammar on which the parsers of browsers, proxies and URL libraries agree: what one of them is known
to read in its own way (a backslash, a space, a percent sign or a non-ASCII letter in the host, an empty
port) is refused, not repaired.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from .invalid_value import InvalidValue

MAX_LENGTH: Final = 2048
"""Longer than any URI in use; browsers and proxies begin to cut somewhat above."""

# Productions of RFC 3986 appendix A, under their names there.
_UNRESERVED = r"A-Za-z0-9\-._~"
_SUB_DELIMS = r"!$&'()*+,;="
_PCT_ENCODED = r"%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[{_UNRESERVED}{_SUB_DELIMS}:@]|{_PCT_ENCODED})"
_USERINFO = rf"(?:[{_UNRESERVED}{_SUB_DELIMS}:]|{_PCT_ENCODED})*"
# reg-name without pct-encoded and sub-delims: what DNS can hold, plus the underscore of container names.
_REG_NAME = r"[A-Za-z0-9\-._]+"
# IP-literal without a zone (RFC 6874 puts "%25" there, which readers disagree on) and without IPvFuture.
_IP_LITERAL = r"\[[0-9A-Fa-f:.]{2,45}\]"
_PORT = r"[1-9][0-9]{0,4}"

_URI = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+\-.]*):"
    rf"(?://(?:(?P<userinfo>{_USERINFO})@)?(?P<host>{_IP_LITERAL}|{_REG_NAME})(?::(?P<port>{_PORT}))?"
    rf"(?P<abempty>(?:/{_PCHAR}*)*)"
    rf"|(?P<rootless>/?(?:{_PCHAR}+(?:/{_PCHAR}*)*)?))"
    rf"(?:\?(?P<query>(?:{_PCHAR}|[/?])*))?"
    rf"(?:\#(?P<fragment>(?:{_PCHAR}|[/?])*))?",
    re.ASCII,
)

_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost"})


@dataclass(frozen=True, slots=True)
class Uri:
    """
    An absolute URI in parts, each exactly as written. ``None`` where the delimiter itself is absent.

    *host* of an IPv6 address keeps its brackets. *port* is ``None`` when the scheme's default is meant.
    """

    scheme: str
    userinfo: str | None
    host: str | None
    port: int | None
    path: str
    query: str | None
    fragment: str | None

    @property
    def is_loopback(self) -> bool:
        """
        Whether the host is this machine by its written form alone.

        The addresses of :rfc:`8252#section-7.3`, and ``localhost``: :rfc:`6761#section-6.3` has resolvers
        answer it with a loopback address, and developers type it.
        """
        return self.host is not None and self.host.lower() in _LOOPBACK_HOSTS

    @property
    def is_secure(self) -> bool:
        """Whether nobody on the way reads or changes what is there: https, or http on this machine."""
        return self.host is not None and (
            self.scheme == "https" or (self.scheme == "http" and self.is_loopback)
        )


def parse_uri(value: str) -> Uri:
    """Take apart an absolute URI, :rfc:`3986#section-3`. Raises `InvalidValue`."""
    if len(value) > MAX_LENGTH:
        raise InvalidValue("the URI is longer than 2048 characters")
    match = _URI.fullmatch(value)
    if match is None:
        raise InvalidValue("the value is not an absolute URI of the accepted grammar")
    host, port = match["host"], match["port"]
    if host is not None and host.startswith("[") and not _is_ipv6(host[1:-1]):
        raise InvalidValue("the host in brackets is not an IPv6 address")
    if port is not None and int(port) > 65535:  # noqa: PLR2004 - the largest port there is
        raise InvalidValue("the port of the URI is out of range")
    return Uri(
        scheme=match["scheme"].lower(),
        userinfo=match["userinfo"],
        host=host,
        port=None if port is None else int(port),
        path=match["rootless"] if host is None else match["abempty"],
        query=match["query"],
        fragment=match["fragment"],
    )


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
