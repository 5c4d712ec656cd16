"""
The two encodings under every JOSE object: base64url and JSON. :rfc:`7515#section-2`, :rfc:`8259`.

Strict both ways, because the one who checks a token and the one who uses it must read the same thing:
one spelling for each octet string, one value for each member name, UTF-8 only, and bounds that are checked
before the work is done.
"""

import binascii
import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from .errors import MalformedBase64url, MalformedJson

MAX_JSON_BYTES = 65_536
"""Default bound of a JSON document: what one outbound fetch may bring."""

MAX_JSON_DEPTH = 32
"""Objects and arrays within each other. Claims have two or three levels, authorization details a few more."""

MAX_INTEGER_CHARACTERS = 20
"""A 64-bit integer with its sign. Longer ones are read differently by different parsers."""

# ``-`` and ``_`` become ``+`` and ``/``; those, and ``=``, become a character the decoder refuses.
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/!!!")
_TO_BASE64URL = bytes.maketrans(b"+/", b"-_")
_PADDING = (b"", b"", b"==", b"=")

# The last character of a segment carries two or four bits more than the octets need; they must be zero.
_CANONICAL_LAST = (
    frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    frozenset[int](),  # no octet string has this length
    frozenset(b"AQgw"),
    frozenset(b"AEIMQUYcgkosw048"),
)


def b64url_encode(octets: bytes) -> str:
    """Base64url without padding. :rfc:`7515#section-2`."""
    return b64url_segment(octets).decode("ascii")


def b64url_segment(octets: bytes) -> bytes:
    """`b64url_encode` as ASCII bytes, for those who join segments."""
    return binascii.b2a_base64(octets, newline=False).translate(_TO_BASE64URL).rstrip(b"=")


def b64url_decode(text: str | bytes) -> bytes:
    """
    The octets of unpadded base64url. :rfc:`7515#section-2`.

    Refuses padding, white space, the alphabet of plain base64, and trailing bits that are not zero
    (:rfc:`4648#section-3.5`): a token with two spellings passes a replay cache twice. Raises
    `MalformedBase64url`.
    """
    if isinstance(text, str):
        try:
            text = text.encode("ascii")
        except UnicodeEncodeError:
            raise MalformedBase64url("base64url holds a character beyond ASCII") from None
    if not text:
        return b""
    rest = len(text) & 3
    if text[-1] not in _CANONICAL_LAST[rest]:
        raise MalformedBase64url("base64url ends in bits that are not zero, or in no base64url character")
    try:
        return binascii.a2b_base64(text.translate(_TO_BASE64) + _PADDING[rest], strict_mode=True)
    except binascii.Error:
        raise MalformedBase64url("base64url holds a character outside its alphabet") from None


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("a JSON object names a member twice")
    return members


def _bounded_integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_CHARACTERS:
        raise MalformedJson("a JSON integer is longer than 64 bits can be")
    return int(digits)


def _finite_number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise MalformedJson("a JSON number is too large for a double")
    return number


def _refuse_constant(_constant: str) -> NoReturn:
    # Python reads NaN, Infinity and -Infinity, which JSON does not have; NaN fails every comparison.
    raise MalformedJson("NaN and Infinity are not JSON")


_decode = json.JSONDecoder(
    object_pairs_hook=_unique_members,
    parse_int=_bounded_integer,
    parse_float=_finite_number,
    parse_constant=_refuse_constant,
).raw_decode

_encode, _encode_ascii = (
    json.JSONEncoder(
        ensure_ascii=ensure_ascii,
        allow_nan=False,
        check_circular=False,  # our own documents are trees
        separators=(",", ":"),
    ).encode
    for ensure_ascii in (False, True)
)

# A string, ended or not, or one bracket. Possessive, so that no text makes it look twice at a character.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def _check_depth(text: str) -> None:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
            if depth > MAX_JSON_DEPTH:
                raise MalformedJson("JSON is nested too deeply")
        elif token in "]}":
            depth -= 1


def parse_json_object(data: bytes, *, max_bytes: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """
    The JSON object that *data* is. :rfc:`8259`, with the demands of :rfc:`7515#section-4` and :rfc:`7493`.

    UTF-8 without a byte order mark; member names unique at every depth; no NaN, no Infinity, no number beyond
    a double or 64 bits; no lone surrogates; bounded in size and depth. Raises `MalformedJson`, and nothing
    else, whatever the bytes.
    """
    if len(data) > max_bytes:
        raise MalformedJson("JSON is larger than allowed here")
    try:
        # Before json sees it: given bytes, json.loads guesses UTF-16 and UTF-32 as well.
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedJson("JSON is not UTF-8") from None
    if not (text.startswith("{") and text.endswith("}")):
        text = text.strip(" \t\r\n")
    if not text.startswith("{"):
        raise MalformedJson("JSON is not an object")
    if data.count(b"{") + data.count(b"[") > MAX_JSON_DEPTH:
        _check_depth(text)
    value: dict[str, Any]
    try:
        value, end = _decode(text)
    except ValueError:
        raise MalformedJson("text is not JSON") from None
    if end != len(text):
        raise MalformedJson("JSON is followed by something else")
    if "\\" in text:
        try:
            _encode(value).encode("utf-8")
        except UnicodeEncodeError:
            raise MalformedJson("a JSON string holds half of a surrogate pair") from None
    return value


def dump_json(members: Mapping[str, Any]) -> bytes:
    """
    Compact JSON in UTF-8. Members keep their order.

    What JSON cannot carry (NaN, bytes, a lone surrogate) is a bug of the caller: `ValueError` or `TypeError`.
    """
    # Nearly all that is written is ASCII, and the encoder for that takes half the time. Where it has nothing
    # to escape, both write the same.
    text = _encode_ascii(members)
    return (_encode(members) if "\\u" in text else text).encode("utf-8")
