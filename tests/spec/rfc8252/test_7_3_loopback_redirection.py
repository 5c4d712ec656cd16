"""RFC 8252 §7.3, loopback interface redirection: the port is free, and nothing else is."""

import pytest

from authwright.authorization_server.policy import Policy
from authwright.idp.settings import load
from authwright.jose.encoding import b64url_encode
from authwright.oauth.redirect_uri import is_loopback, matches
from authwright.oauth.types import ClientId


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


@pytest.mark.parametrize(
    "received",
    [
        "http://localhost",
        "http://localhost:5173/any/path/at/all?with=a%20query",
        "http://127.0.0.1:65535/",
        "http://[::1]:3000/cb",
    ],
)
def test_a_uri_of_this_machine(received):
    """Any port and any path, for servers that are on this machine themselves."""
    assert is_loopback(received)


@pytest.mark.parametrize(
    "received",
    [
        "",
        "http://",
        "/callback",
        "https://localhost/callback",
        "http://localhost:0/",
        "http://localhost:65536/",
        "http://localhost/a#fragment",
        "http://localhost/a/../b",
        "http://localhost/a/%2e%2E/b",
        "http://user@localhost/",
        "http://localhost@evil.example/",
        "http://localhost.evil.example/",
        "http://evil.example/",
        "http://localhost\\@evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://127.1/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "http://192.168.0.1/",
        "com.example.app:/callback",
        "javascript:alert(1)//http://localhost/",
        "http://localhost/\n",
        "http://localhost/" + "a" * 2048,
    ],
)
def test_not_a_uri_of_this_machine(received):
    """What all parsers read alike, and nothing else: it is going to be redirected to."""
    assert not is_loopback(received)


def test_any_path_is_for_the_clients_that_the_policy_names():
    """Nobody, unless the server is for development. RFC 9700 §4.1.3: elsewhere redirect URIs are exact."""
    web, other, received = ClientId("web"), ClientId("other"), "http://localhost:8080/any"
    development = Policy(any_loopback_redirect=frozenset({web}))
    assert development.is_registered(received, (), web)
    assert not development.is_registered("https://app.example.com/any", (), web)
    assert not development.is_registered(received, (), other)
    assert development.is_registered(received, ("http://localhost/any",), other)
    assert not Policy().is_registered(received, ("http://localhost/",), web)


def test_only_a_development_server_names_one():
    """No setting does: a declaration, a file or a variable that asks for it does not exist."""
    key = b64url_encode(bytes(range(32)))
    environ = {"AUTHWRIGHT_ISSUER": "http://localhost:9000", "AUTHWRIGHT_KEY_ENCRYPTION_KEY": key}
    assert load(environ=environ).policy().any_loopback_redirect == frozenset()
    assert load(environ=environ, dev=True).policy().any_loopback_redirect == {"web"}
