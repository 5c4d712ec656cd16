"""`authwright init`, `serve`, and the commands that work beside a running server."""

import json
import signal
import stat
import time
from pathlib import Path

import pytest

from authwright.idp.configuration_error import Problem
from authwright.jose import jws
from authwright.jose.encoding import parse_json_object
from support.cli import AUTHWRIGHT, authwright, in_process, running, secret_in
from support.serving import free_port

EXAMPLE = Path(__file__).parents[2] / "examples" / "idp.toml"
STATE = """
[[api]]
resource = "https://api.example.com"
name = "API"
[api.scopes]
"items:read" = "Read"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def issuer(port):
    return f"http://localhost:{port}"


@pytest.fixture(scope="module")
def said(place, issuer, port):
    """What `init` said."""
    done = authwright("init", "--issuer", issuer, "--port", str(port), cwd=place)
    assert done.code == 0, done.err
    return done.out


@pytest.fixture(scope="module", autouse=True)
def server(place, said):
    """`serve`, with one API."""
    with running(AUTHWRIGHT, "serve", cwd=place, ready="server.ready") as running_server:
        (place / "state.toml").write_text(STATE)
        assert authwright("apply", "state.toml", cwd=place).code == 0
        yield running_server


def test_init_writes_settings_and_a_key_for_the_owner_alone(place, said, issuer):
    """And a link for the first administrator, under the issuer."""
    assert stat.S_IMODE((place / "authwright.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((place / "authwright.db").stat().st_mode) == 0o600
    assert f"{issuer}/first/" in said


def test_init_overwrites_nothing(place):
    """A key that is overwritten is lost, and all that it sealed."""
    before = (place / "authwright.key").read_bytes()
    done = in_process("init", "--issuer", "https://id.example.com", cwd=place)
    assert done.code == 1
    assert "AW403" in done.err
    assert (place / "authwright.key").read_bytes() == before


@pytest.mark.parametrize("wrong", ["http://id.example.com", "id.example.com", "https://id.example.com?x", ""])
def test_init_refuses_an_issuer_that_is_none(tmp_path, wrong):
    """RFC 8414 §2. Nothing is written."""
    done = in_process("init", "--issuer", wrong, cwd=tmp_path)
    assert done.code == 2
    assert list(tmp_path.iterdir()) == []


def test_init_fills_a_postgresql(tmp_path, postgresql_database):
    """And leaves no file of a database beside it."""
    done = in_process(
        "init", "--issuer", "https://id.example.com", "--database-url", postgresql_database, cwd=tmp_path
    )
    assert done.code == 0, done.err
    assert "https://id.example.com/first/" in done.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["authwright.key", "authwright.toml"]
    assert in_process("user", "list", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("database_url", "code", "word"),
    [
        ("postgresql://idp@127.0.0.1:1/idp", 1, "AW411"),
        ("postgresql://idp:secret@127.0.0.1:1/idp", 2, "database_password_file"),
        ("mysql://127.0.0.1/idp", 2, "database_url"),
    ],
)
def test_nothing_stays_of_an_init_that_failed(tmp_path, database_url, code, word):
    """So that it can be tried again; and a secret is not repeated."""
    issuer = ("--issuer", "https://id.example.com")
    done = in_process("init", *issuer, "--database-url", database_url, cwd=tmp_path)
    assert done.code == code
    assert word in done.err
    assert "secret@" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_healthcheck_tells_by_its_exit_code(place, issuer):
    """0 when the server can serve, 1 when it cannot."""
    assert in_process("healthcheck", cwd=place).code == 0
    done = in_process("healthcheck", "--url", "http://127.0.0.1:1/healthz", cwd=place)
    assert done.code == 1
    assert "AW413" in done.err
    assert in_process("healthcheck", "--url", f"{issuer}/nothing", cwd=place).code == 1
    assert in_process("healthcheck", "--url", "file:///etc/passwd", cwd=place).code == 2


def test_check_shows_settings_without_secrets(place):
    """Each value, and where it came from."""
    done = in_process("check", cwd=place, AUTHWRIGHT_ACCESS_TOKEN_LIFETIME="5m")
    assert done.code == 0
    assert "Secret(…)" in done.out
    assert (place / "authwright.key").read_text().strip() not in done.out
    line = next(line for line in done.out.splitlines() if "access_token_lifetime" in line)
    assert line.split() == ["access_token_lifetime", "5m", "AUTHWRIGHT_ACCESS_TOKEN_LIFETIME"]


@pytest.mark.parametrize("command", ["check", "serve", "client list", "token --as x"])
def test_wrong_settings_end_with_2(tmp_path, command):
    """Which setting, what was received, what was expected, which line to write."""
    (tmp_path / "authwright.toml").write_text('isuer = "https://id.example.com"')
    done = authwright(*command.split(), cwd=tmp_path)
    assert done.code == 2
    assert Problem.UNKNOWN_SETTING.value in done.err
    assert "issuer" in done.err
    assert "Traceback" not in done.err


def test_a_second_server_on_the_port_says_so(place):
    """As `dev` does."""
    done = authwright("serve", cwd=place)
    assert done.code == 1
    assert "AW401" in done.err


def test_a_server_without_people_says_how_to_make_one(server):
    """Nobody is left before a login page without an account; and every line of the log is JSON."""
    line = server.wait_for("authwright admin recover")
    assert json.loads(line)["what"] == "server.without_accounts"


def test_a_machine_added_beside_the_server_gets_a_token(place, server):
    """The secret is shown once; the running server knows the client at once, and a change within a second."""
    done = in_process("client", "add", "job", "--machine", "--scope", "items:read", cwd=place)
    assert done.code == 0, done.err
    first = secret_in(done.out)
    assert token(place, "job", first).code == 0
    rotated = in_process("client", "rotate-secret", "job", cwd=place)
    second = secret_in(rotated.out)
    assert soon(place, {first: 0, second: 0})
    assert in_process("client", "rotate-secret", "job", "--finish", cwd=place).code == 0
    assert soon(place, {first: 1, second: 0})
    third = secret_in(in_process("client", "rotate-secret", "job", "--now", cwd=place).out)
    assert soon(place, {second: 1, third: 0})
    assert in_process("client", "disable", "job", cwd=place).code == 0
    assert soon(place, {third: 1})
    assert in_process("client", "enable", "job", cwd=place).code == 0
    assert soon(place, {third: 0})
    assert in_process("client", "delete", "job", "--yes", cwd=place).code == 0
    assert soon(place, {third: 1})
    assert first not in "".join(server.log)


def soon(place, codes):
    """Wait until each secret of ``job`` has its exit code. It takes a quarter of a second, docs/adr/0024."""
    deadline = time.monotonic() + 5
    while any(token(place, "job", secret).code != code for secret, code in codes.items()):
        assert time.monotonic() < deadline
    return True


def token(place, client_id, secret):
    file = place / "secret"
    file.write_text(secret)
    return in_process("token", "--client", client_id, "--secret-file", str(file), cwd=place)


def test_a_person_added_beside_the_server_signs_in_until_disabled(place):
    """The password comes by standard input and never by an argument."""
    uri = "http://127.0.0.1/callback"
    options = ("--public", "--redirect-uri", uri, "--scope", "openid items:read")
    assert in_process("client", "add", "spa", *options, cwd=place).code == 0
    password = "walnut drawer spokeshave lantern"
    done = in_process("user", "add", "carol", "--role", "auditor", cwd=place, input=f"{password}\n")
    assert done.code == 0, done.err
    file = place / "carol"
    file.write_text(password)
    sign_in = (
        "token",
        "--as",
        "carol",
        "--client",
        "spa",
        "--password-file",
        str(file),
        "--scope",
        "items:read",
    )
    done = in_process(*sign_in, cwd=place)
    assert done.code == 0, done.err
    assert parse_json_object(jws.parse(done.out.strip()).unverified_payload)["roles"] == ["auditor"]
    assert in_process("user", "disable", "carol", cwd=place).code == 0
    assert "AW407" in in_process(*sign_in, cwd=place).err
    assert in_process("user", "enable", "carol", cwd=place).code == 0
    done = in_process("user", "set-password", "Carol", cwd=place, input="another mortise gauge entirely\n")
    assert done.code == 0
    assert "AW407" in in_process(*sign_in, cwd=place).err
    assert in_process("user", "delete", "carol", "--yes", cwd=place).code == 0


@pytest.mark.parametrize(
    ("arguments", "input_", "code", "message"),
    [
        (("user", "show", "alcie"), "", 1, "AW404"),
        (("user", "add", "dora"), "", 1, "AW408"),
        (("user", "add", "dora"), "password1234\n", 1, "AW408"),
        (("user", "add", "do ra", "--link"), "", 2, "AW304"),
        (("user", "add", "dora", "--link", "--group", "editor"), "", 2, "AW307"),
        (("user", "delete", "nobody"), "", 1, "AW404"),
        (("client", "show", "spaa"), "", 1, "AW404"),
        (("client", "add", "x"), "", 2, "AW306"),
        (("client", "add", "x", "--redirect-uri", "http://x.example"), "", 2, "AW304"),
        (("client", "add", "x", "--machine", "--scope", "items:fly"), "", 2, "AW307"),
        (("client", "rotate-secret", "x", "--now", "--finish"), "", 2, "--finish"),
        (("apply", "nothing.toml"), "", 2, "AW311"),
        (("admin", "recover", "nobody"), "", 1, "AW404"),
        (("migrate", "--config", "nothing.toml"), "", 2, Problem.UNREADABLE_FILE.value),
    ],
)
def test_what_cannot_be_done_says_why(place, arguments, input_, code, message):
    """One message, exit code 1 or 2, no traceback."""
    done = in_process(*arguments, cwd=place, input=input_)
    assert done.code == code, done.err
    assert message in done.err
    assert "Traceback" not in done.err


def test_apply_shows_what_it_would_do_and_does_it_once(place, server):
    """Plan, apply, and nothing the second time."""
    dry = in_process("apply", str(EXAMPLE), "--dry-run", cwd=place)
    assert dry.code == 0
    assert "  + client  notes-web\n" in dry.out
    assert "Nothing was changed (--dry-run)." in dry.out
    assert "notes-web" not in in_process("client", "list", cwd=place).out
    done = authwright("apply", str(EXAMPLE), cwd=place)
    assert done.code == 0, done.err
    assert "10 created." in done.out
    secret = secret_in(done.out)
    again = in_process("apply", str(EXAMPLE), cwd=place)
    assert "10 unchanged." in again.out
    assert "shown this once" not in again.out
    assert secret not in "".join(server.log)


def test_a_link_sets_a_person_s_password(place, issuer):
    """Nobody but the person ever knows it."""
    done = in_process("user", "add", "erik", "--link", cwd=place)
    assert f"{issuer}/recover/" in done.out
    assert f"{issuer}/recover/" in in_process("admin", "recover", "erik", cwd=place).out
    assert f"{issuer}/first/" in in_process("admin", "recover", cwd=place).out


def test_keys_rotate_while_the_server_runs(place):
    """A successor waits; --now makes one that signs."""
    assert in_process("keys", "rotate", cwd=place).code == 0
    assert "signs from" in in_process("keys", "list", cwd=place).out
    assert "Nothing to do" in in_process("keys", "rotate", cwd=place).out
    done = in_process("keys", "rotate", "--now", cwd=place)
    made = done.out.split()[1].rstrip(",")
    line = next(line for line in in_process("keys", "list", cwd=place).out.splitlines() if made in line)
    assert line.split()[2] == "signs"


def test_a_key_is_withdrawn_while_the_server_runs(place):
    """Not without a yes; then another signs, and a second withdrawal finds nothing."""
    kid = next(line for line in in_process("keys", "list", cwd=place).out.splitlines() if " signs " in line)
    kid = kid.split()[0]
    asked = in_process("keys", "withdraw", kid, cwd=place, input="n\n")
    assert asked.code != 0
    assert "worthless" in asked.err
    assert kid in in_process("keys", "list", cwd=place).out
    done = in_process("keys", "withdraw", kid, "--yes", cwd=place)
    assert done.code == 0
    assert "signs in its place" in done.out
    assert kid not in in_process("keys", "list", cwd=place).out
    again = in_process("keys", "withdraw", kid, "--yes", cwd=place)
    assert (again.code, "AW404" in again.err) == (1, True)


def test_migrate_says_that_there_is_nothing_to_do(place):
    """`serve` has done it."""
    assert "Nothing to do" in in_process("migrate", "--plan", cwd=place).out
    assert in_process("migrate", cwd=place).code == 0


def test_a_database_that_is_none_is_said(tmp_path):
    """Not a traceback, and not a new database at a path that was mistyped."""
    assert in_process("init", "--issuer", "https://id.example.com", cwd=tmp_path).code == 0
    elsewhere = {"AUTHWRIGHT_DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    done = in_process("user", "list", cwd=tmp_path, **elsewhere)
    assert (done.code, "AW404" in done.err) == (1, True)
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "none.db").write_text("this is no database, whatever its name says\n" * 100)
    for command in ("user list", "serve", "migrate --plan"):
        done = authwright(*command.split(), cwd=tmp_path, **elsewhere)
        assert done.code == 1, done.err
        assert "AW411" in done.err
        assert "Traceback" not in done.err


def test_it_stops_in_order(tmp_path):
    """SIGTERM, as containers send it: exit code 0, and the log says so."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    assert in_process("init", "--issuer", issuer, "--port", str(port), cwd=tmp_path).code == 0
    with running(AUTHWRIGHT, "serve", cwd=tmp_path, ready="server.ready") as second:
        # A reload, which takes two workers, does not end a server of one.
        second.process.send_signal(signal.SIGHUP)
        second.wait_for("server.not_reloaded")
        assert in_process("healthcheck", cwd=tmp_path).code == 0
        assert second.stop(signal.SIGTERM) == 0
    assert "server.stopped" in second.log[-1]
