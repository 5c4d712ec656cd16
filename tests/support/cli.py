"""The real `authwright`, as a process of its own."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from authwright.idp.cli.command_line import run

AUTHWRIGHT = str(Path(sys.executable).with_name("authwright"))
PATIENCE = 60
"""Seconds after which a process that should have answered is ended, and the test with it."""


def environment(**extra: str) -> dict[str, str]:
    """That of the tests, without settings of another server and without colour."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTHWRIGHT_")}
    return {**kept, "COLUMNS": "120", "NO_COLOR": "1", **extra}


@dataclass
class Done:
    code: int
    out: str
    err: str


def authwright(*arguments: str, cwd: Path, input: str = "", **extra: str) -> Done:  # noqa: A002
    """Run it to its end."""
    done = subprocess.run(
        [AUTHWRIGHT, *arguments],
        cwd=cwd,
        env=environment(**extra),
        input=input.encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def in_process(*arguments: str, cwd: Path, input: str = "", **extra: str) -> Done:  # noqa: A002
    """The same command line in this process, which has imported everything: for the many small cases."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, environment(**extra), clear=True),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(input.encode()), "utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run(arguments)
    return Done(code, out.getvalue(), err.getvalue())


@dataclass
class Running:
    """A server that said it is ready. *said* is what it had said by then."""

    process: subprocess.Popen
    said: str
    log: list[str] = field(default_factory=list)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send the signal and wait for the end: the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code

    def wait_for(self, pattern: str) -> str:
        """The first line of the log that *pattern* is in."""
        for _ in range(PATIENCE * 20):
            for line in list(self.log):
                if re.search(pattern, line):
                    return line
            threading.Event().wait(0.05)
        raise AssertionError(f"{pattern} is not in the log:\n{''.join(self.log)}")


@contextlib.contextmanager
def running(*command: str, cwd: Path, ready: str, **extra: str) -> Iterator[Running]:
    """
    Start a server, and end it by its process id.

    It is ready once a line of its standard output or of its log has *ready* in it.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(**extra, PYTHONUNBUFFERED="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    server = Running(process, "")
    is_ready, is_known = threading.Event(), threading.Event()
    said: list[str] = []

    def read(stream, lines):
        for raw in stream:
            line = raw.decode("utf-8", "replace")
            lines.append(line)
            if ready in line:
                is_ready.set()
                is_known.set()
        is_known.set()

    reader = threading.Thread(target=read, args=(process.stderr, server.log), daemon=True)
    server.reader = reader
    speaker = threading.Thread(target=read, args=(process.stdout, said), daemon=True)
    reader.start()
    speaker.start()
    try:
        is_known.wait(PATIENCE)
        if not is_ready.is_set():
            # What it says ends a moment before it does, or the watchdog ends it.
            process.wait(PATIENCE)
            reader.join(PATIENCE)
        server.said = "".join(said)
        if process.poll() is not None:
            raise AssertionError(f"the server ended:\n{server.said}\n{''.join(server.log)}")
        watchdog.cancel()
        yield server
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        for thread in (reader, speaker):
            thread.join(PATIENCE)
        for stream in (process.stdout, process.stderr):
            stream.close()


@contextlib.contextmanager
def development_server(directory: Path, port: int, *arguments: str, **extra: str) -> Iterator[Running]:
    """`authwright dev` in *directory*."""
    command = (AUTHWRIGHT, "dev", "--port", str(port), *arguments)
    with running(*command, cwd=directory, ready="Ready in", **extra) as server:
        yield server


def secret_in(output: str) -> str:
    """The secret that a command showed once."""
    return re.search(r"shown this once:  (\S+)", output)[1]
