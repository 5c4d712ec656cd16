"""RFC 9700 §4.1, insufficient redirect URI validation: what went wrong elsewhere."""

import pytest

from authwright.oauth.errors import InvalidRequest
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.parameters import parse_query
from authwright.oauth.redirect_uri import check_registrable, matches

REGISTERED = "https://app.example.com/callback"


@pytest.mark.parametrize(
    "received",
    [
        "https://app.example.com@evil.example/callback",
        "https://app.example.com:x@evil.example/callback",
        "https://app.example.com/callback/../../evil",
        "https://app.example.com/callback/..%2f..%2fevil",
        "https://app.example.com/callback;@evil.example",
        "https://app.example.com.evil.example/callback",
        "https://app.example.com:443/callback",
        "https://app.example.com./callback",
        "http://localhost/callback",
        "http://127.0.0.1/callback",
        "https://app.example.com/callback*",
    ],
)
def test_pattern_and_normalisation_bypasses(received):
    """User info, traversal and the localhost rule widen nothing. CVE-2023-6291, CVE-2024-8883."""
    assert not matches(REGISTERED, received)


def test_wildcards_cannot_be_registered():
    """Who writes one means a pattern, and would get a URI that nothing equals. CVE-2023-6927."""
    for pattern in (
        "https://*.example.com/callback",
        "https://app.example.com/*",
        "https://app.example.com/?*",
    ):
        with pytest.raises(InvalidValue):
            check_registrable(pattern, "web")
    assert not matches("https://app.example.com/*", "https://app.example.com/evil")


@pytest.mark.parametrize(
    "received",
    [
        "https://appxexample.com/callback",
        "https://app.exampleXcom/callback",
        "https://app.example.com/callbackk",
        "https://app.example.com/call",
    ],
)
def test_registered_uri_is_no_regular_expression(received):
    """``.`` in a registered URI stands for a dot. CVE-2024-52289."""
    assert not matches(REGISTERED, received)
    assert not matches("https://app.example.com/.*", "https://app.example.com/anything")


@pytest.mark.parametrize(
    "received",
    [
        "https://app.example.com\\@evil.example/callback",
        "https://evil.example\\.app.example.com/callback",
        "https://app.example.com/callback\0.evil.example",
        "https://app.example.com%2f@evil.example/callback",
        "https://[::1%25app.example.com]/callback",
        "https://app.example.com\t/callback",
        "https:/app.example.com/callback",
        "https:app.example.com/callback",
        "https://app.example.com/callback\udcff",
    ],
)
def test_parser_differentials(received):
    """What parsers read differently neither matches nor crashes anything. CVE-2022-36087."""
    assert not matches(REGISTERED, received)
    with pytest.raises(InvalidValue):
        check_registrable(received, "web")


@pytest.mark.parametrize("escaped", [b"%00", b"%C0%AF", b"%FF", b"%", b"%zz"])
def test_parameter_that_is_no_text(escaped):
    """NUL, overlong UTF-8 and broken escapes are refused before anything is compared."""
    with pytest.raises(InvalidRequest):
        parse_query(b"redirect_uri=https%3A%2F%2Fapp.example.com" + escaped)
