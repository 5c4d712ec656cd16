"""authwright.idp.accounts.username."""

import pytest

from authwright.idp.accounts.username import InvalidUsername, normal_form


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("alice", "alice"),
        ("  Alice\t", "alice"),
        ("ALICE@Example.COM", "alice@example.com"),
        ("Straße", "strasse"),
        ("ＡＬＩＣＥ", "alice"),  # noqa: RUF001 - a keyboard for full-width letters
        ("José", "josé"),
        ("ΑΛΊΚΗ", "αλίκη"),
        ("Алиса", "алиса"),
        ("ﬁnn", "finn"),
        ("李雷", "李雷"),
        ("o'hara_1.x+y-z", "o'hara_1.x+y-z"),
    ],
)
def test_one_account_however_it_is_typed(typed, normal):
    """Case, width, composition and ligatures do not make another account."""
    assert normal_form(typed) == normal
    assert normal_form(normal) == normal


def test_dotless_i_is_not_i():
    """U+0131 does not become i: the address of a look-alike is not the account's. CVE-2019-19844."""
    assert normal_form("mike@example.org") != normal_form("m\u0131ke@example.org")


def test_kelvin_sign_is_k():
    """U+212A looks like K and is the same account, so it cannot be registered next to it."""
    assert normal_form("\u212aate") == "kate"


@pytest.mark.parametrize(
    ("typed", "detail"),
    [
        ("", "at least one character"),
        (" \u3000 ", "at least one character"),
        ("a" * 255, "at most 254"),
        ("\ufdfa" * 100, "after normalisation"),
        ("al ice", "no spaces"),
        ("al\u2003ice", "no spaces"),
        ("al\nice", "no control"),
        ("al\x00ice", "no control"),
        ("al\u200bice", "invisible"),
        ("al\u202eice", "invisible"),
        ("al\ud800ice", "unassigned"),
        ("al\ue000ice", "unassigned"),
        ("\u0301alice", "combining mark"),
        ("p\u0430ypal", "one alphabet"),
        ("\u0391lice", "one alphabet"),
    ],
)
def test_refused(typed, detail):
    """What cannot be seen, cannot be told apart, or is too long is no username, and the refusal says why."""
    with pytest.raises(InvalidUsername) as refused:
        normal_form(typed)
    assert detail in refused.value.detail
    assert not typed.strip() or typed not in refused.value.detail


def test_length_limit_is_254():
    """The longest address that mail can carry is a username. RFC 5321 §4.5.3.1.3."""
    assert len(normal_form("a" * 254)) == 254
