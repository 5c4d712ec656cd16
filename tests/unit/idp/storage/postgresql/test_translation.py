"""From the shared SQL to PostgreSQL's, and values on their way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.idp.storage.postgresql.translation import Translated, UnstorableText, translate


def test_parameters_are_numbered_in_the_order_of_their_first_use():
    """A name that comes twice is one parameter."""
    statement = Translated("UPDATE a SET x = :x WHERE y = :y AND z <> :x", guarded=False)
    assert statement.sql == b"UPDATE a SET x = $1 WHERE y = $2 AND z <> $1"
    assert statement.names == ("x", "y")
    assert statement.values({"y": "b", "x": 1, "more": "ignored"}) == ([b"1", b"b"], [0, 1])


def test_locks_are_uncovered():
    """What SQLite takes for a comment is part of the statement."""
    assert translate("SELECT 1 FROM a /*+ FOR SHARE */").sql == b"SELECT 1 FROM a  FOR SHARE "
    assert translate("SELECT 1 /* a remark */").sql == b"SELECT 1 /* a remark */"


def test_a_guard_that_does_not_hold_is_an_error():
    """No row is a division by zero."""
    assert Translated("DELETE FROM a", guarded=True).sql == (
        b"WITH guarded AS (DELETE FROM a RETURNING 1) SELECT 1 / count(*) FROM guarded"
    )


def test_a_statement_is_translated_once():
    """And prepared under one name, which no other has."""
    assert translate("SELECT 1") is translate("SELECT 1")
    assert translate("SELECT 1").name != translate("SELECT 1", guarded=True).name


@given(st.text() | st.integers() | st.binary() | st.none())
def test_values_are_what_they_were(value):
    """Text, numbers, bytes and nothing arrive; a text that cannot be stored is refused, not cut off."""
    statement = translate("SELECT :x")
    try:
        (encoded,), (form,) = statement.values({"x": value})
    except UnstorableText:
        assert "\0" in value
    except UnicodeEncodeError:
        assert any("\ud800" <= character <= "\udfff" for character in value)
    else:
        match value:
            case str():
                assert (encoded.decode(), form) == (value, 1)
            case int():
                assert (int(encoded), form) == (value, 0)
            case _:
                assert encoded == value


def test_a_parameter_that_is_missing_is_a_bug():
    """Never a NULL."""
    with pytest.raises(KeyError):
        translate("SELECT :x").values({})
