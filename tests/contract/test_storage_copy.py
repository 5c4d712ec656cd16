"""Copying a realm: everything arrives, as of one moment, in an empty database, or nothing is changed."""

import asyncio
import contextlib
import itertools
import sqlite3
import tracemalloc

import psycopg
import pytest

from authwright.authorization_server import writes
from authwright.authorization_server.records import Consent
from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp import writes as idp_writes
from authwright.idp.storage.copying.copy import CopyDiffers, copy
from authwright.idp.storage.copying.digest import contents_of
from authwright.idp.storage.copying.ends import SchemaNotCurrent, TargetNotEmpty
from authwright.idp.storage.copying.open import open_source, open_target
from authwright.idp.storage.copying.revocation import revocation
from authwright.idp.storage.copying.tables import NOT_COPIED, TABLES
from authwright.idp.storage.open import open_storage
from authwright.idp.storage.schema import SchemaTooNew
from authwright.idp.storage.statement import Statement
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Digest, GrantId, Seconds, SessionId
from support import storage_examples as examples
from support.storage_examples import ALICE, APP, CODE_ISSUED, NOW, later

KINDS = ("sqlite", "postgresql")

REALM = (
    writes.SaveClient(examples.client()),
    writes.SaveClient(examples.client("ünicode-𐍈", jwks_uri=None, default_max_age=None)),
    writes.SaveProtectedResource(examples.protected_resource()),
    idp_writes.SaveGroup(examples.group()),
    *(
        idp_writes.AddAccount(examples.account(name))
        for name in ("alice", "Zoë", "zoe", "\U00010348", "\uffee")
    ),
    idp_writes.AddSigningKey(examples.signing_key("1"), successor_of=None, predecessor_removes_at=None),
    idp_writes.AddSigningKey(examples.signing_key("2"), successor_of="1", predecessor_removes_at=later(9)),
    writes.AddInteraction(examples.interaction()),
    writes.SaveConsent(examples.consent()),
    writes.SaveConsent(Consent(ALICE, ClientId("b"), Scope(), NOW)),
    *CODE_ISSUED,
    writes.RedeemCode(Digest("code"), NOW),
    writes.AddRefreshToken(examples.refresh_token()),
    writes.RotateRefreshToken(Digest("refresh"), NOW),
    writes.AddRefreshToken(examples.refresh_token("next")),
    writes.AddOpaqueAccessToken(examples.access_token()),
    writes.AddOpaqueAccessToken(examples.machine_token()),
    writes.RevokeJti("jti", later(600)),
    writes.ClaimJti(APP, "jti", later(600)),
    idp_writes.CountAttempt("key", NOW, Seconds(60), 5),
    idp_writes.AddOneTimeLink(examples.one_time_link()),
    *(writes.RecordEvent(examples.event(f"line {number}\n\t\\N \\. %s")) for number in range(12)),
)
"""Something in every table, and text that a format of a copy could mistake."""


@pytest.fixture
def make_database(request, tmp_path):
    """The URL of a new database of a kind; it has nothing yet."""
    names = itertools.count()
    to_drop = []

    def make(kind):
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{next(names)}.db"
        cluster = request.getfixturevalue("postgresql")
        to_drop.append(cluster.new_database())
        return cluster.url(to_drop[-1])

    yield make
    for name in to_drop:
        request.getfixturevalue("postgresql").drop_database(name)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(params=KINDS)
def source_url(request, make_database):
    url = make_database(request.param)
    commit(url, REALM)
    return url


@pytest.fixture(params=KINDS)
def target_url(request, make_database):
    return make_database(request.param)


def on(url, work):
    """What *work* returns of the storage at *url*."""

    async def run():
        storage = open_storage(url)
        try:
            return await work(storage)
        finally:
            await storage.close()

    return asyncio.run(run())


def commit(url, what):
    on(url, lambda storage: storage.commit(what))


def contents(url):
    with open_source(url) as source:
        return tuple(contents_of(table, source.rows(table)) for table in TABLES)


def test_everything_arrives(source_url, target_url):
    """Every table has rows in this test, and each has the same on both sides, in whichever databases."""
    with open_source(source_url) as source, open_target(target_url) as target:
        copied = copy(source, target)
    assert all(each.rows for each in copied)
    assert contents(source_url) == copied
    assert contents(target_url) == copied


def test_a_copy_is_a_realm(source_url, target_url):
    """What was spent is spent in it, and the audit log and the keys go on where they were."""
    with open_source(source_url) as source, open_target(target_url) as target:
        copy(source, target)

    async def work(storage):
        before = await storage.events()
        assert (await storage.authorization_code(Digest("code"))).redeemed_at == NOW
        assert (await storage.refresh_token(Digest("refresh"))).rotated_at == NOW
        assert await storage.jti_revoked("jti")
        assert await storage.client(APP) == examples.client()
        await storage.commit((writes.RecordEvent(examples.event("after")),))
        assert [event.detail for event in await storage.events()] == ["after", *(e.detail for e in before)]
        key = examples.signing_key("3")
        await storage.commit((idp_writes.AddSigningKey(key, "2", later(10)),))
        assert [key.kid for key in await storage.signing_keys()] == ["1", "2", "3"]

    on(target_url, work)


def test_a_copy_is_of_one_moment(source_url, target_url):
    """What is committed beside it is not in it: no grant without its session, no token without its grant."""
    before = contents(source_url)
    with open_source(source_url) as source, open_target(target_url) as target:
        rows = source.rows(TABLES[0])
        next(rows)
        commit(source_url, (idp_writes.AddAccount(examples.account("newcomer")),))
        assert tuple(rows) == ()
        assert copy(source, target) == before
    assert contents(source_url) != before


def test_a_database_that_is_in_use_is_no_target(source_url, target_url):
    """Nothing is added to it, nothing in it is changed."""
    commit(target_url, (idp_writes.SaveGroup(examples.group("others")),))
    before = contents(target_url)
    with (
        open_source(source_url) as source,
        pytest.raises(TargetNotEmpty) as refused,
        open_target(target_url) as target,
    ):
        copy(source, target)
    assert refused.value.table == "groups"
    assert contents(target_url) == before


def test_a_database_that_a_server_made_and_nobody_used_is_empty(source_url, target_url):
    """The rows that the schema itself has, and a health check's, are nobody's data."""
    on(target_url, lambda storage: storage.ready())
    with open_source(source_url) as source, open_target(target_url) as target:
        copy(source, target)
    assert contents(target_url) == contents(source_url)


@contextlib.contextmanager
def impatient_connection(url):
    """One that waits for no lock."""
    if url.startswith("sqlite:"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)) as connection:
            yield connection
    else:
        with psycopg.connect(url, options="-c lock_timeout=50") as connection:
            yield connection


def test_nobody_else_writes_to_the_target_meanwhile(target_url):
    """Otherwise a server that starts in the middle would make signing keys of its own."""
    with (
        open_target(target_url),
        impatient_connection(target_url) as connection,
        pytest.raises((sqlite3.OperationalError, psycopg.errors.LockNotAvailable)),
    ):
        connection.execute("INSERT INTO groups (name, roles) VALUES ('mine', '[]')")


def test_every_kind_of_database_has_the_columns_that_are_copied(make_database):
    """PostgreSQL's schema is another file; that of SQLite is looked at in the unit tests."""
    url = make_database("postgresql")
    with open_target(url):
        pass
    found = {}
    with psycopg.connect(url) as connection:
        for table, column, collation, kind in connection.execute(
            "SELECT table_name, column_name, collation_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        ):
            found.setdefault(table, {})[column] = (collation, kind)
    assert set(found) == {table.name for table in TABLES} | NOT_COPIED
    for table in TABLES:
        assert sorted(found[table.name]) == sorted(table.columns)
        # Rows are digested in the order of the bytes of their keys.
        assert all(found[table.name][key] in {("C", "text"), (None, "bigint")} for key in table.key)


class FailingSource:
    """One that is lost in the middle."""

    def __init__(self, source):
        self._source = source

    def rows(self, table):
        yield from self._source.rows(table)
        if table.name == "grants":
            raise StorageUnavailable("the source is gone")


def test_a_copy_that_fails_leaves_the_target_empty(source_url, target_url):
    """As a whole or not at all; the same command can be run again."""
    with (
        open_source(source_url) as source,
        pytest.raises(StorageUnavailable, match="the source is gone"),
        open_target(target_url) as target,
    ):
        copy(FailingSource(source), target)
    with open_source(source_url) as source, open_target(target_url) as target:
        copy(source, target)
    assert contents(target_url) == contents(source_url)


class ForgetfulTarget:
    """One that does not store what it is given."""

    def __init__(self, target, statement):
        self._target = target
        self._statement = statement
        self.has_rows, self.rows, self.run = target.has_rows, target.rows, target.run

    def write(self, table, rows):
        self._target.write(table, rows)
        if table.name == "events":
            self.run(self._statement)


@pytest.mark.parametrize(
    ("table", "sql"),
    [
        ("groups", "DELETE FROM groups"),
        ("accounts", "UPDATE accounts SET username = 'Mallory' WHERE subject = 'alice'"),
        ("sessions", "UPDATE sessions SET ended_at = 0"),
        ("revoked_jtis", "INSERT INTO revoked_jtis (jti, expires_at) VALUES ('another', 1)"),
    ],
)
def test_what_did_not_arrive_as_it_was_is_noticed(source_url, target_url, table, sql):
    """A row fewer, a row more, one value: the copy is refused and not kept."""
    with (
        open_source(source_url) as source,
        pytest.raises(CopyDiffers) as refused,
        open_target(target_url) as target,
    ):
        copy(source, ForgetfulTarget(target, Statement(sql, {})))
    assert refused.value.table == table
    assert all(each.rows <= 1 for each in contents(target_url))


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        *((kind, "INSERT INTO groups (name, roles) VALUES (:name, '[]'), (:name, '[]')") for kind in KINDS),
        ("postgresql", "SELECT CAST(CAST(:name AS TEXT) AS BIGINT)"),
    ],
)
def test_what_cannot_be_stored_is_told_without_it(make_database, kind, sql):
    """An error of a database may hold what is in its rows; what is shown of it does not."""
    url = make_database(kind)
    with pytest.raises(StorageUnavailable) as refused, open_target(url) as target:
        target.run(Statement(sql, {"name": "secret"}))
    assert "secret" not in f"{refused.value} {refused.value.__cause__}"


def test_a_database_of_another_application_is_no_target(make_database):
    """Its tables may have our names. Nothing of it is changed, and the message says which table it is."""
    url = make_database("postgresql")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE sessions (mine TEXT)")
    with pytest.raises(StorageUnavailable) as refused, open_target(url):
        pass
    assert 'relation "sessions" already exists' in str(refused.value.__cause__)
    with psycopg.connect(url) as connection:
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(tables).fetchall() == [("sessions",)]


def test_text_that_the_target_cannot_hold_ends_the_copy(make_database):
    """SQLite's text may have a NUL character; PostgreSQL's may not."""
    url, target_url = make_database("sqlite"), make_database("postgresql")
    with open_target(url) as target:
        target.run(Statement("INSERT INTO groups (name, roles) VALUES (:name, '[]')", {"name": "a\0b"}))
    with pytest.raises(StorageUnavailable), open_source(url) as source, open_target(target_url) as target:
        copy(source, target)
    assert not any(each.rows for each in contents(target_url) if each.table == "groups")


def schema_version_set_to(url, version):
    on(url, lambda storage: storage.ready())
    with open_target(url) as target:
        target.run(Statement("DELETE FROM schema_version WHERE version > :version", {"version": version}))
        if version:
            target.run(
                Statement(
                    "INSERT INTO schema_version (version, name) VALUES (:version, 'other') "
                    "ON CONFLICT DO NOTHING",
                    {"version": version},
                )
            )


@pytest.mark.parametrize(("version", "refusal"), [(1, SchemaNotCurrent), (9999, SchemaTooNew)])
@pytest.mark.parametrize("end", [open_source, open_target])
def test_both_ends_have_this_release_s_schema(make_database, kind, end, version, refusal):
    """The rows of another release may mean something else. Migrating what is in use is no part of copying."""
    url = make_database(kind)
    schema_version_set_to(url, version)
    with pytest.raises(refusal), end(url):
        pass


def test_what_is_in_memory_does_not_grow_with_the_realm(make_database, kind):
    """A chunk of rows at a time, on both sides."""
    url, other = make_database(kind), make_database(kind)
    with open_target(url) as target:
        event = next(table for table in TABLES if table.name == "events")
        filler = "x" * 500
        target.write(
            event,
            ((number, "login.failed", NOW, None, None, None, None, "", filler) for number in range(20_000)),
        )
    tracemalloc.start()
    try:
        with open_source(url) as source, open_target(other) as target:
            assert copy(source, target)[-1].rows == 20_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_revocation_ends_everything_that_was_issued_before(make_database, kind):
    """All that was issued before is revoked; what was issued since, or ended before, stays as it is."""
    url, at = make_database(kind), later(1000)
    old, new = later(0), later(500)
    session, grant = examples.session, examples.grant
    commit(
        url,
        (
            writes.AddSession(session("old")),
            writes.AddSession(session("new", authenticated_at=new)),
            writes.AddSession(session("ended")),
            writes.EndSession(SessionId("ended"), later(1)),
            writes.AddGrant(grant("old", session_id=SessionId("old"))),
            writes.AddGrant(grant("late", session_id=SessionId("old"), created_at=new)),
            writes.AddGrant(grant("late-offline", session_id=SessionId("old"), created_at=new, offline=True)),
            writes.AddGrant(grant("offline", session_id=SessionId("new"), created_at=old, offline=True)),
            writes.AddGrant(grant("new", session_id=SessionId("new"), created_at=new)),
            writes.AddGrant(grant("revoked", session_id=SessionId("new"))),
            writes.RevokeGrant(GrantId("revoked"), later(1)),
            writes.AddOpaqueAccessToken(examples.machine_token("old")),
            writes.AddOpaqueAccessToken(examples.machine_token("new", issued_at=new)),
            writes.AddInteraction(examples.interaction("old")),
            writes.AddInteraction(examples.interaction("new", created_at=new)),
            idp_writes.AddOneTimeLink(examples.one_time_link()),
        ),
    )
    with open_target(url) as target:
        for statement in revocation(new, at=at):
            target.run(statement)

    async def ends(storage):
        sessions = [await storage.session_by_id(SessionId(name)) for name in ("old", "new", "ended")]
        names = ("old", "late", "late-offline", "offline", "new", "revoked")
        grants = [await storage.grant(GrantId(name)) for name in names]
        tokens = [await storage.opaque_access_token(Digest(name)) for name in ("old", "new")]
        interactions = [await storage.interaction(Digest(name)) for name in ("old", "new")]
        link = await storage.one_time_link(Digest("link"))
        return (
            [session.ended_at for session in sessions],
            {grant.grant_id: grant.revoked_at for grant in grants},
            [token.revoked_at for token in tokens],
            [interaction.ended_at for interaction in interactions],
            link.used_at,
        )

    assert on(url, ends) == (
        [at, None, later(1)],
        {"old": at, "late": at, "late-offline": None, "offline": at, "new": None, "revoked": later(1)},
        [at, None],
        [at, None],
        at,
    )
