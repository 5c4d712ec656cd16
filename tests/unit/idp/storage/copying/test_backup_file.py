"""authwright.idp.storage.copying.backup and restore: whole or not there, and never mistaken for another."""

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.storage import StorageUnavailable
from authwright.authorization_server.writes import RecordEvent
from authwright.idp import writes as idp_writes
from authwright.idp.configuration_error import ConfigurationError, Problem
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.storage.copying.backup import (
    BackupDamaged,
    BackupOfAnotherRelease,
    NotABackup,
    open_backup,
    write_backup,
)
from authwright.idp.storage.copying.ends import TargetNotEmpty
from authwright.idp.storage.copying.open import open_source, open_target
from authwright.idp.storage.copying.restore import check_keys, restore
from authwright.idp.storage.copying.tables import TABLES
from authwright.idp.storage.open import open_storage
from authwright.idp.storage.schema import SchemaTooNew
from support import storage_examples as examples
from support.storage_examples import GRANTED, NOW, later

KEY = KeyEncryptionKey.generate()
ACCOUNTS, EVENTS = (next(table for table in TABLES if table.name == name) for name in ("accounts", "events"))


@pytest.fixture
def url(tmp_path):
    """A realm with a person, a grant, a signing key, and a page or two of log."""
    url = f"sqlite:///{tmp_path}/realm.db"
    sealed = KEY.seal(b"private", name="key-1")
    commit(
        url,
        *GRANTED,
        idp_writes.AddAccount(examples.account()),
        idp_writes.AddSigningKey(examples.signing_key(sealed_private_jwk=sealed), None, None),
        *(RecordEvent(examples.event("a long line " * 20)) for _ in range(100)),
    )
    return url


@pytest.fixture
def backup(url, tmp_path):
    path = tmp_path / "backups" / "backup.db"
    path.parent.mkdir()
    make(url, path)
    return path


def commit(url, *what):
    async def run():
        storage = open_storage(url)
        await storage.commit(what)
        await storage.close()

    asyncio.run(run())


def make(url, path):
    with open_source(url) as source:
        return write_backup(source, path, made_at=NOW, release="1.2.3")


def restored(path, tmp_path, **options):
    """The URL of a new database with what is in the backup *path*."""
    url = f"sqlite:///{tmp_path}/restored.db"
    with open_backup(path) as opened, open_target(url) as target:
        restore(opened, target, **({"revoke_before": None, "at": later(9)} | options))
    return url


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def write(path, sql):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def test_a_backup_is_one_file_for_its_owner(backup):
    """No log or journal beside it that one would have to know of."""
    assert names(backup.parent) == ["backup.db"]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_backup_can_be_read_from_where_nothing_can_be_written(backup):
    """Reading changes nothing, makes no file, and needs no permission to."""
    before = backup.read_bytes()
    backup.chmod(0o400)
    backup.parent.chmod(0o500)
    try:
        with open_backup(backup) as opened:
            check_keys(opened.source, KEY)
        assert names(backup.parent) == ["backup.db"]
        assert backup.read_bytes() == before
    finally:
        backup.parent.chmod(0o700)


def test_no_file_is_overwritten(url, backup):
    """Neither one that is there, nor one that has come there meanwhile."""
    before = backup.read_bytes()
    with pytest.raises(FileExistsError):
        make(url, backup)
    late = backup.with_name("late.db")

    class Slow:
        def __init__(self, source):
            self._source = source

        def rows(self, table):
            late.write_text("mine")
            yield from self._source.rows(table)

    with open_source(url) as source, pytest.raises(FileExistsError):
        write_backup(Slow(source), late, made_at=NOW, release="1.2.3")
    assert (backup.read_bytes(), late.read_text()) == (before, "mine")
    assert names(backup.parent) == ["backup.db", "late.db"]


def test_a_backup_that_fails_leaves_nothing(url, backup):
    """A file with the name of a backup is one."""

    class Lost:
        def rows(self, table):
            raise StorageUnavailable("the source is gone")
            yield

    with pytest.raises(StorageUnavailable, match="the source is gone"):
        write_backup(Lost(), backup.with_name("next.db"), made_at=NOW, release="1.2.3")
    assert names(backup.parent) == ["backup.db"]


def test_a_file_system_without_links(url, backup, monkeypatch):
    """A memory stick has none; the name is given by renaming there, and still nothing is overwritten."""

    def no_links(*_args, **_options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = backup.with_name("next.db")
    make(url, path)
    assert path.read_bytes()
    with pytest.raises(FileExistsError):
        make(url, path)
    assert names(backup.parent) == ["backup.db", "next.db"]


def test_a_restored_realm_has_what_the_backup_has_and_says_where_it_is_from(backup, tmp_path):
    """The audit log has the restore, so that what follows it is understood."""
    url = restored(backup, tmp_path, revoke_before=later(8))

    async def read():
        storage = open_storage(url)
        events = await storage.events(limit=1000)
        account = await storage.account(examples.ALICE)
        await storage.close()
        return events, account

    events, account = asyncio.run(read())
    assert account == examples.account()
    assert (len(events), events[0].kind, events[0].at) == (101, EventKind.REALM_RESTORED, later(9))
    assert events[0].detail == (
        "backup of 2027-01-15T08:00:00+00:00; revoked what was issued before 2027-01-15T08:00:08+00:00"
    )


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM grants",
        "UPDATE accounts SET username = 'mallory'",
        "UPDATE grants SET revoked_at = NULL, expires_at = expires_at + 1",
        "INSERT INTO groups (name, roles) VALUES ('new', '[]')",
        "UPDATE backup_contents SET digest = 'x' WHERE name = 'events'",
    ],
)
def test_a_backup_that_was_written_to_is_noticed(backup, tmp_path, damage):
    """What a restore reads is held against what was put in; nothing of it is kept."""
    write(backup, damage)
    with pytest.raises(BackupDamaged):
        restored(backup, tmp_path)
    with open_target(f"sqlite:///{tmp_path}/restored.db") as target:
        assert not any(target.has_rows(table) for table in (ACCOUNTS, EVENTS))


def test_a_backup_with_a_damaged_page_is_noticed(backup, tmp_path):
    """Wherever it is: as no backup, as damaged, or the page was not used."""
    whole = backup.read_bytes()
    outcomes = set()
    for page in range(0, len(whole), 4096):
        backup.write_bytes(whole[:page] + bytes(range(256)) * 16 + whole[page + 4096 :])
        (tmp_path / "restored.db").unlink(missing_ok=True)
        try:
            restored(backup, tmp_path)
        except (NotABackup, BackupDamaged, SchemaTooNew, BackupOfAnotherRelease) as error:
            outcomes.add(type(error))
        else:
            outcomes.add(None)
    assert {NotABackup, BackupDamaged} <= outcomes


@pytest.mark.parametrize("content", [b"", b"not a database", None])
def test_what_is_no_backup(url, tmp_path, content):
    """Not a file of any kind, and not a database: that would be restored by a copy."""
    path = tmp_path / "realm.db"
    if content is not None:
        path = tmp_path / "file"
        path.write_bytes(content)
    with pytest.raises(NotABackup), open_backup(path):
        pass
    with pytest.raises(NotABackup), open_backup(Path("nowhere.db")):
        pass


def test_a_backup_that_does_not_say_what_is_in_it(backup):
    """Nothing that it has could be held against anything."""
    write(backup, "DELETE FROM backup_contents WHERE name = 'grants'")
    with pytest.raises(NotABackup), open_backup(backup):
        pass


def test_a_backup_of_an_older_release_names_it(backup):
    """So that one knows what to install."""
    write(backup, "DELETE FROM schema_version WHERE version > 1")
    with pytest.raises(BackupOfAnotherRelease) as refused, open_backup(backup):
        pass
    assert refused.value.release == "1.2.3"


def test_a_backup_of_a_newer_release(backup):
    """Its rows may mean what this release does not know."""
    write(backup, "INSERT INTO schema_version (version, name) VALUES (9999, 'later')")
    with pytest.raises(SchemaTooNew), open_backup(backup):
        pass


def test_keys_that_cannot_be_opened(backup):
    """A realm that cannot use its signing keys would not start; said before anything is written."""
    with open_backup(backup) as opened:
        check_keys(opened.source, KEY)
        with pytest.raises(ConfigurationError) as refused:
            check_keys(opened.source, KeyEncryptionKey.generate())
    assert refused.value.problem is Problem.WRONG_KEY
    assert "key-1" in str(refused.value)


def test_a_backup_is_restored_into_nothing_that_is_in_use(backup, tmp_path):
    """Twice is once too often."""
    restored(backup, tmp_path)
    with pytest.raises(TargetNotEmpty):
        restored(backup, tmp_path)
