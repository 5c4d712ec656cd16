"""authwright.idp.accounts.password_rules."""

import pytest
from zxcvbn import matching

from authwright.idp.accounts.password_rules import (
    MARKS,
    MIN_LENGTH,
    PasswordRefused,
    Weakness,
    check_new_password,
    context_words,
    stretches,
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


@pytest.mark.parametrize(
    "password",
    [
        "4@8({[<369!|10$5+7%2zA" * 6,
        "4@({[<|1!7$5" + "abc" * 50,
        "abc" * 50 + "4@({[<|1!7$5",
        "a1b|c7d!e4f@g(h{i[j<k$l5m+" * 5,
        "x" * 11 + "1|7!4@({[<$5+69" * 9,
        "4" * 500,
        "a" * 500,
    ],
)
def test_no_password_takes_long_to_judge(password):
    """
    SECURITY, rule 10. zxcvbn looks up every part of a text, once for each way to take its marks for letters:
    here is counted how often. A password of this kind once took ten seconds.
    """
    looked_up = 0
    for stretch in stretches(password):
        readings = matching.enumerate_l33t_subs(matching.relevant_l33t_subtable(stretch, matching.L33T_TABLE))
        looked_up += len(readings) * len(stretch) * (len(stretch) + 1) // 2
    assert looked_up < 120_000


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "p@$$w0rd p@$$w0rd", "Tr0ub4dor&3 and 11 more!" * 3]
)
def test_what_people_choose_is_judged_whole(password):
    assert stretches(password) == {password}


@pytest.mark.parametrize(
    "password", ["4@8({[<369!|10$5+7%2zA" * 3, "gV7-xk29!mPq", "a" * 500, "4@8({[<369!|"]
)
def test_what_is_judged_is_a_part_of_the_password(password):
    """Each end, and no less of it than the shortest password has: what is left out makes none stronger."""
    beginning, end = (
        max(
            (stretch for stretch in stretches(password) if is_end(stretch)),
            key=len,
        )
        for is_end in (password.startswith, password.endswith)
    )
    assert min(len(beginning), len(end)) >= MIN_LENGTH


def test_the_marks_are_those_of_zxcvbn():
    """So that a newer one that knows more of them is noticed."""
    assert sorted(map(sorted, matching.L33T_TABLE.values())) == sorted(map(sorted, MARKS))


def test_words_of_the_place():
    """Names count whole and by their parts; what is short or says nothing about the place does not count."""
    words = context_words(("Bob", "mail.example", "https://login.acme-corp.example:8443/"))
    assert {"acme", "corp"} <= words
    assert not words & {"bob", "mail", "login", "example", "https", "8443x"}
