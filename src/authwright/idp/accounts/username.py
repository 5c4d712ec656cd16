"""
Usernames: what a person types, and the one form by which accounts are told apart.

Two spellings that look alike must be one account, or somebody registers the look-alike and receives what was
meant for the other (Unicode Technical Standard #39; the account takeovers of 2019 by way of U+0131, the
dotless i). The rules are those of the UsernameCaseMapped profile, :rfc:`8265#section-3.3`, with two
differences: case is folded instead of lowered, and compatibility forms are replaced (NFKC) instead of
refused, so that what a phone's keyboard makes of a name still signs in.
"""

import unicodedata
from typing import Final

from authwright.oauth.invalid_value import InvalidValue

MAX_LENGTH: Final = 254
"""The longest e-mail address that mail can carry, :rfc:`5321#section-4.5.3.1.3`: people use theirs."""

_ALIKE_ALPHABETS: Final = ("LATIN ", "GREEK ", "COPTIC ", "CYRILLIC ", "ARMENIAN ", "CHEROKEE ")
"""Alphabets whose letters pass for each other's. Names of characters begin with them."""


class InvalidUsername(InvalidValue):
    """The text cannot be a username; *detail* says why, in words for the person who chose it."""


def normal_form(username: str) -> str:
    """
    The form under which *username* is stored and looked up. Idempotent.

    Raises `InvalidUsername` when it is empty or longer than 254 characters, holds a space, a control, an
    invisible or an unassigned character, begins with a combining mark, or mixes alphabets that look alike.
    """
    if len(username) > MAX_LENGTH:
        raise InvalidUsername("A username has at most 254 characters.")
    normal = _fold(username.strip())
    if not normal:
        raise InvalidUsername("A username has at least one character.")
    if len(normal) > MAX_LENGTH:
        raise InvalidUsername("A username has at most 254 characters after normalisation.")
    _check_characters(normal)
    _check_alphabets(normal)
    return normal


def _fold(text: str) -> str:
    # The Unicode Standard, definition D146 (compatibility caseless matching), in composed form. One pass is
    # not enough: folding can undo the composition, and composing can bring back what folds. Twice is enough
    # for every character and every combination that tests have tried.
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", text.casefold())


def _check_characters(normal: str) -> None:
    categories = [unicodedata.category(character) for character in normal]
    if any(category.startswith("Z") for category in categories):
        raise InvalidUsername("A username has no spaces.")
    if any(category.startswith("C") for category in categories):
        raise InvalidUsername("A username has no control, invisible or unassigned characters.")
    if categories[0].startswith("M"):
        raise InvalidUsername("A username does not begin with a combining mark.")


def _check_alphabets(normal: str) -> None:
    # A name written wholly in another alphabet stays possible, as it must: it is somebody's name. Where such
    # a name is all look-alikes (Unicode TS #39, whole-script confusables) the administrator has to look.
    names = [unicodedata.name(character, "") for character in normal if character.isalpha()]
    alphabets = {alphabet for name in names for alphabet in _ALIKE_ALPHABETS if name.startswith(alphabet)}
    if len(alphabets) > 1:
        raise InvalidUsername("A username keeps to one alphabet where letters of two look alike.")
