"""authwright.idp.log and log_encoding."""

import ast
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

import authwright
from authwright.authorization_server.events import Event, EventKind
from authwright.idp.entropy import SystemEntropy
from authwright.idp.log import Log
from authwright.idp.log_encoding import REMOVED, console_line, json_line
from authwright.jose import jwt
from authwright.jose.jwk import generate_jwk
from authwright.oauth import errors
from authwright.oauth.types import ClientId, Secret, Subject, Timestamp

AT = 1_800_000_000.125
SOURCES = Path(authwright.__file__).parent


@pytest.fixture(params=[json_line, console_line])
def encode(request):
    return request.param


@pytest.fixture
def lines():
    return []


def log_to(lines, encode=json_line, level="info"):
    return Log(lines.append, encode, level=level, now=lambda: AT)


def test_json_line(lines):
    """One object a line: time, level, what, and the fields in their JSON types."""
    log_to(lines).info(
        "token.issued", client_id="web", lifetime=600, took=0.5, scope=("a", "b"), refreshed=False, none=None
    )
    assert len(lines) == 1
    assert lines[0].endswith("}\n")
    assert json.loads(lines[0]) == {
        "time": "2027-01-15T08:00:00.125+00:00",
        "level": "info",
        "what": "token.issued",
        "client_id": "web",
        "lifetime": 600,
        "took": 0.5,
        "scope": ["a", "b"],
        "refreshed": False,
        "none": None,
    }


def test_console_line(lines):
    """For people: time, what, who, client, why, then the rest."""
    log_to(lines, console_line).warning(
        "login.failed",
        subject="alice",
        client_id="web",
        detail="the password is wrong",
        network="::1",
        note="a b",
    )
    moment = datetime.fromtimestamp(AT).astimezone().strftime("%H:%M:%S")
    words = lines[0].split()
    assert words[:5] == [moment, "!", "login.failed", "alice", "web"]
    assert lines[0].endswith('the password is wrong  network=::1 note="a b"\n')


def test_audit_events(lines):
    """Every login, token and refusal is one line with its reason; what is empty is left out."""
    log = log_to(lines)
    log.event(
        Event(EventKind.TOKEN_ISSUED, Timestamp(1), client_id=ClientId("web"), subject=Subject("alice"))
    )
    log.event(Event(EventKind.CODE_REPLAYED, Timestamp(1), client_id=ClientId("web"), detail="the reason"))
    issued, replayed = map(json.loads, lines)
    assert {k: v for k, v in issued.items() if k != "time"} == {
        "level": "info",
        "what": "token.issued",
        "client_id": "web",
        "subject": "alice",
    }
    assert (replayed["level"], replayed["detail"]) == ("warning", "the reason")


@pytest.mark.parametrize(("level", "expected"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_levels(lines, level, expected):
    """Lines below the level are not written."""
    log = log_to(lines, level=level)
    for write in (log.debug, log.info, log.warning, log.error):
        write("something")
    assert len(lines) == expected


def test_a_level_that_is_off_costs_nothing(lines):
    """What is not written is not encoded either."""
    log = Log(lines.append, lambda *_: pytest.fail("encoded"), level="error")
    log.info("something", x=1)
    log.event(Event(EventKind.TOKEN_ISSUED, Timestamp(1)))
    log.handler().emit(logging.LogRecord("uvicorn", logging.INFO, "", 0, "x", (), None))


SECRETS = {
    "password": "correct horse battery",
    "new_password": "x",
    "client_secret": "s",
    "code": "c",
    "user_code": "WDJB-MJHT",
    "code_verifier": "v",
    "token": "t",
    "access_token": "t",
    "refresh-token": "t",
    "id_token_hint": "t",
    "Authorization": "Basic eDp5",
    "Cookie": "a=b",
    "set-cookie": "a=b",
    "DPoP": "p",
    "client_assertion": "a",
    "password_hash": "h",
    "key_encryption_key": "k",
    "private_jwk": "j",
    "username": "maybe a password",
}


@pytest.mark.parametrize(("name", "value"), SECRETS.items())
def test_secret_fields_are_replaced(lines, encode, name, value):
    """By their names, in any spelling, also inside of others."""
    marked = f"XYZZY {value}"
    log = log_to(lines, encode)
    log.info("something", **{name: marked})
    log.info("something", headers={name: marked}, deep=[{"x": {name: [marked]}}])
    assert not any("XYZZY" in line for line in lines)
    assert all(REMOVED in line for line in lines)


def test_names_that_only_sound_secret(lines):
    """What operators need to see is shown."""
    fields = {
        "status_code": 200,
        "error_code": "x",
        "token_type": "Bearer",
        "kid": "2026-11a",
        "key_count": 2,
    }
    log_to(lines).info("something", **fields)
    assert json.loads(lines[0]).items() >= fields.items()


ENTROPY = SystemEntropy()
SHAPES = [
    ENTROPY.secret(),
    "prefix_" + ENTROPY.secret(),
    jwt.sign({"sub": "alice"}, generate_jwk("ES256"), typ="at+jwt"),
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
]


@pytest.mark.parametrize("secret", SHAPES)
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "GET /authorize?x={}&state=1 HTTP/1.1",
        "failed: '{}'",
        "Authorization: Bearer {}",
        "{}\nand more",
    ],
)
def test_what_looks_like_a_secret_is_replaced(lines, encode, secret, text):
    """Tokens and hashes in texts, whatever the field is called: messages of libraries, tracebacks."""
    log = log_to(lines, encode)
    log.info("something", note=text.format(secret))
    log.error("broken", ValueError(text.format(secret)))
    log.handler().emit(
        logging.LogRecord("lib", logging.ERROR, "", 0, text.replace("{}", "%s"), (secret,), None)
    )
    assert len(lines) == 3
    assert not any(secret in line for line in lines)
    assert all(REMOVED in line for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "Basic dXNlcjpwYXNz",
        "bearer abc",
        "DPoP abc",
        "?code=abc&x=1",
        "password=abc",
        "client_secret=abc",
        "x_token=abc",
    ],
)
def test_credentials_in_texts_are_replaced(lines, encode, text):
    """Short ones are known by what stands before them."""
    log_to(lines, encode).info("something", note=text)
    assert "abc" not in lines[0]
    assert "dXNl" not in lines[0]


def test_the_cut_leaves_no_half_secret(lines, encode):
    """A token at the place where a long text is cut goes as a whole."""
    secret = jwt.sign({"sub": "alice" * 50}, generate_jwk("ES256"), typ="at+jwt")
    for before in range(900, 1001, 7):
        log_to(lines, encode).info("something", note="." * before + secret)
    assert not any("eyJ" in line for line in lines)
    assert max(map(len, lines)) < 1200


def test_secrets_show_nothing(lines, encode):
    """A Secret that gets here stays one."""
    log_to(lines, encode).info("something", note=Secret("XYZZY"), many=[Secret("XYZZY")], raw=b"XYZZY")
    assert "XYZZY" not in lines[0]


HOSTILE = [
    "a\nb",
    "a\r\nb",
    "a\x1b[31mb",
    "a\x00b",
    "a\x7fb",
    "a\x9bb",
    "a\u2028b",
    "a\u202eb",
    "a\u200bb",
    "a\ud800b",
    '","level":"error',
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["note", "subject", "client_id", "detail"])
def test_no_value_begins_a_line_or_moves_the_cursor(lines, encode, value, field):
    """Control, invisible and direction characters are escaped: no forged line."""
    log_to(lines, encode).info("something", **{field: value})
    assert len(lines) == 1
    line = lines[0].removesuffix("\n")
    assert line.isprintable()
    line.encode("utf-8")
    if encode is json_line:
        assert line.isascii()
        assert json.loads(line)[field] == value


def test_fields_cannot_replace_the_head(lines):
    """time, level and what are the log's own."""
    log_to(lines).info("something", level="error", time="never", note="x " * 2500)
    line = json.loads(lines[0])
    assert (line["level"], line["what"]) == ("info", "something")
    assert len(line["note"]) == 1001


def test_errors_have_their_traceback(lines, encode):
    """A fault can be found: the traceback is there, in JSON as a field, at the console indented."""
    try:
        raise RuntimeError("it broke")
    except RuntimeError as error:
        log_to(lines, encode).error("bug", error, path="/token")
    assert "RuntimeError: it broke" in lines[0]
    assert "test_log.py" in lines[0]
    assert all(line.startswith("    ") for line in lines[0].splitlines()[1:])


def test_libraries_log_through_it(lines):
    """uvicorn's lines and tracebacks come by the same encoder, at their level."""
    logger = logging.Logger("uvicorn.error")  # noqa: LOG001 - not the process's own
    logger.addHandler(log_to(lines).handler())
    logger.warning("%s is strange", "this\nthing")
    try:
        raise RuntimeError("it broke")
    except RuntimeError:
        logger.exception("broken")
    logger.debug("not written")
    logger.log(5, "nor this")
    logger.critical("fatal")
    warning, broken, fatal = map(json.loads, lines)
    assert (warning["what"], warning["level"], warning["message"]) == (
        "uvicorn.error",
        "warning",
        "this\nthing is strange",
    )
    assert "RuntimeError: it broke" in broken["traceback"]
    assert fatal["level"] == "error"


def test_a_log_that_cannot_be_written_stops_nothing():
    """A full disk or a closed pipe loses lines and refuses no login."""

    def full(_line):
        raise OSError(28, "No space left on device")

    Log(full, json_line).info("something")


def test_values_of_any_type(lines, encode):
    """Whatever is passed becomes a line: nested deeper than anybody reads, keys that are no strings, NaN."""
    deep = value = {}
    for _ in range(50):
        value["x"] = value = {}
    log_to(lines, encode).info(
        "something", deep=deep, keys={1: object}, nan=float("nan"), at=datetime.fromtimestamp(0, UTC)
    )
    assert len(lines) == 1


def test_to_stderr(capsys):
    """A process logs to standard error."""
    Log.to_stderr("info", "json").info("something")
    Log.to_stderr("info", "console").info("something")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 2


def details():
    """What the code says of each refusal: the first argument of whatever makes an `OAuthError`."""
    codes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.OAuthError)
    }
    return sorted(
        {
            call.args[0].value
            for source in SOURCES.rglob("*.py")
            for call in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in codes
            and call.args
            and isinstance(call.args[0], ast.Constant)
        }
    )


def test_every_detail_is_logged_as_it_stands_in_the_code(lines, encode):
    """A line of the log is a search through the code: no detail has the shape of a secret."""
    log = log_to(lines, encode)
    for detail in details():
        log.warning("request.refused", detail=detail)
    assert len(lines) > 100
    assert [line for line in lines if REMOVED in line] == []
