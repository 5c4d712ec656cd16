"""Starting and stopping the servers that are measured, each on one core, by process id."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

SERVER_CORE, LOAD_CORE = 0, 1


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def server(
    command: Sequence[str], port: int, *, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen]:
    """*command* on the server's core, from the first discovery document until the block ends."""
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), *command],
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_discovery(port, process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_discovery(port: int, process: subprocess.Popen, *, seconds: float = 30) -> float:
    """Poll until the discovery document is there; how long it took in seconds."""
    began = time.perf_counter()
    while True:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/.well-known/openid-configuration", timeout=2
            ) as response:
                response.read()
                return time.perf_counter() - began
        except OSError:
            if process.poll() is not None or time.perf_counter() - began > seconds:
                raise RuntimeError("the server did not come up") from None
            time.sleep(0.002)


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process, shared pages included, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    raise ProcessLookupError(pid)


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, in seconds, user and system, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
