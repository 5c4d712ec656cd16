"""authwright.idp.web.headers: what a page may load, post to, and be shown in."""

import pytest

from authwright.idp.web.headers import is_web_address, page_headers, safe_headers
from authwright.oauth.invalid_value import InvalidValue

ISSUER = "https://id.example.com"


def directives(**arguments):
    policy = page_headers(ISSUER, **arguments)["content-security-policy"]
    return {name: sources for name, _, sources in (part.partition(" ") for part in policy.split("; "))}


def test_nothing_is_allowed_that_the_page_does_not_need():
    """No script, no frame, no foreign form, no base. CSP Level 3."""
    assert directives() == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        ("https://app.example.com/callback?a=b", "https://app.example.com"),
        ("https://app.example.com:8443/callback", "https://app.example.com:8443"),
        ("http://127.0.0.1:41234/callback", "http://127.0.0.1:41234"),
        ("http://localhost/callback", "http://localhost"),
        ("com.example.app:/callback", "com.example.app:"),
        # A host-source of CSP has no form for an IPv6 address.
        ("http://[::1]:41234/callback", "http:"),
    ],
)
def test_forms_may_end_at_the_client(redirect_uri, source):
    """Chromium applies form-action to the redirect that answers a POST."""
    assert directives(form_targets=[redirect_uri])["form-action"] == f"'self' {source}"


@pytest.mark.parametrize(
    "uri", ["https://a.example; script-src *", "https://a.example,x", "javascript:alert(1)//x y"]
)
def test_no_uri_ends_a_directive(uri):
    with pytest.raises(InvalidValue):
        page_headers(ISSUER, form_targets=[uri])


def test_the_logo_may_be_loaded():
    assert (
        directives(images=["https://cdn.example.com/a.png", "https://cdn.example.com/b.png"])["img-src"]
        == "'self' https://cdn.example.com"
    )


def test_every_page():
    """Not framed, not sniffed, not kept, and its address not told to the client's logo server."""
    headers = page_headers(ISSUER)
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["permissions-policy"]
    assert headers["strict-transport-security"].startswith("max-age=")


def test_no_hsts_on_loopback():
    assert "strict-transport-security" not in safe_headers("http://localhost:9000")


def test_popups_keep_their_opener():
    """An app that signs in through a popup reads the answer from it, so only own pages are isolated."""
    assert "cross-origin-opener-policy" not in page_headers(ISSUER)
    assert page_headers(ISSUER, isolated=True)["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://app.example.com/privacy", True),
        ("http://localhost:3000/privacy", True),
        ("http://app.example.com/privacy", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//app.example.com/", False),
        ("", False),
        (None, False),
    ],
)
def test_links_of_a_client(uri, shown):
    """A registered link is a web address or is not shown."""
    assert is_web_address(uri) is shown
