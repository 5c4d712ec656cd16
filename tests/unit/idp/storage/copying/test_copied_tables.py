"""authwright.idp.storage.copying.tables: nothing that the schema has is forgotten."""

import sqlite3
from contextlib import closing

import pytest

from authwright.idp.storage.copying.tables import NOT_COPIED, TABLES
from authwright.idp.storage.schema import migrations
from authwright.idp.storage.sqlite.migrate import migrate


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, migrations("sqlite"))
        yield connection


def columns(connection, table):
    return connection.execute("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", (table,)).fetchall()


def test_every_table_of_the_schema_is_copied_or_named_as_not(connection):
    """A new table belongs to one of the two lists: what is forgotten here is lost by a restore."""
    found = {
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not name.startswith("sqlite_")
    }
    assert {table.name for table in TABLES} | NOT_COPIED == found
    assert not {table.name for table in TABLES} & NOT_COPIED


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_copied(connection, table):
    """A new column too."""
    assert sorted(table.columns) == sorted(name for name, _ in columns(connection, table.name))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_are_ordered_by_the_whole_primary_key(connection, table):
    """Otherwise two databases could order equal rows in two ways. A seeded table has none."""
    primary = tuple(
        name for name, place in sorted(columns(connection, table.name), key=lambda c: c[1]) if place
    )
    assert table.key == (primary or table.columns)
    assert bool(primary) != table.seeded


def test_a_seeded_table_has_one_row_from_the_schema(connection):
    """And no other table has any: that is what makes a database count as empty."""
    for table in TABLES:
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {table.name}")
        assert rows == int(table.seeded), table.name


def test_rows_come_after_those_that_they_refer_to(connection):
    """Foreign keys are checked while a copy is written."""
    order = [table.name for table in TABLES]
    for table in TABLES:
        for (referred,) in connection.execute(
            'SELECT "table" FROM pragma_foreign_key_list(?)', (table.name,)
        ):
            assert order.index(referred) < order.index(table.name)
