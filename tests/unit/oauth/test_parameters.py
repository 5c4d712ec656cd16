"""authwright.oauth.parameters."""

import contextlib
import time

import pytest

from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import MAX_COUNT, MAX_LENGTH, Parameters, encode, parse_form, parse_query

FORM = "application/x-www-form-urlencoded"


def test_form_is_decoded():
    """Names and values are form-urlencoded UTF-8. RFC 6749 appendix B."""
    parameters = parse_form(b"a=1&b=x+y&c=%C3%BC%2B%26", FORM)
    assert dict(parameters) == {"a": "1", "b": "x y", "c": "ü+&"}
    assert len(parameters) == 3
    assert list(parameters) == ["a", "b", "c"]


def test_query_may_be_text_or_bytes():
    """A query is read alike from ASGI (bytes) and from WSGI (text)."""
    assert parse_query("state=%C3%BC") == parse_query(b"state=%C3%BC")
    assert parse_query("state=ü")["state"] == "ü"


def test_unencoded_utf8_is_read_as_utf8():
    """Bytes that a client should have escaped are UTF-8 or refused, never Latin-1."""
    assert parse_query("ü".encode() + b"=1")["ü"] == "1"
    with pytest.raises(InvalidRequest, match="not UTF-8"):
        parse_query(b"\xfc=1")


@pytest.mark.parametrize("query", [b"a=1&a=1", b"a=1&a=2", b"unknown=1&unknown=2", b"a=1&%61=2"])
def test_repeated_parameter_is_refused(query):
    """Parameters MUST NOT be included more than once, known or not. RFC 6749 §3.1."""
    with pytest.raises(InvalidRequest, match="repeated"):
        parse_query(query)


def test_resource_may_be_repeated():
    """``resource`` may come several times and is read by `all`. RFC 8707 §2."""
    parameters = parse_query(b"resource=https%3A%2F%2Fb&x=1&resource=https%3A%2F%2Fa")
    assert parameters.all("resource") == ("https://b", "https://a")
    assert "resource" not in parameters
    assert parameters.all("x") == ("1",)
    assert parameters.all("y") == ()


def test_empty_value_counts_as_absent():
    """Parameters sent without a value MUST be treated as if they were omitted. RFC 6749 §3.1."""
    parameters = parse_query(b"a=&b&c=1&resource=&a=2")
    assert dict(parameters) == {"c": "1", "a": "2"}
    assert parameters.all("resource") == ()
    with pytest.raises(KeyError):
        parameters["b"]


@pytest.mark.parametrize("query", [b"a=%", b"a=%4", b"a=%zz", b"%=a", b"a=%u0041"])
def test_broken_escape_is_refused(query):
    """A percent sign without two hexadecimal digits is not repaired, as readers differ on how."""
    with pytest.raises(InvalidRequest, match="hexadecimal"):
        parse_query(query)


@pytest.mark.parametrize("query", [b"a=%FF", b"a=%C0%AF", b"a=%ED%A0%80", b"a=%F4%90%80%80"])
def test_broken_utf8_is_refused(query):
    """Overlong forms, surrogates and stray bytes are not UTF-8."""
    with pytest.raises(InvalidRequest, match="UTF-8"):
        parse_query(query)


def test_nul_is_refused():
    """NUL ends the string for some readers only."""
    with pytest.raises(InvalidRequest, match="NUL"):
        parse_query(b"a=x%00y")


def test_surrogates_in_text_are_refused():
    """Text that UTF-8 cannot hold has no one reading."""
    with pytest.raises(InvalidRequest, match="UTF-8"):
        parse_query("a=\udcff")


def test_semicolon_does_not_separate():
    """``;`` is an ordinary character: whoever splits there sees another request."""
    assert dict(parse_query(b"a=1;b=2")) == {"a": "1;b=2"}


def test_length_is_limited_before_decoding():
    """Input has a limit that is checked before work is done on it."""
    assert len(parse_query(b"a=" + b"x" * (MAX_LENGTH - 2))["a"]) == MAX_LENGTH - 2
    with pytest.raises(InvalidRequest, match="too long"):
        parse_query(b"a=" + b"x" * (MAX_LENGTH - 1))


def test_count_is_limited():
    """A hundred parameters pass, one more does not."""
    query = b"&".join(b"p%d=1" % number for number in range(MAX_COUNT))
    assert len(parse_query(query)) == MAX_COUNT
    with pytest.raises(InvalidRequest, match="too many"):
        parse_query(query + b"&q=1")


@pytest.mark.parametrize(
    "content_type",
    [FORM, FORM.upper(), f"{FORM}; charset=UTF-8", f'{FORM};charset="utf-8"', f"{FORM}; boundary=x"],
)
def test_form_media_type(content_type):
    """The one encoding is application/x-www-form-urlencoded in UTF-8, whatever its spelling."""
    assert parse_form(b"a=1", content_type)["a"] == "1"


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "text/plain", "multipart/form-data; boundary=x", f"{FORM}x"],
)
def test_other_media_type_is_refused(content_type):
    """A body that is no form is not read as one."""
    with pytest.raises(InvalidRequest, match="media type"):
        parse_form(b"a=1", content_type)


@pytest.mark.parametrize("hostile", ['; !="' + "\\" * 8_000, "; " * 8_000, ';x="' * 4_000, "; \t" * 8_000])
def test_a_hostile_media_type_costs_nothing(hostile):
    """No pattern runs over a Content-Type for longer than it is long. CVE-2024-24762."""
    began = time.process_time()
    for content_type in (FORM + hostile, f"multipart/form-data{hostile}"):
        with contextlib.suppress(InvalidRequest):
            parse_form(b"a=1", content_type)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "utf-7", ""])
def test_other_character_set_is_refused(charset):
    """A character set other than UTF-8 would make bytes mean something else."""
    with pytest.raises(InvalidRequest, match="character set"):
        parse_form(b"a=1", f"{FORM}; charset={charset}")


def test_empty_body_has_no_parameters():
    """A POST without a body, and so without a type, has no parameters (userinfo with a header)."""
    assert dict(parse_form(b"", None)) == {}
    assert dict(parse_query(b"")) == {}
    assert dict(parse_query(b"&&")) == {}


def test_repr_shows_no_values():
    """Values may be codes, tokens and passwords: they must not reach a log by way of repr."""
    assert repr(parse_query(b"client_secret=hunter2")) == "Parameters('client_secret')"


def test_encode_round_trips():
    """What `encode` writes, `parse_query` reads."""
    pairs = (("state", "a b&c=d+ü/?#%"), ("resource", "https://a"), ("resource", "https://b"))
    assert parse_query(encode(pairs)).pairs == pairs


def test_parameters_are_values():
    """Equal pairs are equal parameters, and they can be remembered and given back."""
    parameters = parse_query(b"a=1&b=")
    assert parameters == Parameters((("a", "1"),))
    assert hash(parameters) == hash(Parameters((("a", "1"),)))
