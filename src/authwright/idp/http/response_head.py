"""The head of an answer, written and checked. :rfc:`9112#section-4`, §5, §6."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final, NamedTuple

_STATUS_LINES: Final = {
    status.value: b"HTTP/1.1 %d %s\r\n" % (status.value, status.phrase.encode()) for status in HTTPStatus
}
_WITHOUT_CONTENT: Final = frozenset({204, 304})

_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

# Names that need no check, as they are written here.
_USUAL_NAMES: Final = frozenset(
    {
        b"cache-control",
        b"connection",
        b"content-length",
        b"content-security-policy",
        b"content-type",
        b"date",
        b"location",
        b"pragma",
        b"referrer-policy",
        b"set-cookie",
        b"strict-transport-security",
        b"vary",
        b"www-authenticate",
        b"x-content-type-options",
        b"x-frame-options",
    }
)


class BrokenAnswer(RuntimeError):
    """The application sent what is no answer: a bug of ours, and no fault of the caller."""


class ResponseHead(NamedTuple):
    """
    The bytes, and what they promise of the body: *length* octets, or chunks, or none of both and then it
    ends with the connection. *has_body* is False where none may follow whatever the headers say.
    """

    data: bytes
    length: int | None
    chunked: bool
    close: bool
    has_body: bool


def response_head(
    status: int, headers: Iterable[tuple[bytes, bytes]], *, method: str, http_version: str, keep_alive: bool
) -> ResponseHead:
    """
    The head for an answer to *method*. Names are lower case, as ASGI demands.

    Raises `BrokenAnswer` for a header that is none, so that nothing that is echoed in a value can end it and
    begin another, and for ``transfer-encoding``, which is decided here.
    """
    pieces, values = [_STATUS_LINES[status]], list[bytes]()
    length, close = None, False
    for name, value in headers:
        if name == b"content-length":
            length = int(value)
        elif name == b"connection":
            close = close or value.lower() == b"close"
        elif name == b"transfer-encoding" or (name not in _USUAL_NAMES and not _NAME.fullmatch(name)):
            raise BrokenAnswer("the name of a header is none, or not the application's to send")
        values.append(value)
        pieces += (name, b": ", value, b"\r\n")
    if _CONTROL.search(b"".join(values)):
        raise BrokenAnswer("the value of a header holds a control character")
    has_body = method != "HEAD" and status not in _WITHOUT_CONTENT
    chunked = has_body and length is None and http_version == "1.1"
    if chunked:
        pieces.append(b"transfer-encoding: chunked\r\n")
    ends_with_connection = has_body and length is None and not chunked
    if (ends_with_connection or not keep_alive) and not close:
        close = True
        pieces.append(b"connection: close\r\n")
    pieces.append(b"\r\n")
    return ResponseHead(b"".join(pieces), length, chunked, close, has_body)
