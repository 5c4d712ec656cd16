"""
From a thing that happened to a line of the log: JSON, or for a person at a terminal.

A log is read by people and programs that may not have what passes through the server, and in tools that obey
control characters. So three things are done to every value: fields whose names say that they are secret are
replaced, and so is anything in a text that has the shape of a token; control and invisible characters are
escaped, so that no value begins a line of its own or recolours a terminal; long values are cut. That is the
second net. The first is that nobody passes a secret here: `Secret` shows nothing, and the details of errors
are constants.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from authwright.idp.settings import LogLevel

REMOVED: Final = "[removed]"

_MAX_TEXT: Final = 1_000
_MAX_TRACEBACK: Final = 16_000
_MAX_DEPTH: Final = 4

_SECRET_WORDS: Final = frozenset(
    {
        "authorization",
        "assertion",
        "code",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "hash",
        "jwk",
        "key",
        "otp",
        "passcode",
        "passwd",
        "password",
        "passwords",
        "secret",
        "secrets",
        "token",
        "tokens",
        "verifier",
    }
)
"""A field whose name ends in one of these words is not shown."""

_SECRET_NAMES: Final = frozenset(
    {"dpop", "id_token_hint", "login_hint", "logout_hint", "request", "username"}
)
_PLAIN_NAMES: Final = frozenset({"status_code", "error_code", "exit_code"})

_SECRET_SHAPES: Final = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*"  # a JWT, or the beginning of one
    r"|[A-Za-z0-9_-]{43,}"  # what Entropy.secret makes: codes, tokens, cookies, client secrets
    r"|\$argon2[^\s]*"  # a password hash
    r"|(?<=earer )[^\s]+|(?<=asic )[^\s]+|(?<=DPoP )[^\s]+"  # credentials behind their scheme
    r"|(?<=password=)[^&\s]+|(?<=secret=)[^&\s]+|(?<=token=)[^&\s]+|(?<=code=)[^&\s]+|(?<=assertion=)[^&\s]+"
)

Encoder = Callable[[float, LogLevel, str, Mapping[str, object]], str]
"""From time, level, what happened and its fields to one line, without its end."""


def json_line(at: float, level: LogLevel, what: str, fields: Mapping[str, object]) -> str:
    """One JSON object in ASCII. ``time``, ``level`` and ``what`` come first, and no field replaces them."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    line = {"time": moment, "level": level, "what": what}
    line.update((name, value) for name, value in shown(fields).items() if name not in line)
    return json.dumps(line)


def console_line(at: float, level: LogLevel, what: str, fields: Mapping[str, object]) -> str:
    """Local time, what, who, client, why, and the rest; a traceback on lines of its own, indented."""
    told = shown(fields)
    trace = told.pop("traceback", None)
    moment = datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")
    mark = {"debug": " ", "info": " ", "warning": "!", "error": "✗"}[level]
    who = _printable(str(told.pop("subject", None) or "-"))
    client = _printable(str(told.pop("client_id", None) or "-"))
    why = [_printable(str(told.pop(name))) for name in ("detail", "reason", "message") if name in told]
    rest = [f"{_printable(name)}={_word(value)}" for name, value in told.items()]
    head = f"{moment} {mark} {_printable(what):<24} {who:<12} {client:<12}"
    line = f"{head} {'; '.join(why)}  {' '.join(rest)}".rstrip()
    if trace is not None:
        line += "".join(f"\n    {_printable(each)}" for each in str(trace).splitlines())
    return line


def shown(fields: Mapping[str, object]) -> dict[str, Any]:
    """*fields* as they may be written: JSON types, secrets replaced, long texts cut."""
    return {name: _shown(name, value, _MAX_DEPTH) for name, value in fields.items()}


def _shown(name: str, value: object, depth: int) -> Any:
    shown_value: Any = REMOVED
    if _is_secret_name(name):
        return shown_value
    match value:
        case None | bool() | int():
            shown_value = value
        case float() if math.isfinite(value):  # JSON has no NaN
            shown_value = value
        case Mapping() if depth:
            members = cast("Mapping[object, object]", value)
            shown_value = {str(key): _shown(str(key), item, depth - 1) for key, item in members.items()}
        case list() | tuple() | set() | frozenset() if depth:
            items = cast("list[object]", list(cast("Any", value)))
            shown_value = [_shown(name, item, depth - 1) for item in items]
        case bytes():
            shown_value = f"{len(value)} bytes"
        case _:
            shown_value = _text(str(value), _MAX_TRACEBACK if name == "traceback" else _MAX_TEXT)
    return shown_value


def _text(value: str, limit: int) -> str:
    # Secrets go before the cut, which could leave half of one in a shape that is not recognised.
    clean = _SECRET_SHAPES.sub(REMOVED, value[: 2 * _MAX_TRACEBACK])
    return clean if len(clean) <= limit else clean[:limit] + "…"


def _is_secret_name(name: str) -> bool:
    normal = name.lower().replace("-", "_")
    if normal in _PLAIN_NAMES:
        return False
    return normal in _SECRET_NAMES or normal.rpartition("_")[2] in _SECRET_WORDS


def _printable(text: str) -> str:
    """*text* on one line: what a terminal would obey, or not show, is escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _word(value: object) -> str:
    text = _printable(value if isinstance(value, str) else json.dumps(value))
    return json.dumps(text, ensure_ascii=False) if " " in text or "=" in text else text
