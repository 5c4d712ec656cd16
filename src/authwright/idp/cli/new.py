"""`authwright new`: a small application that works, to begin with."""

from importlib import resources
from pathlib import Path
from typing import Final

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.private_file import write_new

_FILES: Final = {"app.py": "the API", "test_app.py": "its tests, which need no server"}
_READABLE: Final = 0o644


@click.group("new")
def command() -> None:
    """Write a small application that works."""


@command.command("fastapi")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path())
def fastapi(directory: Path) -> None:
    """Write app.py, an API protected by `authwright dev`, and test_app.py, its tests. Overwrites nothing."""
    for name in _FILES:
        # All are looked for before one is written: half a project helps nobody.
        if (directory / name).exists():
            raise CommandFailed(
                Problem.FILE_EXISTS,
                "a file is in the way",
                received=f"{directory / name} exists",
                expected="a directory without it: nothing is overwritten",
                write=f"authwright new fastapi {directory / 'api'}",
            )
    directory.mkdir(parents=True, exist_ok=True)
    templates = resources.files(__package__ or "").joinpath("new_fastapi")
    for name, what in _FILES.items():
        text = templates.joinpath(f"{name}.txt").read_text(encoding="utf-8")
        write_new(directory / name, text, mode=_READABLE)
        terminal.say(f"  {terminal.good('wrote')}  {directory / name}  {terminal.faint(what)}")
    terminal.say()
    for line in (
        'pip install "authwright[fastapi]" uvicorn pytest',
        "authwright dev                 # in another terminal",
        "uvicorn app:app --reload       # then http://localhost:8000/docs",
        "pytest",
    ):
        terminal.say(f"  {line}")
