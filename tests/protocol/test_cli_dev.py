"""`authwright dev`: the first five minutes, as a process on loopback."""

import json
import re
import signal
import socket
import stat
import time
import urllib.error
import urllib.request

import pytest

from authwright.oidc.claims import SCOPE_CLAIMS
from support.cli import authwright, development_server
from support.serving import free_port


def fetch(url, *, token=None, data=None):
    """Status and body. No proxy, whatever the environment says."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    try:
        with opener.open(urllib.request.Request(url, data, headers), timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("dev")


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def server(place, port):
    with development_server(place, port) as running:
        yield running


def test_it_says_what_there_is(server, port):
    """What it says at its start, line by line."""
    lines = [line.strip() for line in server.said.splitlines() if line.strip()]
    patterns = [
        rf"Issuer    http://localhost:{port}",
        rf"Admin     http://localhost:{port}/first/[0-9A-Z-]{{9}}      \(works once, 10 minutes\)",
        (
            r"People    alice \(admin, editors\)   bob \(readers\)     password [a-z0-9-]{17}"
            r", or click to sign in"
        ),
        r"Clients   web \(public, PKCE, any loopback redirect\)   worker \(machine; secret in \S+\.secret\)",
        r"API       http://localhost:8000    items:read  items:write",
        r"Next      authwright demo          the whole story in a browser: app, API and IdP",
        r"authwright new fastapi   a protected API in one file",
        r"authwright token --as alice",
        r"authwright explain <token>",
        r"Ready in \d+\.\d s\.  Every login, token and refusal appears below with its reason\.",
    ]
    assert len(lines) == len(patterns)
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(pattern, line), line


def test_nothing_is_logged_before_it_is_ready(server):
    """The log begins with what somebody did; what the first start made is told by the block."""
    assert not any("saved" in line for line in server.log)


def test_it_is_the_issuer_that_it_says(server, port):
    """OpenID Connect Discovery §4.3: the issuer is the address."""
    status, body = fetch(f"http://localhost:{port}/.well-known/openid-configuration")
    assert status == 200
    assert json.loads(body)["issuer"] == f"http://localhost:{port}"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_it_listens_on_both_loopback_addresses(server, port, address):
    """Browsers begin with one and other programs with the other."""
    if address == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with socket.create_connection((address, port), timeout=30):
        pass


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_secrets_are_for_the_owner_alone(server, place):
    """Key, database, password and client secret: 0600 in a directory of 0700, kept out of git."""
    state = place / ".authwright"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    for name in ("key", "authwright.db", "password", "worker.secret"):
        assert stat.S_IMODE((state / name).stat().st_mode) == 0o600, name
    assert (state / ".gitignore").read_text() == "*\n"


def test_the_admin_link_leads_to_a_form(server, port):
    """It works once and by a POST: whoever follows it to have a look uses nothing up."""
    link = re.search(r"http://\S+/first/\S+", server.said)[0]
    for _ in range(2):
        status, body = fetch(link)
        assert status == 200
        assert 'name="new_password"' in body


@pytest.mark.parametrize("person", ["alice", "bob"])
def test_people_have_every_standard_claim(server, place, port, person):
    """The test user must have every standard claim of OpenID Connect Core §5.1."""
    done = authwright("token", "--as", person, "--scope", "openid profile email address phone", cwd=place)
    status, body = fetch(f"http://localhost:{port}/userinfo", token=done.out.strip())
    assert status == 200
    claims = json.loads(body)
    assert set(claims) == {"sub", *(name for names in SCOPE_CLAIMS.values() for name in names)}
    assert claims["preferred_username"] == person
    assert isinstance(claims["updated_at"], int)
    assert isinstance(claims["email_verified"], bool)


def test_a_refused_login_appears_with_its_reason(server, place, port, tmp_path):
    """Every login, token and refusal appears with its reason."""
    wrong = tmp_path / "wrong"
    wrong.write_text("not the password")
    done = authwright("token", "--as", "bob", "--password-file", str(wrong), cwd=place)
    assert done.code == 1
    assert "AW407" in done.err
    line = server.wait_for("login.failed")
    assert "the password is wrong" in line
    assert "not the password" not in "".join(server.log)


def test_a_port_in_use_is_one_clear_message(server, place, port):
    """The second server says so and ends; the first one goes on."""
    done = authwright("dev", "--port", str(port), cwd=place)
    assert done.code == 1
    assert done.err.startswith(f"error AW401  port {port} is in use\n")
    assert f"--port {port + 1}" in done.err
    assert "Traceback" not in done.err
    assert fetch(f"http://localhost:{port}/healthz")[0] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com"])
def test_it_is_for_this_machine_alone(tmp_path, host):
    """It has known passwords: debug mode with a public bind is refused, and nothing is written."""
    done = authwright("dev", "--host", host, cwd=tmp_path)
    assert done.code == 2
    assert "AW414" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_second_start_goes_on_with_everything(tmp_path):
    """Keys, people and passwords stay; a token from before is still good; changes are not undone."""
    port = free_port()
    with development_server(tmp_path, port) as first:
        token = authwright("token", "--as", "alice", cwd=tmp_path).out.strip()
        assert authwright("user", "disable", "bob", cwd=tmp_path).code == 0
        assert first.stop() == 0
    with development_server(tmp_path, port) as second:
        password = re.compile(r"password ([a-z0-9-]+)")
        assert password.search(first.said)[1] == password.search(second.said)[1]
        explained = authwright("explain", token, "--for", "http://localhost:8000", cwd=tmp_path)
        assert explained.code == 0, explained.out
        assert "disabled" in authwright("user", "list", cwd=tmp_path).out


def test_secrets_that_were_deleted_are_made_anew(tmp_path):
    """What it prints works, also after somebody has tidied up."""
    port = free_port()
    with development_server(tmp_path, port):
        pass
    for name in ("password", "worker.secret"):
        (tmp_path / ".authwright" / name).unlink()
    with development_server(tmp_path, port):
        for who in (("--as", "bob"), ("--client", "worker")):
            done = authwright("token", *who, cwd=tmp_path)
            assert done.code == 0, done.err


def test_a_start_that_fails_does_not_hide_the_server_that_runs(server, place):
    """Other commands go on finding it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert authwright("dev", "--port", str(taken.getsockname()[1]), cwd=place).code == 1
    assert authwright("token", "--client", "worker", cwd=place).code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_in_order(tmp_path, number):
    """Ctrl-C, or what a container sends: exit code 0 and no traceback, soon, with a connection open."""
    port = free_port()
    with development_server(tmp_path, port) as server, socket.create_connection(("127.0.0.1", port)):
        begun = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - begun < 15
    assert server.log[-1] == "Stopped.\n"
    assert "Traceback" not in "".join(server.log)
    assert not (tmp_path / ".authwright" / "authwright.db-wal").exists()


def test_settings_of_another_server_do_not_move_it(tmp_path):
    """Variables and files that were meant for a real server name neither its issuer nor its database."""
    port = free_port()
    (tmp_path / "authwright.toml").write_text('issuer = "https://id.example.com"\nnonsense = 1\n')
    extra = {
        "AUTHWRIGHT_ISSUER": "https://id.example.com",
        "AUTHWRIGHT_DATABASE_URL": "sqlite:////nonexistent/authwright.db",
    }
    with development_server(tmp_path, port, **extra):
        _, body = fetch(f"http://localhost:{port}/.well-known/openid-configuration")
        assert json.loads(body)["issuer"] == f"http://localhost:{port}"
