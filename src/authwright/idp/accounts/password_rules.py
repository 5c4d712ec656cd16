"""
Which passwords an account may have: NIST SP 800-63B-4, section 3.1.1.2.

Length and guessability, no classes of characters and no expiry. Guessability is judged by zxcvbn: its lists
hold the passwords of past breaches that are tried first, with words and names, and it finds them reversed,
repeated, with digits for letters, and as patterns on the keyboard. Nothing leaves the machine.
"""

import math
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, cast

from authwright.idp.accounts.password import canonical, is_too_long
from authwright.oauth.types import Secret

MIN_LENGTH: Final = 12
"""Code points after normalisation. SP 800-63B-4 asks for 15 where the password is the only factor and the
verifier does nothing against weak ones, and allows 8 next to a second factor; 12 with the estimate below."""

MIN_GUESSES: Final = 10**8
"""What an attacker who knows the patterns must try, by zxcvbn's estimate; its score of 3 begins here."""

_MIN_CONTEXT_WORD: Final = 4
_ESTIMATED_LENGTH: Final = 72
"""The estimate takes time that grows with the square of the length; what is longer is judged by its ends."""

_MOST_READINGS: Final = 16
"""It also reads a text anew for every way to take digits and signs for letters, of which there are hundreds
where many kinds of them come together: seconds for one password. Real ones have a few."""

MARKS: Final = ("4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2")
"""What zxcvbn takes for each letter that has such marks."""


class Weakness(StrEnum):
    """Why a password is refused. The value is a stable name for pages and APIs."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    CONTEXT_WORD = "context_word"
    BREACHED = "breached"
    GUESSABLE = "guessable"


_ADVICE: Final = {
    Weakness.TOO_SHORT: "Use at least 12 characters. Four unrelated words make a good password.",
    Weakness.TOO_LONG: "Use at most 1024 bytes, about 1000 characters.",
    Weakness.CONTROL_CHARACTER: "Leave out control characters such as tab, line break or NUL.",
    Weakness.CONTEXT_WORD: "Leave out your user name, your e-mail address and the name of this site: "
    "they are tried first.",
    Weakness.BREACHED: "This password is on the lists of stolen passwords that attackers try first. "
    "Choose another one; adding a digit does not help.",
    Weakness.GUESSABLE: "This password is easy to guess: it is made of common words, names, repeats or "
    "keyboard patterns. Add an unrelated word or two.",
}


class PasswordRefused(Exception):
    """A new password is too weak. *advice* tells the person what to change. Holds nothing of it."""

    def __init__(self, weakness: Weakness) -> None:
        super().__init__(weakness.value)
        self.weakness = weakness
        self.advice = _ADVICE[weakness]


def check_new_password(password: Secret, *, context: Iterable[str] = ()) -> None:
    """
    Check that *password* may become somebody's. Raises `PasswordRefused`.

    *context* are words that are public in this place: username, e-mail address, issuer. Each counts as a
    whole and by its parts. Takes milliseconds, up to 100 for the longest: not for the event loop.
    """
    if is_too_long(password):
        raise PasswordRefused(Weakness.TOO_LONG)
    text = canonical(password)
    if len(text) < MIN_LENGTH:
        raise PasswordRefused(Weakness.TOO_SHORT)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise PasswordRefused(Weakness.CONTROL_CHARACTER)
    words = context_words(context)
    folded = text.casefold()
    if any(word in folded for word in words):
        raise PasswordRefused(Weakness.CONTEXT_WORD)
    _check_guessability(text, words)


def context_words(context: Iterable[str]) -> frozenset[str]:
    """The words of four letters or more in *context*, and its entries as a whole, case folded."""
    words: set[str] = set()
    for entry in context:
        folded = unicodedata.normalize("NFC", entry).casefold()
        parts = "".join(character if character.isalnum() else " " for character in folded).split()
        words.update({folded.strip(), *parts})
    return frozenset(word for word in words if len(word) >= _MIN_CONTEXT_WORD and word not in _COMMON_PARTS)


_COMMON_PARTS: Final = frozenset({"http", "https", "localhost", "mail", "gmail", "login", "auth", "example"})
"""Parts of addresses that say nothing about the person or the place; refusing them would only surprise."""


def _check_guessability(text: str, words: frozenset[str]) -> None:
    estimates = [_estimate(stretch, words) for stretch in stretches(text)]
    if max(estimate["guesses"] for estimate in estimates) >= MIN_GUESSES:
        return
    if any(_is_listed(estimate) for estimate in estimates):
        raise PasswordRefused(Weakness.BREACHED)
    raise PasswordRefused(Weakness.GUESSABLE)


def stretches(text: str) -> frozenset[str]:
    """
    Both ends of *text* as far as they can be judged in time; often it is all of it.

    A password is at least as hard to guess as any stretch of it: what is left out makes none look stronger.
    The first `MIN_LENGTH` characters are always in: few enough whatever they are.
    """
    return frozenset({_beginning(text), _beginning(text[::-1])[::-1]})


def _beginning(text: str) -> str:
    length = min(len(text), MIN_LENGTH)
    while length < min(len(text), _ESTIMATED_LENGTH) and _readings(text[: length + 1]) <= _MOST_READINGS:
        length += 1
    return text[:length]


def _readings(text: str) -> int:
    """A bound of the ways to take marks for letters in *text*; a mark of two letters doubles them."""
    kinds = set(text)
    choices = [max(1, len(kinds.intersection(marks))) for marks in MARKS]
    return math.prod(choices) << len(kinds.intersection("1|7"))


def _estimate(text: str, words: frozenset[str]) -> dict[str, Any]:
    # Imported here: its word lists take a tenth of the whole program's start, and a password is set rarely.
    from zxcvbn import zxcvbn  # type: ignore[import-untyped] # pyright: ignore[reportUnknownVariableType]

    return cast("dict[str, Any]", zxcvbn(text, user_inputs=sorted(words)))


def _is_listed(estimate: dict[str, Any]) -> bool:
    """Whether the whole text is one entry of the list of breached passwords, or one with letters swapped."""
    sequence = estimate["sequence"]
    return len(sequence) == 1 and sequence[0].get("dictionary_name") == "passwords"
