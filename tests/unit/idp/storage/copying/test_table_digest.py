"""authwright.idp.storage.copying.digest: equal rows, equal digest; any difference, another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.idp.storage.copying.digest import Contents, TableDigest, contents_of
from authwright.idp.storage.copying.tables import Table

TABLE = Table("t", ("a",), ("a", "b"))

values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.binary(max_size=5),
    # What a careless separator would confuse.
    st.sampled_from(["n", "i1;", "t1:", "1", 1, b"1", "", b"", None]),
)
tables = st.lists(st.tuples(values, values), max_size=4)


@given(tables, tables)
def test_digests_are_equal_exactly_when_the_rows_are(one, other):
    """No two different tables are the same bytes: kinds and lengths are among them."""
    same = [[*map(repr, row)] for row in one] == [[*map(repr, row)] for row in other]
    assert (contents_of(TABLE, one) == contents_of(TABLE, other)) == same


def test_the_columns_names_and_the_table_s_are_part_of_it():
    """The same rows in another table are other contents."""
    renamed = Table("t", ("a",), ("a", "c"))
    other = Table("u", ("a",), ("a", "b"))
    digests = {contents_of(table, [(1, 2)]).digest for table in (TABLE, renamed, other)}
    assert len(digests) == 3


def test_rows_pass_unchanged_and_are_counted_as_they_pass():
    """What is not taken is not counted: the count is that of what arrived."""
    digest = TableDigest(TABLE)
    passing = digest.passing([(1, "a"), (2, "b"), (3, "c")])
    assert next(passing) == (1, "a")
    assert next(passing) == (2, "b")
    assert digest.contents() == contents_of(TABLE, [(1, "a"), (2, "b")])
    assert digest.contents().rows == 2


def test_a_digest_of_one_release_is_that_of_the_next():
    """It stands in backups, so it may not change; computed by hand from the rule that digest.py states."""
    assert contents_of(TABLE, [(1, "ä"), (None, b"\x00")]) == Contents(
        "t", 2, "493c40100a76da21b3b66b74ab98394bc877ce83e0a1c763507627bf2033d874"
    )


def test_a_value_of_no_kind_that_a_column_has_is_a_bug():
    """Never digested by its looks."""
    with pytest.raises(TypeError):
        contents_of(TABLE, [(1, 0.5)])
