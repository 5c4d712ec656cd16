"""The SQL: what two databases can share, found by index, complete."""

import dataclasses
import re
import sqlite3
from typing import get_args

import pytest

from authwright.authorization_server import writes
from authwright.idp import writes as idp_writes
from authwright.idp.storage import prune
from authwright.idp.storage.plan import plan
from authwright.idp.storage.schema import migrations
from authwright.idp.storage.sqlite.migrate import migrate
from authwright.idp.storage.statements import registry
from authwright.oauth.types import Timestamp
from support.storage_statements import EVERYTHING, EXAMPLES, PARAMETER

EVERY_STATEMENT = [pytest.param(sql, id=name) for name, sql in EVERYTHING]

# What is read whole because it is few, and what is one row.
READ_WHOLE = re.compile(r"(clients|protected_resources|groups|signing_keys|events|registry_version|newest)\b")


@pytest.fixture(scope="module")
def connection():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, migrations("sqlite"))
    yield connection
    connection.close()


def test_there_is_an_example_of_every_write():
    """The closed union and the list above say the same."""
    kinds = {*get_args(writes.Write), *get_args(idp_writes.ProductWrite)}
    assert {type(write) for write in EXAMPLES} == kinds


@pytest.mark.parametrize("write", EXAMPLES, ids=lambda write: type(write).__name__)
def test_a_guard_of_the_port_is_a_guard_of_a_statement(write):
    """A write whose docstring names a guard has a guarded statement, and the others have none."""
    assert any(statement.guarded for statement in plan(write)) == ("Guard:" in (type(write).__doc__ or ""))


@pytest.mark.parametrize("write", EXAMPLES, ids=lambda write: type(write).__name__)
def test_every_value_has_its_place(write):
    """Each parameter of a statement is given, by name."""
    for statement in plan(write):
        assert set(PARAMETER.findall(statement.sql)) <= set(statement.parameters)


@pytest.mark.parametrize("write", EXAMPLES, ids=lambda write: type(write).__name__)
def test_a_change_of_the_registry_says_so(write):
    """What nodes remember carries a version, and every write that changes it changes the version."""
    assert (registry.CHANGED in plan(write)) == isinstance(write, registry.CHANGED_BY)


def test_a_plan_holds_no_value_in_its_text():
    """Values are parameters, never text: the SQL of two writes of a kind is the same object."""
    for first in EXAMPLES:
        again = dataclasses.replace(first)
        assert [one.sql for one in plan(first)] == [one.sql for one in plan(again)]
        for statement in plan(first):
            assert "alice" not in statement.sql


@pytest.mark.parametrize("sql", EVERY_STATEMENT)
def test_the_text_converts_to_another_style_of_parameters(sql):
    """A colon begins a parameter and a percent sign stands nowhere, so that a substitution is safe."""
    assert "%" not in sql
    assert "?" not in sql
    assert PARAMETER.sub("", sql).count(":") == 0


@pytest.mark.parametrize("sql", EVERY_STATEMENT)
def test_rows_are_found_by_index(sql, connection):
    """No look-up, no guard and no rule of pruning reads a table that grows from end to end."""
    values = dict.fromkeys(PARAMETER.findall(sql), None)
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    scans = [step for step in steps if step.startswith("SCAN") and not step.startswith("SCAN CONSTANT ROW")]
    for scan in scans:
        whole = READ_WHOLE.match(scan.removeprefix("SCAN ")) or scan == "SCAN readiness"
        bounded = "USING" in scan and "LIMIT :limit" in sql
        assert whole or bounded, scan


def test_prune_parameters_are_those_that_the_rules_name():
    """Nothing is pruned by a time that was not given."""
    assert set(prune.parameters(Timestamp(0), None)) == {
        name for _, sql in prune.RULES for name in PARAMETER.findall(sql)
    }
