"""
Request parameters from a query or a form body. :rfc:`6749#section-3.1`, :rfc:`6749#appendix-B`.

One reading for every endpoint. A parameter may come once; a parameter without a value was not sent; an
unknown one is for the endpoint to ignore. Encoded text is read strictly, because where a proxy, the
authorization server and the client each repair a broken escape in their own way, they see different
requests.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar, overload
from urllib.parse import quote_plus, unquote_to_bytes

from typing_extensions import override

from .errors import InvalidRequest

FORM: Final = "application/x-www-form-urlencoded"
"""The media type of every form that is read and written here."""

MAX_LENGTH: Final = 65_536
"""Bytes before decoding. Room for a large client assertion or a request with many resources."""

MAX_COUNT: Final = 100
"""Pairs. No request of the OAuth family comes near, and hashing attacks need many more."""

REPEATABLE: Final = frozenset({"resource"})
"""Parameters that a specification allows more than once: ``resource``, :rfc:`8707#section-2`."""

Default = TypeVar("Default")

# What needs no decoding, as most names and values do: a third of the cost of reading a token request.
_PLAIN = re.compile(rb"[A-Za-z0-9\-._~/:]*")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True, repr=False)
class Parameters(Mapping[str, str]):
    """
    Parameters by name, each with its one value; empty values are left out on construction.

    A parameter that may be repeated is not part of the mapping, whose values are single: it is read by
    `all`. Raises `InvalidRequest` when any other comes twice. The ``repr`` shows names alone, since values
    may be codes, tokens and passwords.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    _single: dict[str, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        pairs = [pair for pair in self.pairs if pair[1]]
        single: dict[str, str] = {}
        for name, value in pairs:
            if name in REPEATABLE:
                continue
            if name in single:
                raise InvalidRequest("a request parameter is repeated")
            single[name] = value
        if len(pairs) != len(self.pairs):
            object.__setattr__(self, "pairs", tuple(pairs))
        object.__setattr__(self, "_single", single)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of *name* in the order sent; the way to read ``resource``."""
        return tuple([value for other, value in self.pairs if other == name])

    @override
    def __getitem__(self, name: str) -> str:
        return self._single[name]

    # Those of `Mapping` ask `__getitem__` and catch what it raises, for which a request is asked too often.
    @override
    def __contains__(self, name: object) -> bool:
        return name in self._single

    @overload
    def get(self, key: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, key: str, default: str, /) -> str: ...
    @overload
    def get(self, key: str, default: Default, /) -> str | Default: ...
    @override
    def get(self, key: str, default: object = None, /) -> object:
        return self._single.get(key, default)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._single)

    @override
    def __len__(self) -> int:
        return len(self._single)

    @override
    def __repr__(self) -> str:
        return f"Parameters({', '.join(repr(name) for name, _ in self.pairs)})"


def parse_form(body: bytes, content_type: str | None) -> Parameters:
    """
    Parameters of a form body, as ``Content-Type`` *content_type* declares it.

    An empty body holds no parameters, whatever its type. Raises `InvalidRequest` for another media type
    or character set, and as `parse_query` does.
    """
    if not body:
        return Parameters()
    _check_content_type(content_type or "")
    return _parse(body)


def parse_query(query: bytes | str) -> Parameters:
    """
    Parameters of a query component, without its question mark.

    Raises `InvalidRequest` when it is too long, has too many pairs, repeats a parameter, or holds a
    broken escape, bytes that are not UTF-8, or NUL.
    """
    if isinstance(query, str):
        try:
            query = query.encode()
        except UnicodeEncodeError:  # a lone surrogate, as WSGI and file names produce them
            raise InvalidRequest("the query is not text that UTF-8 can hold") from None
    return _parse(query)


def encode(pairs: Iterable[tuple[str, str]]) -> str:
    """Form-urlencode *pairs* in their order, :rfc:`6749#appendix-B`: UTF-8, a space as ``+``."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


def decode_text(encoded: bytes) -> str:
    """One form-urlencoded value. Raises `InvalidRequest` for a broken escape, broken UTF-8, or NUL."""
    if _PLAIN.fullmatch(encoded):
        return encoded.decode("ascii")
    if _BROKEN_ESCAPE.search(encoded):
        raise InvalidRequest("a percent sign is not followed by two hexadecimal digits")
    try:
        text = unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise InvalidRequest("a request parameter is not UTF-8") from None
    if "\0" in text:
        # Ends the string in C libraries and databases, and only there.
        raise InvalidRequest("a request parameter holds NUL")
    return text


def _parse(encoded: bytes) -> Parameters:
    if len(encoded) > MAX_LENGTH:
        raise InvalidRequest("the request parameters are too long")
    if encoded.count(b"&") >= MAX_COUNT:
        raise InvalidRequest("the request has too many parameters")
    pairs: list[tuple[str, str]] = []
    for pair in encoded.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            pairs.append((decode_text(name), decode_text(value)))
    return Parameters(tuple(pairs))


def is_form(content_type: str) -> bool:
    """Whether ``Content-Type`` *content_type* says so, in any case (:rfc:`9110#section-8.3.1`)."""
    return content_type.partition(";")[0].strip().lower() == FORM


def _check_content_type(content_type: str) -> None:
    """RFC 6749 appendix B knows one encoding; a charset parameter may only repeat it (RFC 9110 §8.3.2)."""
    if content_type == FORM:
        return
    if not is_form(content_type):
        raise InvalidRequest("the body's media type is not application/x-www-form-urlencoded")
    for attribute in [part.strip().lower() for part in content_type.split(";")[1:]]:
        if attribute.startswith("charset=") and attribute[8:].strip('"') != "utf-8":
            raise InvalidRequest("the body's character set is not UTF-8")
