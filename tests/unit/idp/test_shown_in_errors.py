"""authwright.idp.shown_in_errors: a value on one line, cut, and the name that was probably meant."""

import pytest

from authwright.idp.shown_in_errors import nearest, shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", '"a"'), ("a\nb\x1b", '"a\\nb\\u001b"'), (7, "7"), ([True], "[true]"), ({1}, '"{1}"')],
)
def test_a_value_is_one_line_of_printable_ascii(value, expected):
    assert shown(value) == expected


def test_a_long_value_is_cut():
    assert shown("é" * 100) == '"' + ("\\u00e9" * 17)[:99] + "…"


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [("worker", ["host", "workers"], "workers"), ("zzz", ["host"], "host"), ("host", [], None)],
)
def test_the_nearest_name(name, known, expected):
    """However far it is: who made the mistake sees what there is."""
    assert nearest(name, known) == expected
