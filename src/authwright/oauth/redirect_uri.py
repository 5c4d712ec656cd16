"""
Redirect URIs: what may be registered, what matches, and how an answer is put into one.

Theory. A code sent to the wrong place is an account lost, and nearly every way to send it there went
through a server that *interpreted* redirect URIs: patterns, prefixes, normalised paths, a host taken from
one parser while the browser uses another. So (:rfc:`9700#section-4.1.3`):

1. What may be registered is narrow: `check_registrable` lets in only what all parsers read alike.
2. What is received is never parsed. `matches` compares it byte for byte with what is registered.
3. There is one exception, because a native app cannot know its port beforehand
   (:rfc:`8252#section-7.3`): in ``http`` URIs of this machine the port is left out of the comparison.
   It is cut from both sides by one anchored expression, and the rest is again compared byte for byte, so
   whatever the exception does not understand it does not match.

``localhost`` takes part in the exception, though :rfc:`8252#section-8.3` advises against it, because
developers register it; the names of the loopback interface are not interchangeable, however.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import unquote_plus

from .invalid_value import InvalidValue
from .parameters import encode
from .uri import Uri, parse_uri

ApplicationType = Literal["web", "native"]
"""``application_type`` of OpenID Connect Dynamic Client Registration §2."""

# An http URI of the loopback interface: its host, the port that does not count, and the rest.
_LOOPBACK: Final = re.compile(
    r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]|localhost))(?P<port>:[1-9][0-9]{0,4})?(?P<rest>[/?].*)?",
    re.ASCII | re.DOTALL,
)

# Segments that browsers resolve before they send the request, also when the dots are escaped.
_DOT_SEGMENT: Final = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)

# What an authorization response or a logout adds to the query, RFC 6749 §4.1.2, RFC 9207 §2.
_ANSWER: Final = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def check_registrable(redirect_uri: str, application_type: ApplicationType) -> None:
    """
    Check that *redirect_uri* may be registered for a client of *application_type*.

    https anywhere; http to this machine; for native apps also a private-use scheme that is a reversed
    domain name, :rfc:`8252#section-7.1`. The dot in it also keeps out every scheme that a browser runs or
    opens itself (``javascript``, ``data``, ``vbscript``, ``file``, ``about``, ``blob``). No fragment
    (:rfc:`6749#section-3.1.2`), no user name, no dot segments. No parameter of an answer in the query: the
    answer would have it twice (:rfc:`6749#section-3.1`), and many clients read the first. No ``*``, which
    other servers read as a pattern and which would match nothing here. Raises `InvalidValue`.
    """
    uri = parse_uri(redirect_uri)
    if uri.fragment is not None:
        raise InvalidValue("the redirect_uri has a fragment")
    if uri.userinfo is not None:
        raise InvalidValue("the redirect_uri holds a user name")
    if _DOT_SEGMENT.search(uri.path):
        raise InvalidValue("the redirect_uri has a dot segment in its path")
    if not _ANSWER.isdisjoint(unquote_plus(pair.partition("=")[0]) for pair in (uri.query or "").split("&")):
        raise InvalidValue("the redirect_uri has a parameter of an answer in its query")
    if "*" in redirect_uri:
        raise InvalidValue("the redirect_uri holds a *, and is no pattern: it is compared byte for byte")
    _check_scheme(uri, application_type)


def _check_scheme(uri: Uri, application_type: ApplicationType) -> None:
    match uri.scheme:
        case "https" | "http" if uri.host is None:
            raise InvalidValue("the redirect_uri has no host")
        case "https":
            pass
        case "http":
            if not uri.is_loopback:
                raise InvalidValue("the redirect_uri is plain http to another machine")
        case scheme:
            if application_type != "native":
                raise InvalidValue("the redirect_uri of a web application is not an http URL")
            if "." not in scheme:
                raise InvalidValue("the private-use scheme of the redirect_uri is not a reversed domain name")


def matches(registered: str, received: str) -> bool:
    """
    Whether *received* is the *registered* redirect URI: the same bytes, or the same but for a loopback port.

    :rfc:`9700#section-2.1`, :rfc:`8252#section-7.3`. *received* may be any text.
    """
    if registered == received:
        return True
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(received)
    return (
        ours is not None
        and theirs is not None
        and ours["host"] == theirs["host"]
        and ours["rest"] == theirs["rest"]
        and int((theirs["port"] or ":80")[1:]) <= 65535  # noqa: PLR2004 - the largest port there is
    )


def is_loopback(received: str) -> bool:
    """
    Whether *received* is an http URI of this machine that could be registered, whatever its port and path.

    :rfc:`8252#section-7.3`. For servers that are themselves on this machine, for development: elsewhere any
    path is too much, because one of them may send on what it receives. *received* may be any text.
    """
    try:
        check_registrable(received, "native")
        uri = parse_uri(received)
    except InvalidValue:
        return False
    return uri.scheme == "http" and uri.is_loopback


def add_parameters(redirect_uri: str, pairs: Iterable[tuple[str, str]]) -> str:
    """
    *redirect_uri* with *pairs* added to its query, which is kept as it is. :rfc:`6749#section-3.1.2`.

    *redirect_uri* has no fragment: it was registered.
    """
    if "?" not in redirect_uri:
        separator = "?"
    elif redirect_uri.endswith(("?", "&")):
        separator = ""
    else:
        separator = "&"
    return f"{redirect_uri}{separator}{encode(pairs)}"


def origin(redirect_uri: str) -> str:
    """
    The web origin of *redirect_uri* as browsers write it in ``Origin`` and expect it in a CSP source list.

    :rfc:`6454#section-6.2`: lower case, no default port. A private-use scheme has no origin that could be
    written; its scheme with the colon is returned, which is a CSP source and equals no ``Origin``.
    """
    uri = parse_uri(redirect_uri)
    return _http_origin(uri, uri.host) if uri.host and uri.scheme in _DEFAULT_PORTS else f"{uri.scheme}:"


def _http_origin(uri: Uri, host: str) -> str:
    is_default = uri.port is None or uri.port == _DEFAULT_PORTS[uri.scheme]
    return f"{uri.scheme}://{host.lower()}" + ("" if is_default else f":{uri.port}")
