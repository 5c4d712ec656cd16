"""`authwright.idp.one_time_code`."""

import re

import pytest

from authwright.idp.one_time_code import LONG, SHORT, code_digest, new_code


@pytest.mark.parametrize(("groups", "length"), [(SHORT, 9), (LONG, 29)])
def test_a_code_is_groups_of_four_readable_characters(groups, length):
    """A code can be read out: no I, L, O or U."""
    code = new_code(groups).reveal()
    assert len(code) == length
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4})*", code)


def test_codes_differ():
    """Nobody can guess a code from another."""
    assert len({new_code().reveal() for _ in range(100)}) == 100


@pytest.mark.parametrize("typed", ["7q4k-m2z0", "7Q4KM2Z0", "7Q4K M2ZO", "7Q4K-M2Zo"])
def test_a_code_is_known_in_every_spelling(typed):
    """A person who types a code from paper gets in."""
    assert code_digest(typed) == code_digest("7Q4K-M2Z0")


def test_another_code_has_another_digest():
    """Spelling is forgiven, characters are not."""
    assert code_digest("7Q4K-M2Z1") != code_digest("7Q4K-M2Z0")
