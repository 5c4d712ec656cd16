"""authwright.oauth.claims."""

import pytest

from authwright.jose.errors import MalformedClaim, MissingClaim
from authwright.oauth import claims


def test_text():
    """A string that is not empty, or absent."""
    assert claims.text({"a": "x"}, "a") == "x"
    assert claims.text({}, "a") is None
    assert claims.required_text({"a": "x"}, "a") == "x"
    with pytest.raises(MissingClaim):
        claims.required_text({}, "a")


@pytest.mark.parametrize("value", ["", None, 1, True, ["x"], {}])
def test_what_is_no_text(value):
    """A claim of another type is refused, not converted."""
    with pytest.raises(MalformedClaim):
        claims.text({"a": value}, "a")


def test_texts():
    """An array of strings, or one string. RFC 7519 §4.1.3."""
    assert claims.texts({"a": ["x", "y"]}, "a") == ("x", "y")
    assert claims.texts({"a": "x"}, "a") == ("x",)
    assert claims.texts({"a": []}, "a") == ()
    assert claims.texts({}, "a") == ()


@pytest.mark.parametrize("value", [None, 1, {}, ["x", 1], [["x"]], [None]])
def test_what_is_no_array_of_text(value):
    """An array with something else among the strings is refused."""
    with pytest.raises(MalformedClaim):
        claims.texts({"a": value}, "a")


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 0), (1.9, 1), (1_700_000_000, 1_700_000_000), (253402300799, 253402300799)]
)
def test_timestamp(value, expected):
    """A NumericDate is a JSON number and may have a fraction. RFC 7519 §2."""
    assert claims.timestamp({"a": value}, "a") == expected
    assert claims.required_timestamp({"a": value}, "a") == expected


def test_timestamp_may_be_absent():
    """Absent is None, or an error where it is required."""
    assert claims.timestamp({}, "a") is None
    with pytest.raises(MissingClaim):
        claims.required_timestamp({}, "a")


@pytest.mark.parametrize(
    "value", [True, None, "1", [], -1, -0.5, 253402300800, float("nan"), float("inf"), 10**400]
)
def test_what_is_no_timestamp(value):
    """Booleans, NaN, infinity, negative and enormous numbers are refused."""
    with pytest.raises(MalformedClaim):
        claims.timestamp({"a": value}, "a")


def test_write_audience():
    """One audience is written as a string, several as an array. RFC 7519 §4.1.3."""
    assert claims.write_audience(()) is None
    assert claims.write_audience(("a",)) == "a"
    assert claims.write_audience(("a", "b")) == ["a", "b"]
