"""authwright.idp.key_encryption."""

import stat

import pytest

from authwright.idp.key_encryption import KeyEncryptionKey, WrongKey, is_readable_by_others
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.types import Secret


def test_seals_and_unseals():
    """What is sealed under a name opens under that name."""
    key = KeyEncryptionKey.generate()
    sealed = key.seal(b"private", name="2026-11a")
    assert key.unseal(sealed, name="2026-11a") == b"private"
    assert b"private" not in sealed
    assert key.seal(b"private", name="2026-11a") != sealed


def test_does_not_open_for_others():
    """Not with another key, under another name, or after any change: one row cannot be passed for another."""
    key = KeyEncryptionKey.generate()
    sealed = key.seal(b"private", name="2026-11a")
    with pytest.raises(WrongKey):
        KeyEncryptionKey.generate().unseal(sealed, name="2026-11a")
    with pytest.raises(WrongKey):
        key.unseal(sealed, name="2026-11b")
    for at in range(len(sealed)):
        with pytest.raises(WrongKey):
            key.unseal(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], name="2026-11a")
    for size in (0, 11, 12, len(sealed) - 1):
        with pytest.raises(WrongKey):
            key.unseal(sealed[:size], name="2026-11a")


def test_text_form():
    """43 characters of base64url, with a line end or without."""
    key = KeyEncryptionKey.generate()
    text = key.text().reveal()
    assert len(text) == 43
    assert KeyEncryptionKey.parse(Secret(f"{text}\n")).text().reveal() == text


@pytest.mark.parametrize("text", ["", "changeme", "x" * 43, "A" * 43, "AAECAwQFBgcICQ", "é" * 43, "AQ" * 40])
def test_weak_keys_are_refused(text):
    """Short, typed and example keys are none."""
    with pytest.raises(InvalidValue) as refused:
        KeyEncryptionKey.parse(Secret(text))
    assert not text or text not in str(refused.value)


def test_file_is_for_its_owner_alone(tmp_path):
    """The file has mode 0600 from the start, and an existing one is never replaced."""
    path = tmp_path / "key"
    key = KeyEncryptionKey.generate()
    key.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not is_readable_by_others(path)
    assert KeyEncryptionKey.parse(Secret(path.read_text())).derive("x") == key.derive("x")
    with pytest.raises(FileExistsError):
        KeyEncryptionKey.generate().write(path)


@pytest.mark.parametrize(("mode", "exposed"), [(0o600, False), (0o640, False), (0o604, True), (0o666, True)])
def test_exposed_files(tmp_path, mode, exposed):
    """What every user of the machine can read or replace is no secret."""
    path = tmp_path / "key"
    path.touch()
    path.chmod(mode)
    assert is_readable_by_others(path) is exposed


def test_derived_keys_differ():
    """Each purpose has its own key, the same on every node."""
    key = KeyEncryptionKey.generate()
    assert key.derive("a") == KeyEncryptionKey.parse(key.text()).derive("a")
    assert key.derive("a") != key.derive("b")
    assert len(key.derive("a")) == 32


def test_repr_shows_nothing():
    """The key reaches no log by way of repr."""
    key = KeyEncryptionKey.generate()
    assert repr(key) == str(key) == "KeyEncryptionKey(…)"
    assert key.text().reveal() not in repr(key.text())
