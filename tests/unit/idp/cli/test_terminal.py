"""authwright.idp.cli.terminal: colour only where it is wanted, and nothing that a terminal would obey."""

import click
import pytest

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import Failure


def test_facts_are_aligned_and_long_values_wrap(monkeypatch):
    """A narrow terminal gets narrow lines, each under its own column."""
    monkeypatch.setenv("COLUMNS", "50")
    lines = [click.unstyle(line) for line in terminal.facts([("a", "word " * 12), ("long", "x")])]
    assert all(len(line) <= 50 for line in lines)
    assert lines[0].startswith("  a     word")
    assert lines[1].startswith("        word")
    assert lines[-1] == "  long  x"


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "two\nlines", "\u202egnp.exe", "bell\x07", "\udc80"])
def test_what_a_terminal_would_obey_is_escaped(hostile):
    """A name that somebody else chose cannot recolour, break or turn around a line."""
    shown = terminal.printable(hostile)
    assert shown.isprintable()
    assert shown.startswith((hostile[:1], "\\"))


def test_the_width_has_bounds(monkeypatch):
    """Neither one word a line nor lines that nobody can follow."""
    monkeypatch.setenv("COLUMNS", "5")
    assert terminal.width() == 40
    monkeypatch.setenv("COLUMNS", "500")
    assert terminal.width() == 120


@pytest.mark.parametrize(("value", "wanted"), [("1", False), ("", None), (None, None)])
def test_no_color_is_honoured(monkeypatch, value, wanted):
    """https://no-color.org: set and not empty."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    assert terminal.wants_colour() is wanted


def test_a_failure_is_one_message_on_standard_error(capsys):
    """Code, what was received, what was expected, what to write."""
    terminal.show_failure(Failure("AW999", "it failed", None, "more", "line one\nline two"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "error AW999  it failed",
        "  received  nothing",
        "  expected  more",
        "  write     line one",
        "            line two",
    ]


def test_a_table_is_aligned():
    """Columns are as wide as their longest cell, and no line ends in spaces."""
    lines = [click.unstyle(line) for line in terminal.table(("a", "b"), [("long cell", ""), ("x", "y")])]
    assert lines == ["a          b", "long cell", "x          y"]
