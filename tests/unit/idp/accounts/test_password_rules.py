"""authwright.idp.accounts.password_rules."""

import pytest

from authwright.idp.accounts.password_rules import (
    PasswordRefused,
    Weakness,
    check_new_password,
    context_words,
)
from authwright.oauth.types import Secret

ALICE = ("alice.liddell", "wonder", "https://id.wonderland.example/auth")


@pytest.mark.parametrize(
    "password",
    [
        "gV7-xk29!mPqz",
        "correct horse battery staple",
        "un café très serré",
        "лошадь скрепка батарея",
        "tr0ub4dor&3xyz",
        "x9" * 10 + "kQ vbn 77 ölprüm",
        "kQ7vbnölprüm" + "a" * 200,
        "a" * 200 + "kQ7vbnölprüm",
    ],
)
def test_accepted(password):
    """Any characters, any mixture, spaces too. NIST SP 800-63B-4 §3.1.1.2."""
    check_new_password(Secret(password), context=ALICE)


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("", Weakness.TOO_SHORT),
        ("gV7-xk29!mP", Weakness.TOO_SHORT),
        ("e\u0301" * 11, Weakness.TOO_SHORT),
        ("gV7-xk29!mPqz" * 100, Weakness.TOO_LONG),
        ("\u20ac" * 342, Weakness.TOO_LONG),
        ("gV7-xk29!\0mPqz", Weakness.CONTROL_CHARACTER),
        ("gV7-xk29!\nmPqz", Weakness.CONTROL_CHARACTER),
        ("gV7-xk29!\ud800mPqz", Weakness.CONTROL_CHARACTER),
        ("gV7-Alice.Liddell-xk", Weakness.CONTEXT_WORD),
        ("gV7-LIDDELL-xk29", Weakness.CONTEXT_WORD),
        ("gV7-wonder-xk29", Weakness.CONTEXT_WORD),
        ("gV7-wonderland-xk29", Weakness.CONTEXT_WORD),
        ("1q2w3e4r5t6y", Weakness.BREACHED),
        ("password1234", Weakness.BREACHED),
        ("PASSWORD-1234", Weakness.GUESSABLE),
        ("qwertyuiop12", Weakness.GUESSABLE),
        ("aaaaaaaaaaaa", Weakness.GUESSABLE),
        ("abcdefghijklmn", Weakness.GUESSABLE),
        ("P@ssw0rdP@ssw0rd", Weakness.GUESSABLE),
        ("password" * 30, Weakness.GUESSABLE),
        ("monkey20061990", Weakness.GUESSABLE),
    ],
)
def test_refused(password, weakness):
    """Short, long, listed and guessable passwords, and those with words of the place, are refused."""
    with pytest.raises(PasswordRefused) as refused:
        check_new_password(Secret(password), context=ALICE)
    assert refused.value.weakness is weakness


@pytest.mark.parametrize("weakness", Weakness)
def test_each_refusal_teaches(weakness):
    """The advice is a sentence that says what to do, and the exception holds nothing else."""
    refused = PasswordRefused(weakness)
    assert refused.advice.endswith((".", "first."))
    assert len(refused.advice) > 30
    assert str(refused) == weakness.value


def test_twelve_characters_are_enough():
    """The limit counts code points after normalisation."""
    check_new_password(Secret("gV7-xk29!mPq"))


def test_words_of_the_place():
    """Names count whole and by their parts; what is short or says nothing about the place does not count."""
    words = context_words(("Bob", "mail.example", "https://login.acme-corp.example:8443/"))
    assert {"acme", "corp"} <= words
    assert not words & {"bob", "mail", "login", "example", "https", "8443x"}
