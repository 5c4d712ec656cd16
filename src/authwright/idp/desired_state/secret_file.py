"""Secrets that a declaration names by file, because the declaration itself gets committed."""

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.key_encryption import is_readable_by_others
from authwright.idp.shown_in_errors import shown
from authwright.oauth.types import Secret

MIN_LENGTH: Final = 32
MIN_DISTINCT: Final = 12
"""A client secret is stored as a plain SHA-256, so it must be random: what people make up fails these."""

_VSCHAR: Final = frozenset(string.printable) - frozenset(string.whitespace)


def read_secret_file(name: object, directory: Path, where: str, key: str) -> Secret:
    """The first line of the file *name* (relative to *directory*). Raises `DeclarationError`."""

    def refused(problem: Problem, received: str, expected: str, write: str) -> DeclarationError:
        return DeclarationError(problem, f"{where}, {key}", received=received, expected=expected, write=write)

    example = f'{key} = "secrets/{key.removesuffix("_file")}"'
    if not isinstance(name, str) or not name or not name.isprintable():
        raise refused(Problem.INVALID_VALUE, shown(name), "the path of a file", example)
    path = directory / name
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = (error.strerror or "unreadable") if isinstance(error, OSError) else "not UTF-8 text"
        raise refused(
            Problem.UNREADABLE_SECRET, shown(name), f"a file that can be read ({reason})", example
        ) from None
    if is_readable_by_others(path):
        expected = "a file that other users of the machine cannot read"
        raise refused(Problem.UNREADABLE_SECRET, shown(name), expected, f"chmod 600 {path}")
    secret = content.splitlines()[0].strip() if content.strip() else ""
    if not secret:
        expected = "a secret on the first line of the file"
        raise refused(Problem.UNREADABLE_SECRET, "an empty file", expected, example)
    return Secret(secret)


def read_client_secret(table: Mapping[str, object], directory: Path, where: str) -> Secret | None:
    """The ``client_secret_file`` of a client, if it has one: a random value. Raises `DeclarationError`."""
    key = "client_secret_file"
    if key not in table:
        return None
    secret = read_secret_file(table[key], directory, where, key)
    value = secret.reveal()
    if len(value) < MIN_LENGTH or len(set(value)) < MIN_DISTINCT or not set(value) <= _VSCHAR:
        raise DeclarationError(
            Problem.WEAK_SECRET,
            f"{where}, {key}",
            received="a secret that is short, repetitive, or not of printable ASCII",
            expected=f"at least {MIN_LENGTH} random characters",
            write=f"openssl rand -base64 32 > {table[key]}",
        )
    return secret
