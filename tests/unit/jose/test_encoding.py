"""authwright.jose.encoding."""

import pytest

from authwright.jose.encoding import (
    MAX_JSON_BYTES,
    MAX_JSON_DEPTH,
    b64url_decode,
    b64url_encode,
    b64url_segment,
    dump_json,
    parse_json_object,
)
from authwright.jose.errors import MalformedBase64url, MalformedJson


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"", ""), (b"f", "Zg"), (b"ab", "YWI"), (b"foo", "Zm9v"), (b"\xfb\xef\xff", "--__"), (b"\0", "AA")],
)
def test_base64url(octets, text):
    """RFC 7515 §2: the URL-safe alphabet, no padding."""
    assert b64url_encode(octets) == text
    assert b64url_segment(octets) == text.encode()
    assert b64url_decode(text) == b64url_decode(text.encode()) == octets


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Zg==",
            "Zm8=",
            "Zm9v=",
            "Zm9v====",
            "=",
            " Zg",
            "Zg ",
            "Z g",
            "Zg\n",
            "Zm\n9v",
            "++//",
            "Zm9+",
            "Zm9/",
        ),
        *("Z", "Zm9vZ", "Z?g", "Zg.", "Zm9.", "Zm8.", "Zmé", "\u00e9", "Zm9\0"),
    ],
)
def test_what_is_not_base64url(text):
    """RFC 7515 §2, §5.2: no padding, line breaks, white space or other characters; none are ignored."""
    for spelled in (text, text.encode()):
        with pytest.raises(MalformedBase64url):
            b64url_decode(spelled)


def test_base64url_is_ascii():
    """Not even a digit of another script."""
    with pytest.raises(MalformedBase64url, match="ASCII"):
        b64url_decode("Zm9\uff11")


@pytest.mark.parametrize("last", [c for c in "BCDEFGHIJKLMNOP" if c not in "AQgw"])
def test_trailing_bits_are_zero(last):
    """RFC 4648 §3.5: 'Zg' has one spelling. A replay cache keyed by the token must not see two."""
    with pytest.raises(MalformedBase64url, match="zero"):
        b64url_decode("Z" + last)
    with pytest.raises(MalformedBase64url, match="zero"):
        b64url_decode("ZmB" if last == "B" else "ZmZ")


def test_json_object():
    """What is good comes through unchanged, white space around it included."""
    text = '\r\n\t {"a":{"b":[1,-2,3.5,true,false,null,"\\u00e9\\ud83d\\ude00é"]},"":"x"} '
    assert parse_json_object(text.encode()) == {
        "a": {"b": [1, -2, 3.5, True, False, None, "é\U0001f600é"]},
        "": "x",
    }


NOT_OBJECTS = [
    *("", " ", "{", "}", "[]", '"a"', "1", "null", "true", "{}{}", "{} x", "{}\0", "{'a':1}", '{"a":}'),
    *(
        '{"a" 1}',
        '{"a":1,}',
        "{a:1}",
        '{"a":01}',
        '{"a":+1}',
        '{"a":.5}',
        '{"a":1.}',
        '{"a":0x1}',
        '{"a":"\n"}',
    ),
    *('{"a":"\\x"}', '{"a":"\\u12"}', '{"a":yes}', '{"a":\uff11}', "\u00a0{}", "\ufeff{}", "\x0c{}", "//{}"),
]


@pytest.mark.parametrize("text", NOT_OBJECTS)
def test_what_is_not_a_json_object(text):
    """RFC 8259 §2, §4 to §8: nothing but the grammar, and an object at the top."""
    with pytest.raises(MalformedJson):
        parse_json_object(text.encode())


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-8-sig"])
def test_utf8_only(codec):
    """RFC 8725 §3.7: Python's json reads UTF-16 and UTF-32 when given bytes."""
    with pytest.raises(MalformedJson):
        parse_json_object('{"sub":"alice"}'.encode(codec))


@pytest.mark.parametrize(
    "octets", [b'{"a":"\xff"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xe9"}']
)
def test_strict_utf8(octets):
    """RFC 3629 §3: overlong forms and encoded surrogates are not UTF-8."""
    with pytest.raises(MalformedJson, match="UTF-8"):
        parse_json_object(octets)


@pytest.mark.parametrize(
    "text", ['{"a":"\\ud800"}', '{"a":"\\uDC00x"}', '{"\\ud83d":1}', '{"a":["\\udead\\ud800"]}']
)
def test_lone_surrogates(text):
    """RFC 7493 §2.1: half of a pair is no character; encoding it later would be an unexpected error."""
    with pytest.raises(MalformedJson, match="surrogate"):
        parse_json_object(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"x":{"a":1,"a":2}}',
        '{"x":[{"y":{"a":1,"b":0,"a":2}}]}',
        '{"":1,"":2}',
    ],
)
def test_duplicate_members(text):
    """RFC 7515 §4, RFC 7519 §4: names are unique, at every depth, escaped or not."""
    with pytest.raises(MalformedJson, match="twice"):
        parse_json_object(text.encode())


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_of_python(constant):
    """NaN, which fails every comparison, would be a token that never expires."""
    with pytest.raises(MalformedJson, match="NaN"):
        parse_json_object(f'{{"exp":{constant}}}'.encode())


@pytest.mark.parametrize("number", ["1e309", "-1e309", "1" * 400 + ".0"])
def test_numbers_beyond_a_double(number):
    """They would read as Infinity."""
    with pytest.raises(MalformedJson, match="double"):
        parse_json_object(f'{{"exp":[{number}]}}'.encode())


def test_long_integers():
    """64 bits are read, 400 digits are not; more than 4300 would be a ValueError of Python's."""
    assert parse_json_object(b'{"a":18446744073709551615,"b":-9223372036854775808}')
    for digits in (21, 400, 5000):
        with pytest.raises(MalformedJson, match="64 bits"):
            parse_json_object(f'{{"exp":{"9" * digits}}}'.encode())


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_depth(opening, closing):
    """Bounded whatever the recursion limit is, for objects and arrays."""
    levels = (MAX_JSON_DEPTH - 1) // (opening.count("[") + opening.count("{"))
    deep = '{"x":' + opening * levels + "1" + closing * levels + "}"
    assert parse_json_object(deep.encode())
    for more in (levels + 1, 20_000 // len(opening)):
        with pytest.raises(MalformedJson, match="deeply"):
            parse_json_object(('{"x":' + opening * more + "1" + closing * more + "}").encode())
        with pytest.raises(MalformedJson, match="deeply"):
            parse_json_object(('{"x":' + opening * more).encode())


def test_depth_is_counted_exactly():
    """What was closed does not count; 32 levels are read, 33 are not, whatever else the document holds."""
    assert MAX_JSON_DEPTH == 32
    siblings = "[]," * 40
    assert parse_json_object(('{"x":[' + siblings + "[" * 30 + "]" * 30 + "]}").encode())
    with pytest.raises(MalformedJson, match="deeply"):
        parse_json_object(('{"x":[' + siblings + "[" * 31 + "]" * 31 + "]}").encode())


def test_brackets_in_strings_are_no_depth():
    """Only structure counts; quotes and backslashes in strings do not confuse it."""
    value = {"a": "[" * 100 + '"' + "{" * 100 + "\\", "[[": ["\\\\[", '"[']}
    assert parse_json_object(dump_json(value)) == value
    wide = {"keys": [{"n": [i]} for i in range(100)]}
    assert parse_json_object(dump_json(wide)) == wide


@pytest.mark.parametrize(
    "text", ['{"' + "[" * 60, '{"a":"' + "\\" * 61, '{"a":"' + '\\"[' * 20_000, '{"' * 20_000]
)
def test_unterminated_strings(text):
    """Refused, and in linear time."""
    with pytest.raises(MalformedJson):
        parse_json_object(text.encode())


def test_size():
    """The bound is checked before anything else."""
    assert MAX_JSON_BYTES == 65_536
    assert parse_json_object(b"{" + b" " * (MAX_JSON_BYTES - 2) + b"}") == {}
    with pytest.raises(MalformedJson, match="larger"):
        parse_json_object(b"{" + b" " * (MAX_JSON_BYTES - 1) + b"}")
    with pytest.raises(MalformedJson, match="larger"):
        parse_json_object(b"{  }", max_bytes=3)


def test_dump_json():
    """Compact, in UTF-8, in the order given."""
    assert (
        dump_json({"b": [1, 2.5], "a": {"é": None, "t": True}})
        == '{"b":[1,2.5],"a":{"é":null,"t":true}}'.encode()
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", b"", object(), {1, 2}])
def test_dump_json_refuses_what_json_cannot_carry(value):
    """A bug of the caller, said where it happens."""
    with pytest.raises((ValueError, TypeError)):
        dump_json({"a": value})
