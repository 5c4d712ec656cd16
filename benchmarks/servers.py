"""One server on one core and the load on the other, for a benchmark of few parts. The field has its own."""

import contextlib
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import Popen

from benchmarks.processes import running, wait_until

SERVER_CORE, LOAD_CORE = 0, 1
_START_SECONDS = 30


@contextlib.contextmanager
def server(
    command: Sequence[str],
    port: int,
    *,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Popen[bytes]]:
    """*command* on the server's core, from its first discovery document until the block ends."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "server.log"
        cores = str(SERVER_CORE)
        with running(command, cores=cores, log=log, environment=environment, cwd=cwd) as process:
            discovery = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
            wait_until(answers(discovery), process, log, seconds=_START_SECONDS)
            yield process


def answers(url: str) -> Callable[[], bool]:
    """Whether there is something at *url*, asked whenever the function is called."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return bool(response.read())
        except OSError:
            return False

    return ask
