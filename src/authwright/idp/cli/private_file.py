"""Files that hold a secret: readable by their owner alone, and never replaced."""

import os
import secrets
from pathlib import Path
from typing import Final

from authwright.idp.cli.failure import CommandFailed, Problem

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def random_password() -> str:
    """Three groups of five letters and digits that look like nothing else: 74 bits, typed without trouble."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))


def write_new(path: Path, content: str, *, mode: int = 0o600) -> None:
    """Write a file that is not there yet. Raises `CommandFailed`, and `OSError` as `open` does."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise CommandFailed(
            Problem.FILE_EXISTS,
            "a file is in the way",
            received=f"{path} exists",
            expected="a place where it does not: nothing is overwritten",
            write=f"mv {path} {path}.old",
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)


def write_once(path: Path, content: str) -> bool:
    """Write *path* unless it is there. Whether it was written."""
    if path.exists():
        return False
    write_new(path, content)
    return True
