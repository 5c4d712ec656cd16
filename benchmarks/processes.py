"""
Processes that are measured: started on given cores, stopped by their id; what they use, children included.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    cores: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    stop_by: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """*command* on *cores*, its output in *log*, until the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["taskset", "-c", cores, *command],
            env={**os.environ, **(environment or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            extra_groups=None if user is None else [],
        )
    try:
        yield process
    finally:
        # What a command that forks leaves behind is its own children's, so they are found before it ends.
        family = tree(process.pid)
        process.send_signal(stop_by)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        for pid in family:
            if _parent(pid) is not None and (pid == process.pid or _session(pid) in family):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        process.wait()


def stop_in_order() -> None:
    """Let SIGTERM end this process as an error does, so that what it started is stopped too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def tree(pid: int) -> list[int]:
    """*pid* and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := _parent(int(entry.name))) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], ())
    return found


def cpu_seconds(pid: int) -> float:
    """
    CPU time that the tree of *pid* has used, user and system. What ended meanwhile is in the account of the
    parent that waited for it.
    """
    total = 0
    for each in tree(pid):
        fields = _stat(each)
        if fields is not None:
            total += sum(int(field) for field in fields[11:15])
    return total / _TICKS


def megabytes(pid: int) -> float:
    """Memory of the tree of *pid*, pages that several share counted once (proportional set size), in MB."""
    total = 0
    for each in tree(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total * 1024 / 1e6


def wait_until(
    condition: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float
) -> None:
    """Ask *condition* until it is true. Raises when *process* ends first, or *seconds* are over."""
    began = time.perf_counter()
    while not condition():
        if process.poll() is not None or time.perf_counter() - began > seconds:
            raise RuntimeError(f"it did not come up:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.005)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return None if fields is None or fields[0] == "Z" else int(fields[1])


def _session(pid: int) -> int | None:
    fields = _stat(pid)
    return None if fields is None else int(fields[3])
