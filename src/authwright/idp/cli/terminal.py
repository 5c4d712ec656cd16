"""
How things look in a terminal: colour where there is one, alignment, and nothing that a terminal would obey.

Colour is left out when the output is not a terminal, and when ``NO_COLOR`` is set (https://no-color.org).
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

import click

from authwright.idp.cli.failure import Failure

_MIN_WIDTH: Final = 40
_MAX_WIDTH: Final = 120
_MIN_ROOM: Final = 20


def wants_colour() -> bool | None:
    """What click is told: never with NO_COLOR; otherwise it looks at the stream."""
    return False if os.environ.get("NO_COLOR") else None


def width() -> int:
    """Columns to write in; where there is no terminal, as many as anything needs."""
    return max(_MIN_WIDTH, min(_MAX_WIDTH, shutil.get_terminal_size((_MAX_WIDTH, 24)).columns))


def printable(text: str) -> str:
    """*text* on one line: what a terminal would obey, or not show, is escaped."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def say(text: str = "") -> None:
    """A line on standard output."""
    click.echo(text, color=wants_colour())


def warn(text: str) -> None:
    """A line on standard error, beside the output that a script may read."""
    click.echo(text, err=True, color=wants_colour())


def confirm(question: str) -> None:
    """
    Go on if somebody says yes; `click.Abort` if not. Where nobody can answer, `click.UsageError` names the
    option that every command with a question has.
    """
    try:
        agreed = click.confirm(question)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise click.UsageError("There was no answer. To do it without the question: --yes") from None
    if not agreed:
        raise click.Abort


def bold(text: str) -> str:
    """What matters most in a line."""
    return click.style(text, bold=True)


def faint(text: str) -> str:
    """What can be overlooked."""
    return click.style(text, dim=True)


def good(text: str) -> str:
    """What is as it should be."""
    return click.style(text, fg="green")


def bad(text: str) -> str:
    """What is not."""
    return click.style(text, fg="red", bold=True)


def changed(text: str) -> str:
    """What becomes another."""
    return click.style(text, fg="yellow")


def wrapped(text: str, indent: int) -> list[str]:
    """*text* in lines that fit beside *indent* columns; one at least. Words that are too long are broken."""
    return textwrap.wrap(text, max(_MIN_ROOM, width() - indent), break_on_hyphens=False) or [""]


def facts(rows: Iterable[tuple[str, str]], *, indent: str = "  ") -> list[str]:
    """Name and value, aligned; a long value goes on below itself. Values are made printable."""
    pairs = [(name, printable(value)) for name, value in rows]
    column = max((len(name) for name, _ in pairs), default=0) + 2
    lines: list[str] = []
    for name, value in pairs:
        first, *rest = wrapped(value, len(indent) + column)
        lines.append(f"{indent}{faint(name.ljust(column))}{first}".rstrip())
        lines.extend(f"{indent}{' ' * column}{line}" for line in rest)
    return lines


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their longest cell; the last takes what is left and is never cut."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(heads), *cells]) for column in range(len(heads))]
    lines = [faint(_row(heads, widths))]
    return lines + [_row(row, widths) for row in cells]


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(size) for cell, size in zip(cells, widths, strict=True)).rstrip()


def show_failure(failure: Failure) -> None:
    """The one message of a command that failed."""
    warn(f"{bad('error')} {bold(failure.code)}  {printable(failure.what)}")
    write = [("write" if number == 0 else "", line) for number, line in enumerate(failure.write.splitlines())]
    rows = [("received", failure.received or "nothing"), ("expected", failure.expected), *write]
    for line in facts(rows):
        warn(line)
