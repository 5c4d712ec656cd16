"""
`authwright backup` and `restore`, from outside: a server and its people, another database, what it refuses.

A restored system refuses everything that was revoked before the backup, and offers to revoke all that was
issued before a time.
"""

import contextlib
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from authwright.client import Client, ErrorResponse, Login, NoAuth, Tokens
from authwright.idp.key_encryption import KeyEncryptionKey
from support.cli import AUTHWRIGHT, PATIENCE, authwright, in_process, running
from support.person import Person
from support.serving import free_port

PASSWORD = "walnut drawer spokeshave lantern"
REDIRECT_URI = "http://127.0.0.1:8321/callback"
GOODBYE_URI = "http://127.0.0.1:8321/bye"
ISSUER = "https://id.example.com"


@dataclass
class SignIn:
    """What one browser and one app have after it."""

    person: Person
    login: Login
    callback: str
    tokens: Tokens


def none_for(refused):
    """A refusal that we did not expect is raised."""
    if refused.error != "invalid_grant":
        raise refused


class App:
    """The app. Another process of it for each server, because it remembers what it refreshed."""

    def __init__(self, issuer):
        self.issuer = issuer
        self.client = Client(issuer, "app", auth=NoAuth())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def sign_in(self, person):
        request = self.client.begin_login(redirect_uri=REDIRECT_URI, scope="openid profile offline_access")
        callback = person.visit(request.authorization_url, REDIRECT_URI)
        return SignIn(person, request.login, callback, self.client.finish_login(request.login, callback))

    def refresh(self, tokens):
        """New tokens, or None when they are refused."""
        try:
            return self.client.refresh(tokens)
        except ErrorResponse as refused:
            return none_for(refused)

    def redeem_again(self, sign_in):
        """Tokens for the code that was redeemed, or None when it is refused."""
        try:
            return self.client.finish_login(sign_in.login, sign_in.callback)
        except ErrorResponse as refused:
            return none_for(refused)

    def userinfo_status(self, tokens):
        bearer = {"authorization": f"Bearer {tokens.access_token.reveal()}"}
        return httpx2.get(f"{self.issuer}/userinfo", headers=bearer, trust_env=False).status_code

    def is_signed_in(self, person):
        request = self.client.begin_login(redirect_uri=REDIRECT_URI, scope="openid", prompt="none")
        answer = parse_qs(urlsplit(person.visit(request.authorization_url, REDIRECT_URI)).query)
        assert "code" in answer or answer["error"] == ["login_required"]
        return "code" in answer


@pytest.fixture
def issuer():
    return f"http://localhost:{free_port()}"


@pytest.fixture
def people():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Person("carol", PASSWORD)) for _ in range(5)]


@pytest.fixture
def place(tmp_path, issuer, database):
    """A server's directory, with one client and one person."""
    port = str(urlsplit(issuer).port)
    assert authwright("init", "--issuer", issuer, "--port", port, cwd=tmp_path).code == 0
    uris = ("--redirect-uri", REDIRECT_URI, "--post-logout-redirect-uri", GOODBYE_URI)
    options = ("--public", "--scope", "openid profile offline_access", *uris)
    done = in_process("client", "add", "app", *options, cwd=tmp_path, **database)
    assert done.code == 0, done.err
    assert in_process("user", "add", "carol", cwd=tmp_path, input=f"{PASSWORD}\n", **database).code == 0
    return tmp_path


@pytest.fixture
def kinds():
    """Of the database that is backed up, and of that which is restored into."""
    return "sqlite", "sqlite"


@pytest.fixture
def database(request, tmp_path, kinds):
    """Environment variables that name the server's."""
    return named(request, kinds[0], tmp_path / "authwright.db")


@pytest.fixture
def another_database(request, tmp_path, kinds):
    """One that has nothing yet."""
    return named(request, kinds[1], tmp_path / "another.db")


def named(request, kind, path):
    if kind == "sqlite":
        return {"AUTHWRIGHT_DATABASE_URL": f"sqlite:///{path}"}
    cluster = request.getfixturevalue("postgresql")
    url = cluster.url(cluster.new_database())
    return {"AUTHWRIGHT_DATABASE_URL": url}


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory):
    """A server's directory with a backup, one that was written to, and one with an older schema."""
    place = tmp_path_factory.mktemp("backed-up")
    assert in_process("init", "--issuer", ISSUER, cwd=place).code == 0
    assert in_process("user", "add", "carol", cwd=place, input=f"{PASSWORD}\n").code == 0
    for name in ("backup.db", "damaged.db", "old.db"):
        assert in_process("backup", name, cwd=place).code == 0
    change(place / "damaged.db", "UPDATE accounts SET username = 'mallory'")
    change(place / "old.db", "DELETE FROM schema_version WHERE version > 1")
    return place


def change(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def serving(place, **environment):
    return running(AUTHWRIGHT, "serve", cwd=place, ready="server.ready", **environment)


@pytest.mark.parametrize("revoke", [False, True], ids=["as it was", "revoke before now"])
@pytest.mark.parametrize(
    "kinds", [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite")], ids="-".join
)
def test_a_restored_realm_refuses_what_was_revoked_before_the_backup(
    place, issuer, people, database, another_database, revoke
):
    """What was revoked after it lives again, unless the restore ends all that was issued before."""
    with serving(place, **database), App(issuer) as app:
        revoked, signed_out, replayed, alive, too_late = map(app.sign_in, people)
        app.client.revoke(revoked.tokens.refresh_token)
        url = app.client.logout_url(signed_out.tokens, post_logout_redirect_uri=GOODBYE_URI)
        signed_out.person.visit(url, GOODBYE_URI)
        assert app.redeem_again(replayed) is None

        made = authwright("backup", "backup.db", cwd=place, **database)
        assert made.code == 0, made.err

        app.client.revoke(too_late.tokens.refresh_token)
        assert app.refresh(too_late.tokens) is None
        after = app.refresh(alive.tokens)
        assert after is not None

    options = ("--revoke-before", "now") if revoke else ()
    done = authwright("restore", "backup.db", *options, cwd=place, **another_database)
    assert done.code == 0, done.err
    assert ("live again" in done.out) is not revoke

    with serving(place, **another_database), App(issuer) as app:
        # Before the backup: revoked, or its code replayed, or signed out.
        for each in (revoked, replayed):
            assert app.refresh(each.tokens) is None
            assert app.userinfo_status(each.tokens) == 401
        assert not app.is_signed_in(signed_out.person)
        # After it: issued, and so unknown here; or revoked, which is not known here either.
        assert app.refresh(after) is None
        assert app.userinfo_status(too_late.tokens) == (401 if revoke else 200)
        assert (app.refresh(too_late.tokens) is None) is revoke
        # Good at that moment: what lives, lives, and a code that was spent is spent.
        assert app.is_signed_in(alive.person) is not revoke
        assert (app.refresh(alive.tokens) is None) is revoke
        assert app.redeem_again(alive) is None
        # A sign-in works as ever, with the keys of before.
        assert app.userinfo_status(app.sign_in(revoked.person).tokens) == 200


class Traffic:
    """Sign-ins of one person, every second one revoked. In the lists is what was acknowledged."""

    def __init__(self, issuer, person):
        self.issuer, self.person = issuer, person
        self.kept, self.revoked = [], []
        self.has_begun, self.shall_end = threading.Event(), threading.Event()

    def run(self):
        with App(self.issuer) as app:
            while not self.shall_end.is_set():
                self.kept.append(app.sign_in(self.person).tokens)
                tokens = app.sign_in(self.person).tokens
                app.client.revoke(tokens.refresh_token)
                self.revoked.append(tokens)
                if len(self.revoked) == 3:
                    self.has_begun.set()


@pytest.mark.parametrize("kinds", [("sqlite", "sqlite"), ("postgresql", "postgresql")], ids="-".join)
def test_a_backup_is_made_while_people_sign_in(place, issuer, people, database, another_database):
    """Nobody is refused meanwhile, and all that was acknowledged before it began is in it."""
    traffic = Traffic(issuer, people[0])
    with serving(place, **database), ThreadPoolExecutor(1) as pool:
        working = pool.submit(traffic.run)
        try:
            assert traffic.has_begun.wait(PATIENCE)
            kept, revoked = list(traffic.kept), list(traffic.revoked)
            made = authwright("backup", "backup.db", cwd=place, **database)
        finally:
            traffic.shall_end.set()
        working.result(PATIENCE)
        assert made.code == 0, made.err
    done = authwright("restore", "backup.db", cwd=place, **another_database)
    assert done.code == 0, done.err
    with serving(place, **another_database), App(issuer) as app:
        assert all(app.refresh(tokens) is None for tokens in revoked)
        assert all(app.refresh(tokens) for tokens in kept)


def test_a_backup_and_its_restore_say_what_they_do_not_hold(place, another_database):
    """The key that opens the signing keys is not in it, and its owner is told; another key is refused."""
    made = authwright("backup", "backup.db", cwd=place)
    assert "key-encryption key" in made.out
    key = (place / "authwright.key").read_text().strip()
    assert key.encode() not in (place / "backup.db").read_bytes()

    other = KeyEncryptionKey.generate().text().reveal()
    environment = {**another_database, "AUTHWRIGHT_KEY_ENCRYPTION_KEY": other}
    (place / "authwright.toml").write_text(f'issuer = "{ISSUER}"')
    refused = in_process("restore", "backup.db", cwd=place, **environment)
    assert refused.code == 2
    assert "AW508" in refused.err
    assert not (place / "another.db").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("backup", "backup.db"), 1, "AW403"),
        (("backup", "no-such-directory/backup.db"), 1, "AW410"),
        (("restore", "nothing.db"), 2, "does not exist"),
        (("restore", "authwright.key"), 1, "AW418"),
        (("restore", "authwright.db"), 1, "AW418"),
        (("restore", "backup.db"), 1, "AW415"),
        (("restore", "backup.db", "--revoke-before", "2026-11-24T10:00:00"), 2, "zone"),
        (("restore", "backup.db", "--revoke-before", "yesterday"), 2, "neither now nor a time"),
        (("restore", "old.db"), 1, "pip install authwright==0.1.0"),
        (("storage", "copy", "sqlite:///nothing.db", "sqlite:///new.db"), 1, "AW410"),
        (("storage", "copy", "sqlite:///authwright.db", "sqlite:///authwright.db"), 1, "AW415"),
        (("storage", "copy", "sqlite:///authwright.db", "sqlite:///backup.db"), 1, "AW415"),
        (("storage", "copy", "sqlite:///old.db", "sqlite:///new.db"), 1, "AW416"),
        (("storage", "copy", "sqlite:///authwright.key", "sqlite:///new.db"), 1, "AW411"),
        (("storage", "copy", "sqlite:///authwright.db", "postgresql://u:pw@127.0.0.1/x"), 2, "~/.pgpass"),
        (("storage", "copy", "sqlite:///authwright.db", "postgresql://u@127.0.0.1:1/x"), 1, "AW411"),
        (("storage", "copy", "authwright.db", "sqlite:///new.db"), 2, "database_url"),
    ],
)
def test_what_cannot_be_copied_says_why(backed_up, arguments, code, message):
    """One message, exit code 1 or 2, no traceback, and no new file."""
    before = databases(backed_up)
    done = in_process(*arguments, cwd=backed_up)
    assert done.code == code, done.err
    assert message in done.err
    assert "Traceback" not in done.err
    assert databases(backed_up) == before


def databases(directory):
    return {path.name for path in directory.glob("*.db")}


@pytest.mark.parametrize("kinds", [("sqlite", "sqlite"), ("sqlite", "postgresql")], ids="-".join)
def test_a_damaged_backup_leaves_the_database_empty(backed_up, another_database):
    """So that another one can be restored into it."""
    done = in_process("restore", "damaged.db", cwd=backed_up, **another_database)
    assert done.code == 1
    assert "AW417" in done.err
    assert "accounts" in done.err
    assert in_process("restore", "backup.db", cwd=backed_up, **another_database).code == 0


def test_a_copy_prints_what_it_moved(backed_up):
    """Rows and digest of each table; the copy of the copy is the same."""
    first = in_process("storage", "copy", "sqlite:///authwright.db", "sqlite:///first.db", cwd=backed_up)
    second = in_process("storage", "copy", "sqlite:///first.db", "sqlite:///second.db", cwd=backed_up)
    assert first.code == second.code == 0
    assert first.out == second.out
    assert re.search(r"\baccounts +1 +[0-9a-f]{64}\n", first.out)
