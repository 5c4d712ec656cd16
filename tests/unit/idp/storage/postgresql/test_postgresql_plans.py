"""Every statement as PostgreSQL plans it."""

import re

import psycopg
import pytest

from authwright.idp.storage import sql_storage
from authwright.idp.storage.plan import plan
from authwright.idp.storage.postgresql.translation import translate
from support.storage_statements import EVERYTHING, EXAMPLES

# What is read whole because it is few, and what is one row.
READ_WHOLE = {"clients", "protected_resources", "groups", "signing_keys", "registry_version", "readiness"}

GUARDED = [
    (f"{type(write).__name__} guarded", statement.sql)
    for write in EXAMPLES
    for statement in plan(write)
    if statement.guarded
]


@pytest.fixture(scope="module")
def connection(postgresql, postgresql_shared_database):
    """One that prefers an index wherever there is one, as it would with many rows."""
    with psycopg.connect(postgresql.url(postgresql_shared_database), autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection


@pytest.mark.parametrize(
    ("sql", "guarded"),
    [
        *(pytest.param(sql, False, id=name) for name, sql in (*EVERYTHING, ("ready", sql_storage.READY))),
        *(pytest.param(sql, True, id=name) for name, sql in GUARDED),
    ],
)
def test_rows_are_found_by_index(sql, guarded, connection):
    """No look-up, no guard and no rule of pruning reads a table that grows from end to end."""
    statement = translate(sql, guarded=guarded)
    connection.execute(b"PREPARE tried AS " + statement.sql)
    values = f"({', '.join(['NULL'] * len(statement.names))})" if statement.names else ""
    try:
        steps = [step for (step,) in connection.execute(f"EXPLAIN EXECUTE tried{values}")]
    finally:
        connection.execute("DEALLOCATE tried")
    scanned = {match[1] for step in steps if (match := re.search(r"Seq Scan on (\w+)", step))}
    assert scanned <= READ_WHOLE, steps
