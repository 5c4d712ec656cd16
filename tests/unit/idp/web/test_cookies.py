"""authwright.idp.web.cookies: names, attributes, and what is believed of a Cookie header."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.idp.web.cookies import Cookies, browser_secret
from authwright.oauth.types import Secret
from authwright.testing.entropy import CountingEntropy

SECRET = "s" * 43


def attributes(header):
    pair, *rest = header.split("; ")
    return pair, set(rest)


def test_https_cookies_belong_to_this_host_alone():
    """On https every cookie is ``__Host-``: Secure, path /, no Domain, so no other host can plant it."""
    cookies = Cookies.of("https://id.example.com")
    for header in (
        cookies.set_session(Secret(SECRET)),
        cookies.set_browser(Secret(SECRET)),
        cookies.set_known_browser("a.b~c", timedelta(days=1)),
        cookies.clear_session(),
    ):
        pair, rest = attributes(header)
        assert pair.startswith("__Host-aw_")
        assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= rest
        assert not any(part.startswith("Domain") for part in rest)


def test_loopback_cookies_are_plain():
    """A browser takes no Secure cookie over http, and ``__Host-`` without Secure is none."""
    pair, rest = attributes(Cookies.of("http://localhost:9000").set_session(Secret(SECRET)))
    assert pair.startswith("aw_session_")
    assert rest == {"Path=/", "HttpOnly", "SameSite=Lax"}


def test_issuers_on_one_host_do_not_share_cookies():
    """Cookies do not know ports: localhost:9000 and localhost:9001 would sign each other's people out."""
    one, other = Cookies.of("http://localhost:9000"), Cookies.of("http://localhost:9001")
    names = [name for c in (one, other) for name in (c.session_name, c.browser_name, c.known_browser_name)]
    assert len(set(names)) == 6
    assert other.session(one.set_session(Secret(SECRET)).partition(";")[0]) is None


def test_what_was_set_is_read():
    cookies = Cookies.of("https://id.example.com")
    header = f"theme=dark; {cookies.session_name}={SECRET}; {cookies.known_browser_name}=x.1.y~z"
    assert cookies.session(header).reveal() == SECRET
    assert cookies.browser(header) is None
    assert cookies.known_browser(header) == "x.1.y~z"


def test_clearing_takes_effect_at_once():
    assert "Max-Age=0" in Cookies.of("https://id.example.com").clear_session()


@pytest.mark.parametrize("value", ["", "short", "s" * 42, "s" * 44, "s" * 42 + "=", "s" * 42 + "\n"])
def test_only_what_we_make_is_a_secret(value):
    """What does not have the shape of our secrets costs no look-up."""
    cookies = Cookies.of("https://id.example.com")
    assert cookies.session(f"{cookies.session_name}={value}") is None


@pytest.mark.parametrize("value", ["a;b", "a b", "a,b", "a\r\nSet-Cookie: x=y", 'a"', "ä"])
def test_a_cookie_cannot_carry_another_header(value):
    """:rfc:`6265#section-4.1.1`, cookie-octet."""
    with pytest.raises(ValueError, match="cannot hold"):
        Cookies.of("https://id.example.com").set_known_browser(value, timedelta(days=1))


@given(st.text())
def test_any_header_is_read(header):
    cookies = Cookies.of("https://id.example.com")
    assert cookies.session(header) is None
    assert cookies.browser(header) is None
    assert isinstance(cookies.known_browser(header), str)


def test_the_browser_is_named_once():
    cookies, entropy = Cookies.of("https://id.example.com"), CountingEntropy()
    first, is_new = browser_secret("", cookies, entropy)
    assert is_new
    again, is_new = browser_secret(f"{cookies.browser_name}={first.reveal()}", cookies, entropy)
    assert again.reveal() == first.reveal()
    assert not is_new
