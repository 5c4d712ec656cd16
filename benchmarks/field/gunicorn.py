"""How WSGI applications are served, all alike."""

from pathlib import Path

WORKERS, THREADS = 2, 8
"""On one core, for 16 connections that are kept: while one waits for the database the other works."""


def gunicorn(programs: Path, port: int, application: str) -> tuple[str, ...]:
    """The command, with threads, which keep connections; synchronous workers would not."""
    return (
        str(programs / "gunicorn"),
        f"--bind=127.0.0.1:{port}",
        f"--workers={WORKERS}",
        "--worker-class=gthread",
        f"--threads={THREADS}",
        "--keep-alive=75",
        "--worker-tmp-dir=/dev/shm",
        "--log-level=warning",
        "--no-control-socket",
        application,
    )
