"""authwright.oauth.redirect_uri."""

import pytest

from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.redirect_uri import add_parameters, check_registrable, matches, origin


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://app.example.com/callback",
        "https://app.example.com",
        "https://app.example.com:8443/a/b?tenant=1",
        "http://localhost:8080/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:1/callback",
        "https://app.example.com/a..b/.c/..d",
    ],
)
@pytest.mark.parametrize("application_type", ["web", "native"])
def test_http_uris_may_be_registered(redirect_uri, application_type):
    """https anywhere, http on this machine. RFC 9700 §4.1.3, RFC 8252 §7.3."""
    check_registrable(redirect_uri, application_type)


@pytest.mark.parametrize("redirect_uri", ["com.example.app:/callback", "com.example.app://callback/x"])
def test_private_use_scheme_is_for_native_apps(redirect_uri):
    """A reversed domain name as scheme, for native apps alone. RFC 8252 §7.1."""
    check_registrable(redirect_uri, "native")
    with pytest.raises(InvalidValue, match="web application"):
        check_registrable(redirect_uri, "web")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://app.example.com/1",
        "myapp:/callback",
        "ftp://app.example.com/",
        "ws://app.example.com/",
    ],
)
def test_schemes_that_browsers_run_are_refused(redirect_uri):
    """A scheme without a dot is no private-use scheme; scripts are the worst of them."""
    for application_type in ("web", "native"):
        with pytest.raises(InvalidValue):
            check_registrable(redirect_uri, application_type)


@pytest.mark.parametrize(
    ("redirect_uri", "reason"),
    [
        ("https://app.example.com/#fragment", "fragment"),
        ("https://app.example.com/#", "fragment"),
        ("https://user@app.example.com/", "user name"),
        ("https://@app.example.com/", "user name"),
        ("https:/callback", "no host"),
        ("http:callback", "no host"),
        ("http://app.example.com/", "another machine"),
        ("http://127.0.0.2/", "another machine"),
        ("http://localhost.evil.example/", "another machine"),
        ("https://app.example.com/a/../b", "dot segment"),
        ("https://app.example.com/a/%2e%2E/b", "dot segment"),
        ("https://app.example.com/.", "dot segment"),
        ("https://app.example.com/?code=x", "an answer"),
        ("https://app.example.com/?a=b&state", "an answer"),
        ("https://app.example.com/?%69ss=https://id.example.com", "an answer"),
        ("https://app.example.com/?error=&a=b", "an answer"),
        ("http://localhost/?error_description=x", "an answer"),
        ("/callback", "grammar"),
        ("https://app.example.com\\@evil.example/", "grammar"),
        ("https://*.example.com/", "grammar"),
        ("https://app.example.com/ ", "grammar"),
    ],
)
def test_what_may_not_be_registered(redirect_uri, reason):
    """
    No fragment (RFC 6749 §3.1.2), user name, dot segment, wildcard host, or other machine by http. No
    parameter of an answer, which would then have it twice (RFC 6749 §3.1).
    """
    with pytest.raises(InvalidValue, match=reason):
        check_registrable(redirect_uri, "native")


def test_match_is_byte_exact():
    """Simple string comparison. RFC 9700 §2.1, RFC 3986 §6.2.1."""
    registered = "https://app.example.com/callback?tenant=1"
    assert matches(registered, registered)
    for received in [
        "https://app.example.com/callback",
        "https://app.example.com/callback?tenant=1&x=2",
        "https://app.example.com/callback?tenant=%31",
        "https://app.example.com:443/callback?tenant=1",
        "https://APP.example.com/callback?tenant=1",
        "HTTPS://app.example.com/callback?tenant=1",
        "https://app.example.com/callback/?tenant=1",
        "https://app.example.com/x/../callback?tenant=1",
        "https://app.example.com/callback?tenant=1#",
        "https://app.example.com/callback?tenant=1\n",
        "",
    ]:
        assert not matches(registered, received), received


@pytest.mark.parametrize(
    ("redirect_uri", "expected"),
    [
        ("https://a/cb", "https://a/cb?code=x+y&state=%26"),
        ("https://a/cb?t=1", "https://a/cb?t=1&code=x+y&state=%26"),
        ("https://a/cb?", "https://a/cb?code=x+y&state=%26"),
        ("https://a/cb?t=1&", "https://a/cb?t=1&code=x+y&state=%26"),
        ("com.example.app:/cb", "com.example.app:/cb?code=x+y&state=%26"),
    ],
)
def test_parameters_are_added_to_the_query(redirect_uri, expected):
    """An existing query MUST be retained. RFC 6749 §3.1.2."""
    assert add_parameters(redirect_uri, [("code", "x y"), ("state", "&")]) == expected


def test_added_parameters_cannot_break_out():
    """A line break or another delimiter in state stays inside its value."""
    assert add_parameters("https://a/", [("state", "\r\nSet-Cookie: a=b#&x=1")]) == (
        "https://a/?state=%0D%0ASet-Cookie%3A+a%3Db%23%26x%3D1"
    )


@pytest.mark.parametrize(
    ("redirect_uri", "expected"),
    [
        ("https://App.Example.com/cb", "https://app.example.com"),
        ("https://app.example.com:443/cb", "https://app.example.com"),
        ("https://app.example.com:8443/cb", "https://app.example.com:8443"),
        ("http://localhost:80/cb", "http://localhost"),
        ("http://[::1]:8080/cb", "http://[::1]:8080"),
        ("com.example.app:/cb", "com.example.app:"),
        ("com.example.app://host/cb", "com.example.app:"),
    ],
)
def test_origin(redirect_uri, expected):
    """The ASCII serialization of the origin, for CSP and CORS. RFC 6454 §6.2."""
    assert origin(redirect_uri) == expected
