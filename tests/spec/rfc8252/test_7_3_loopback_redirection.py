"""RFC 8252 §7.3, loopback interface redirection: the port is free, and nothing else is."""

import pytest

from authwright.oauth.redirect_uri import matches


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_loopback_port_is_free(host):
    """The port of a loopback redirect is chosen at run time. MUST, RFC 8252 §7.3."""
    for registered in (f"http://{host}/callback", f"http://{host}:8080/callback"):
        assert matches(registered, f"http://{host}:51004/callback")
        assert matches(registered, f"http://{host}/callback")
        assert matches(registered, f"http://{host}:65535/callback")
    assert matches(f"http://{host}", f"http://{host}:1")
    assert matches(f"http://{host}?a=1", f"http://{host}:1?a=1")


@pytest.mark.parametrize(
    "received",
    [
        "http://127.0.0.1:1/other",
        "http://127.0.0.1:1/callback?x=1",
        "http://127.0.0.1:1/callback/",
        "http://127.0.0.1:1/callback#x",
        "https://127.0.0.1:1/callback",
        "http://localhost:1/callback",
        "http://[::1]:1/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:01/callback",
        "http://127.0.0.1:1@evil.example/callback",
        "http://127.0.0.1:1.evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:1\\@evil.example/callback",
        "http://evil.example/http://127.0.0.1:1/callback",
        "http://127.0.0.1:٣/callback",
        "http://127.0.0.1:1/callback\n",
    ],
)
def test_only_the_port_is_free(received):
    """Scheme, host, path and query of a loopback redirect are compared as ever."""
    assert not matches("http://127.0.0.1/callback", received)


def test_the_port_of_other_hosts_is_not_free():
    """The exception is for the loopback interface only."""
    assert not matches("https://app.example.com/", "https://app.example.com:8443/")
    assert not matches("http://app.example.com/", "http://app.example.com:8080/")
    assert not matches("https://localhost/", "https://localhost:8443/")


@pytest.mark.parametrize(
    "received",
    ["http://127.0.0.1.evil.example", "http://127.0.0.1:1@evil.example", "http://127.0.0.1:1.evil.example/"],
)
def test_a_registered_uri_without_a_path(received):
    """Nothing may follow the host but a port."""
    assert not matches("http://127.0.0.1", received)
    assert not matches("http://127.0.0.1:2@evil.example", received)
