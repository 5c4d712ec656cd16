"""The SQL: what two databases can share, found by index, complete."""

import dataclasses
import re
import sqlite3
from importlib import import_module
from pkgutil import iter_modules
from typing import get_args

import pytest

from authwright.authorization_server import writes
from authwright.authorization_server.records import Step
from authwright.idp import writes as idp_writes
from authwright.idp.storage import prune, statements
from authwright.idp.storage.plan import plan
from authwright.idp.storage.schema import migrations
from authwright.idp.storage.sqlite.migrate import migrate
from authwright.idp.storage.statements import registry
from authwright.oauth.types import Digest, GrantId, Seconds, SessionId, Timestamp
from support import storage_examples as examples
from support.storage_examples import ALICE, APP, NOW

EXAMPLES = (
    writes.SaveClient(examples.client()),
    writes.DeleteClient(APP),
    writes.SaveProtectedResource(examples.protected_resource()),
    writes.DeleteProtectedResource("https://api.example.com"),
    writes.AddSession(examples.session()),
    writes.RenewSession(examples.session(secret_digest=Digest("new")), Digest("session-secret")),
    writes.EndSession(SessionId("session"), NOW),
    writes.EndSessionsOf(ALICE, NOW),
    writes.AddInteraction(examples.interaction()),
    writes.CompleteStep(Digest("interaction"), Step.LOGIN),
    writes.EndInteraction(Digest("interaction"), NOW),
    writes.SaveConsent(examples.consent()),
    writes.DisconnectClient(ALICE, APP, NOW),
    writes.AddGrant(examples.grant()),
    writes.RevokeGrant(GrantId("grant"), NOW),
    writes.RevokeGrantsOf(ALICE, NOW),
    writes.AddAuthorizationCode(examples.code()),
    writes.RedeemCode(Digest("code"), NOW),
    writes.AddRefreshToken(examples.refresh_token()),
    writes.RotateRefreshToken(Digest("refresh"), NOW),
    writes.AddOpaqueAccessToken(examples.access_token()),
    writes.AddOpaqueAccessToken(examples.machine_token()),
    writes.RevokeOpaqueAccessToken(Digest("access"), NOW),
    writes.RevokeJti("jti", NOW),
    writes.ClaimJti(APP, "jti", NOW),
    writes.RecordEvent(examples.event()),
    idp_writes.AddAccount(examples.account()),
    idp_writes.SaveAccount(examples.account()),
    idp_writes.SetPassword(ALICE, "hash", NOW),
    idp_writes.DeleteAccount(ALICE),
    idp_writes.SaveGroup(examples.group()),
    idp_writes.DeleteGroup("editors"),
    idp_writes.AddSigningKey(examples.signing_key(), None, None),
    idp_writes.DeleteSigningKey("key-1"),
    idp_writes.CountAttempt("bob", NOW, Seconds(60), 3),
    idp_writes.ClearAttempts("bob"),
    idp_writes.AddOneTimeLink(examples.one_time_link()),
    idp_writes.UseOneTimeLink(Digest("link"), NOW),
    idp_writes.TakeLease("maintenance", "node", NOW, NOW + 15),
)

WRITING = [(type(write).__name__, statement.sql) for write in EXAMPLES for statement in plan(write)]

READING = [
    (f"{module}.{name}", value)
    for _, module, _ in iter_modules(statements.__path__)
    for name, value in vars(import_module(f"{statements.__name__}.{module}")).items()
    if isinstance(value, str) and value.split(maxsplit=1)[0] == "SELECT" and not name.startswith("_")
]

PRUNING = [(f"prune {table}", sql) for table, sql in prune.RULES]

EVERYTHING = [pytest.param(sql, id=name) for name, sql in WRITING + READING + PRUNING]

PARAMETER = re.compile(r":([a-z_]+)")

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


@pytest.mark.parametrize("sql", EVERYTHING)
def test_the_text_converts_to_another_style_of_parameters(sql):
    """A colon begins a parameter and a percent sign stands nowhere, so that a substitution is safe."""
    assert "%" not in sql
    assert "?" not in sql
    assert PARAMETER.sub("", sql).count(":") == 0


@pytest.mark.parametrize("sql", EVERYTHING)
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
