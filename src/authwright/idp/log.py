"""
The log: one line for one thing that happened, on standard error.

A `Log` is a value that is passed in; nothing is global. `Log.handler` brings in the lines of libraries that
use `logging`. What may stand in a line is decided in `log_encoding`.
"""

import logging
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields as fields_of
from typing import Final, final

from typing_extensions import override

from authwright.authorization_server.events import Event, EventKind
from authwright.idp.log_encoding import Encoder, console_line, json_line
from authwright.idp.settings import LogFormat, LogLevel

_LEVELS: Final[Mapping[LogLevel, int]] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_NAMES: Final[Mapping[int, LogLevel]] = {number: name for name, number in _LEVELS.items()}

_WARNINGS: Final = frozenset(
    {
        EventKind.LOGIN_FAILED,
        EventKind.LOGIN_THROTTLED,
        EventKind.CODE_REPLAYED,
        EventKind.REFRESH_TOKEN_REUSED,
        EventKind.ADMIN_RECOVERED,
    }
)

_EVENT_FIELDS: Final = tuple(field.name for field in fields_of(Event) if field.name not in ("kind", "at"))


@final
class Log:
    """Writes lines of *level* and above. What cannot be written is lost: a full disk stops no login."""

    def __init__(
        self,
        write: Callable[[str], object],
        encode: Encoder,
        *,
        level: LogLevel = "info",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._write = write
        self._encode = encode
        self._level = _LEVELS[level]
        self._now = now

    @classmethod
    def to_stderr(cls, level: LogLevel, log_format: LogFormat) -> "Log":
        """The log of a process: containers and systemd collect it from there."""
        return cls(sys.stderr.write, json_line if log_format == "json" else console_line, level=level)

    def debug(self, what: str, /, **fields: object) -> None:
        """For whoever looks for a fault."""
        if self._level <= _LEVELS["debug"]:
            self._line("debug", what, fields)

    def info(self, what: str, /, **fields: object) -> None:
        """Something happened as it should."""
        if self._level <= _LEVELS["info"]:
            self._line("info", what, fields)

    def warning(self, what: str, /, **fields: object) -> None:
        """Somebody was refused, or something is worth a look."""
        if self._level <= _LEVELS["warning"]:
            self._line("warning", what, fields)

    def error(self, what: str, error: BaseException | None = None, /, **fields: object) -> None:
        """A fault of ours, or of what we stand on; with the traceback of *error*."""
        if error is not None:
            fields["traceback"] = "".join(traceback.format_exception(error))
        self._line("error", what, fields)

    def event(self, event: Event) -> None:
        """A line of the audit log, once it is committed."""
        level: LogLevel = "warning" if event.kind in _WARNINGS else "info"
        if self._level <= _LEVELS[level]:
            told = {name: value for name in _EVENT_FIELDS if (value := getattr(event, name))}
            self._line(level, event.kind.value, told)

    def handler(self) -> logging.Handler:
        """For `logging.Logger.addHandler`: the lines of uvicorn and others through the same encoder."""
        return _Handler(self)

    def _line(self, level: LogLevel, what: str, fields: Mapping[str, object]) -> None:
        with suppress(OSError, ValueError):
            self._write(self._encode(self._now(), level, what, fields) + "\n")

    def library_line(self, record: logging.LogRecord) -> None:
        """One record of `logging`."""
        level = _NAMES[min(40, max(10, record.levelno // 10 * 10))]
        if self._level <= _LEVELS[level]:
            fields: dict[str, object] = {"message": record.getMessage()}
            if record.exc_info and record.exc_info[1] is not None:
                fields["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))
            self._line(level, record.name, fields)


@final
class _Handler(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._log.library_line(record)
        except Exception:  # noqa: BLE001 - as every handler of the standard library
            self.handleError(record)
