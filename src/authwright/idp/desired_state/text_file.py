"""A file of text, or an error that says why it cannot be one."""

from pathlib import Path

from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.shown_in_errors import shown


def read_text(path: Path) -> str:
    """The content of *path*. Does I/O. Raises `DeclarationError`."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        reason = error.strerror or "unreadable"
    except UnicodeDecodeError:
        reason = "not UTF-8 text"
    raise DeclarationError(
        Problem.UNREADABLE_FILE,
        "the file",
        received=f"{shown(str(path))} ({reason})",
        expected="a TOML file that can be read",
        write="authwright apply examples/idp.toml",
    )
