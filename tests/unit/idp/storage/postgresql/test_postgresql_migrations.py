"""Migrations on PostgreSQL: forward only, each whole or not at all, and by several nodes at once."""

import threading

import psycopg
import pytest
from click.testing import CliRunner

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.cli.command_line import authwright
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.storage.open import is_there, migrate, open_storage, pending_migrations
from authwright.idp.storage.postgresql.migrate import migrate as take
from authwright.idp.storage.postgresql.migrate import pending, schema_version
from authwright.idp.storage.schema import Migration, SchemaTooNew, migrations
from authwright.oauth.types import Secret

KNOWN = migrations("postgresql")
FIRST = Migration(
    1, "first", "-- A comment; with a semicolon.\nCREATE TABLE a (x BIGINT);\nCREATE TABLE b ();"
)
BROKEN = Migration(2, "broken", "CREATE TABLE c (x BIGINT); INSERT INTO nowhere VALUES (1);")


@pytest.fixture
def url(postgresql):
    """Of a database that has nothing."""
    name = postgresql.new_database()
    yield postgresql.url(name)
    postgresql.drop_database(name)


@pytest.fixture
def connection(url):
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def tables(connection) -> set[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in found}


def test_the_steps_are_those_of_sqlite():
    """A number means the same step in both series, so that a copied realm stays at its version."""
    names = [[(step.version, step.name) for step in migrations(kind)] for kind in ("sqlite", "postgresql")]
    assert names[0] == names[1]
    assert [version for version, _ in names[0]] == list(range(1, len(KNOWN) + 1))


def test_a_step_is_taken_once(connection):
    """Each in one transaction that also records it."""
    assert schema_version(connection) == 0
    assert take(connection, (FIRST,)) == (FIRST,)
    assert take(connection, (FIRST,)) == ()
    assert schema_version(connection) == 1
    assert tables(connection) == {"a", "b", "schema_version"}


def test_a_step_that_fails_leaves_nothing(connection):
    """Steps before it stay, and nothing of it does."""
    with pytest.raises(psycopg.Error):
        take(connection, (FIRST, BROKEN))
    assert schema_version(connection) == 1
    assert tables(connection) == {"a", "b", "schema_version"}
    assert pending(connection, (FIRST, BROKEN)) == (BROKEN,)


def test_a_newer_schema_is_not_touched(url, connection):
    """Schemas go forward only."""
    migrate(url)
    connection.execute("INSERT INTO schema_version (version, name) VALUES (9999, 'later')")
    for call in (migrate, pending_migrations, open_storage):
        with pytest.raises(SchemaTooNew) as raised:
            call(url)
        assert raised.value.found == 9999


def test_nodes_may_start_at_once(url, connection):
    """Every step is taken by one of them, and all of them find the schema."""
    start = threading.Barrier(6)
    taken = []

    def node() -> None:
        with psycopg.connect(url, autocommit=True) as own:
            start.wait()
            taken.extend(take(own, KNOWN))
            assert schema_version(own) == len(KNOWN)

    threads = [threading.Thread(target=node) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(step.version for step in taken) == [step.version for step in KNOWN]


def test_who_finds_nothing_to_do_waits_for_nobody(url, connection):
    """A start does not wait for a neighbour that migrates something else."""
    migrate(url)
    with psycopg.connect(url) as busy:
        busy.execute("SELECT pg_advisory_lock(7022365670337046377)")
        migrate(url)
        assert pending_migrations(url) == ()


def test_a_database_that_is_not_there(postgresql):
    """It is not made: who mistypes its name hears so."""
    url = postgresql.url("nothing_of_this_name")
    assert is_there(url)
    for call in (migrate, pending_migrations, open_storage):
        with pytest.raises(StorageUnavailable):
            call(url)


def test_a_password_that_is_wrong_is_not_shown(url, postgresql):
    """Neither in the error nor in what caused it."""
    password = Secret("walnut drawer")
    with pytest.raises(StorageUnavailable) as raised:
        open_storage(postgresql.url("nothing_of_this_name"), password=password)
    assert password.reveal() not in f"{raised.value} {raised.value.__cause__!r}"


def test_the_command_plans_and_does(url, connection, monkeypatch, tmp_path):
    """`migrate --plan` says what would be done and changes nothing; `migrate` does it."""
    monkeypatch.chdir(tmp_path)
    environ = {
        "AUTHWRIGHT_ISSUER": "https://id.example.com",
        "AUTHWRIGHT_KEY_ENCRYPTION_KEY": KeyEncryptionKey.generate().text().reveal(),
        "AUTHWRIGHT_DATABASE_URL": url,
    }
    outputs = []
    for arguments in (["migrate", "--plan"], ["migrate"], ["migrate"]):
        result = CliRunner().invoke(authwright, arguments, env=environ)
        assert result.exit_code == 0, result.output
        outputs.append(result.output)
        if "--plan" in arguments:
            assert tables(connection) == set()
    assert "0001  initial" in outputs[0]
    assert "Nothing was changed" in outputs[0]
    assert f"{len(KNOWN)} done." in outputs[1]
    assert "Nothing to do" in outputs[2]
