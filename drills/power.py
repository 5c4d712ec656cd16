"""
A loss of power, as far as one can have it without losing the machine.

`kill -9` leaves behind whatever the operating system was given; a loss of power only what was flushed. Under
strace every write to the files of a SQLite database is recorded, and every flush that returned. From that the
files are made again as a disk could have kept them: all that was written before the last flush of the file,
and of what was written after it any part, in any order, torn anywhere between sectors.
"""

import asyncio
import random
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drills.realm import AUTHWRIGHT

_STRACE: Final = "/usr/bin/strace"
_SECTOR: Final = 512
_LOST: Final = 0.5
"""The part of what was not flushed that does not reach the disk."""

_MOST_SECONDS_TO_END: Final = 30
_END: Final = b"+++ killed by SIGKILL +++"

_CALL: Final = re.compile(rb"(\w+)\(\d+<((?:\\x[0-9a-f]{2})*)>(?:, (.*))?\) += (-?\d+)")
_WRITE: Final = re.compile(rb'"((?:\\x[0-9a-f]{2})*)", \d+, (\d+)')
_FLUSHES: Final = (b"fdatasync", b"fsync")


@dataclass(frozen=True, slots=True)
class _Call:
    """A system call that returned *result*, on the file *path*. It began before line *began* had ended."""

    name: bytes
    path: Path
    arguments: bytes
    result: int
    began: int
    ended: int


class Recorder:
    """Records what one server does to the SQLite file *path*; *trace* is where."""

    def __init__(self, path: Path, trace: Path) -> None:
        self._files = (path, Path(f"{path}-wal"))
        self._shared = Path(f"{path}-shm")
        self._trace = trace
        only = [argument for file in self._files for argument in ("-P", str(file))]
        # -DDD: the tracer in a session of its own, so that it outlives what it traces and ends its record.
        self.program: tuple[str, ...] = (
            _STRACE, "-DDD", "-f", "-y", "-xx", "-s", "70000", "-o", str(trace),
            "-e", "trace=pwrite64,ftruncate,fdatasync,fsync", *only, AUTHWRIGHT,
        )  # fmt: skip

    def begin(self) -> None:
        """What the files hold now is on the disk. Before each start of the server."""
        self._trace.unlink(missing_ok=True)
        for file in self._files:
            before = _before(file)
            before.unlink(missing_ok=True)
            if file.exists():
                shutil.copy(file, before)

    async def lose_power(self) -> tuple[int, int]:
        """
        Make the files again as a disk could have kept them, after the server was killed.

        How many writes there were since `begin`, and how many of them had not been flushed.
        """
        began = time.monotonic()
        while not self._trace.exists() or _END not in self._trace.read_bytes()[-_SECTOR:]:
            if time.monotonic() - began > _MOST_SECONDS_TO_END:
                raise TimeoutError("strace did not end its record")
            await asyncio.sleep(0.02)
        calls = list(_calls(self._trace))
        self._shared.unlink(missing_ok=True)
        unflushed = sum(_rebuild(file, [call for call in calls if call.path == file]) for file in self._files)
        return sum(call.name not in _FLUSHES for call in calls), unflushed


def _before(file: Path) -> Path:
    return file.with_name(f"{file.name}-before")


def _rebuild(file: Path, calls: list[_Call]) -> int:
    """Write *file* anew; how many of its writes had not been flushed."""
    flushed = max((call.began for call in calls if call.name in _FLUSHES), default=-1)
    before, unflushed = _before(file), 0
    content = bytearray(before.read_bytes() if before.exists() else b"")
    for call in calls:
        if call.name in _FLUSHES:
            continue
        is_sure = call.ended < flushed
        unflushed += not is_sure
        if call.name == b"ftruncate":
            if is_sure or random.random() > _LOST:  # noqa: S311 - no secret
                del content[int(call.arguments) :]
            continue
        written = _WRITE.match(call.arguments)
        if written is None:
            raise ValueError("a line of strace that is not understood")
        data = bytes.fromhex(written[1].replace(b"\\x", b"").decode())[: call.result]
        _put(content, int(written[2]), data, is_sure=is_sure)
    file.write_bytes(content)
    return unflushed


def _put(content: bytearray, offset: int, data: bytes, *, is_sure: bool) -> None:
    for at in range(offset, offset + len(data), _SECTOR):
        if is_sure or random.random() > _LOST:  # noqa: S311 - no secret
            sector = data[at - offset : at - offset + _SECTOR]
            content.extend(bytes(max(0, at - len(content))))
            content[at : at + len(sector)] = sector


def _calls(trace: Path) -> Iterator[_Call]:
    """The calls of a record that succeeded. One that another thread interrupted is in two lines."""
    unfinished: dict[bytes, tuple[int, bytes]] = {}
    with trace.open("rb") as lines:
        for number, line in enumerate(lines):
            pid, _, text = line.strip().partition(b" ")
            text, began = text.strip(), number
            if text.endswith(b"<unfinished ...>"):
                unfinished[pid] = number, text.removesuffix(b"<unfinished ...>").rstrip()
                continue
            if text.startswith(b"<... "):
                began, first = unfinished.pop(pid)
                text = first + text.partition(b"resumed>")[2]
            called = _CALL.match(text)
            if called is not None and int(called[4]) >= 0:
                path = Path(bytes.fromhex(called[2].replace(b"\\x", b"").decode()).decode())
                yield _Call(called[1], path, called[3] or b"", int(called[4]), began, number)
