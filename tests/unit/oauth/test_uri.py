"""authwright.oauth.uri."""

import pytest

from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.uri import MAX_LENGTH, Uri, parse_uri


def test_parts_are_as_written():
    """Nothing is decoded or normalised but the scheme, which has one meaning in any case. RFC 3986 §3.1."""
    assert parse_uri("HTTPS://u:p@Example.COM:8443/a/%7Eb;x=1?q=%41&r=/?#f?/") == Uri(
        scheme="https",
        userinfo="u:p",
        host="Example.COM",
        port=8443,
        path="/a/%7Eb;x=1",
        query="q=%41&r=/?",
        fragment="f?/",
    )


@pytest.mark.parametrize(
    ("value", "host", "path"),
    [
        ("https://a", "a", ""),
        ("https://a/", "a", "/"),
        ("https://a//b", "a", "//b"),
        ("https://my_service:80", "my_service", ""),
        ("http://127.0.0.1/x", "127.0.0.1", "/x"),
        ("http://[::1]:80/x", "[::1]", "/x"),
        ("com.example.app:/callback", None, "/callback"),
        ("com.example.app:callback", None, "callback"),
        ("com.example.app:", None, ""),
        ("com.example.app:/", None, "/"),
        ("urn:example:api", None, "example:api"),
    ],
)
def test_shapes(value, host, path):
    """Hierarchical and rootless URIs, names and addresses. RFC 3986 §3."""
    uri = parse_uri(value)
    assert (uri.host, uri.path, uri.query, uri.fragment) == (host, path, None, None)


def test_empty_components_are_not_absent():
    """``?`` and ``#`` alone are an empty query and fragment. RFC 3986 §3.4."""
    uri = parse_uri("https://a?#")
    assert (uri.query, uri.fragment) == ("", "")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a",
        "/a",
        "//a/b",
        "https:///a",
        "https://",
        "1https://a",
        "https://a b/",
        "https://a/ b",
        " https://a",
        "https://a\n",
        "https://a\\@b/",
        "https://a/\\b",
        "https://ä/",
        "https://a/ä",
        "https://a%2fb/",
        "https://a%00/",
        "https://a/%",
        "https://a/%g0",
        "https://a:/",
        "https://a:0/",
        "https://a:080/",
        "https://a:65536/",
        "https://a:1x/",
        "https://a@b@c/",
        "https://[::1/",
        "https://[::1%25eth0]/",
        "https://[v1.x]/",
        "https://[1:2]/",
        "https://[127.0.0.1]/",
        "https://a;b/",
        "https://a/<script>",
        'https://a/"',
        "https://a/^|`{}",
        "https://a/\0",
    ],
)
def test_what_readers_disagree_on_is_refused(value):
    """Backslash, NUL, zone, empty port, escapes in the host: refused, not repaired."""
    with pytest.raises(InvalidValue):
        parse_uri(value)


def test_length_is_limited():
    """A URI has a limit."""
    assert parse_uri("https://a/" + "x" * (MAX_LENGTH - 10))
    with pytest.raises(InvalidValue, match="longer"):
        parse_uri("https://a/" + "x" * (MAX_LENGTH - 9))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://127.0.0.1/", True),
        ("http://[::1]/", True),
        ("http://localhost/", True),
        ("http://LocalHost/", True),
        ("http://127.0.0.2/", False),
        ("http://localhost.example.com/", False),
        ("http://localhost./", False),
        ("http://[::ffff:127.0.0.1]/", False),
        ("app.example:/x", False),
    ],
)
def test_loopback(value, expected):
    """This machine is 127.0.0.1, [::1] and localhost, in these spellings only. RFC 8252 §7.3."""
    assert parse_uri(value).is_loopback is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://app.example.com/", True),
        ("http://localhost:3000/", True),
        ("http://[::1]/", True),
        ("http://app.example.com/", False),
        ("ftp://localhost/", False),
        ("https:/path", False),
    ],
)
def test_what_is_secure(value, expected):
    """https, or http that does not leave this machine."""
    assert parse_uri(value).is_secure is expected
