"""`authwright demo` as a process: what it says, where it listens, how it ends."""

import re
import signal
import socket

import httpx2
import pytest

from support.cli import AUTHWRIGHT, authwright, running
from support.demo import demo_in_a_thread

ANY = ("--port", "0", "--idp-port", "0", "--api-port", "0")


def address(said, label):
    return re.search(rf"{label}\s+(http://localhost:\d+)", said)[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_to_begin_and_ends_when_told(tmp_path, number):
    """Three addresses, people and password; Ctrl-C ends it with 0, and what it made is gone."""
    with running(AUTHWRIGHT, "demo", *ANY, cwd=tmp_path, ready="Ready in") as demo:
        app, issuer, api = (address(demo.said, label) for label in ("Open", "Issuer", "API"))
        assert httpx2.get(app + "/sign-in", trust_env=False).status_code == 200
        assert (
            httpx2.get(issuer + "/.well-known/openid-configuration", trust_env=False).json()["issuer"]
            == issuer
        )
        refused = httpx2.get(api + "/items", trust_env=False)
        assert (refused.status_code, refused.json()["code"]) == (401, "AW101")
        assert re.search(r"alice \(admin, editors\)   bob \(readers\)   password [a-z0-9-]{17}", demo.said)
        demo.wait_for("AW101")
        assert demo.stop(number) == 0
        assert "Stopped." in "".join(demo.log)
        assert "Traceback" not in "".join(demo.log)
    assert list(tmp_path.iterdir()) == []
    assert not re.search(r"State\s+(\S+)", demo.said)[1].startswith(str(tmp_path))


@pytest.mark.parametrize("option", ["--port", "--idp-port", "--api-port"])
def test_a_port_that_is_taken(tmp_path, option):
    """It says which port, and the option for another; nothing is left behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = authwright("demo", *ANY, option, str(port), cwd=tmp_path)
    assert done.code == 1
    assert f"AW401  port {port} is in use" in done.err
    assert f"{option} {port + 1}" in done.err
    assert "Traceback" not in done.err


def test_state_in_a_directory_of_ones_own(tmp_path):
    """A second start goes on with the people and secrets of the first, wherever it listens."""
    directory = tmp_path / "state"
    with demo_in_a_thread(directory) as first:
        password, issuer = first.password, first.issuer
    with demo_in_a_thread(directory) as second:
        assert second.password == password
        assert second.issuer != issuer
        page = httpx2.get(second.app + "/sign-in", trust_env=False).text
        assert second.api in page
    for file in directory.iterdir():
        assert file.name == "authwright.toml" or file.stat().st_mode & 0o077 == 0, file


def test_its_api_describes_itself(tmp_path):
    """Protected resource metadata (RFC 9728 §3) and scopes in OpenAPI."""
    with demo_in_a_thread(tmp_path) as demo:
        metadata = httpx2.get(demo.api + "/.well-known/oauth-protected-resource", trust_env=False).json()
        assert metadata["resource"] == demo.api
        assert metadata["authorization_servers"] == [demo.issuer]
        schema = httpx2.get(demo.api + "/openapi.json", trust_env=False).json()
        assert schema["paths"]["/items"]["get"]["security"] == [{"OAuth2": ["items:read"]}]
