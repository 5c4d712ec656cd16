"""The names of signing keys, ``kid``: :rfc:`7517#section-4.5`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from authwright.oauth.types import Timestamp


def next_kids(taken: Sequence[str], now: Timestamp, count: int) -> tuple[str, ...]:
    """
    Names that people can say and compare: the month and a letter, ``2026-11a``, ``2026-11b``.

    One more than the last of the month, so that the name of a key that is gone does not come back: the last
    is the newest of its algorithm, and that one is never deleted.
    """
    month = datetime.fromtimestamp(now, UTC).strftime("%Y-%m")
    last = max((number_of(kid.removeprefix(month)) for kid in taken if kid.startswith(month)), default=0)
    return tuple(month + letters_of(last + 1 + i) for i in range(count))


def letters_of(number: int) -> str:
    """1 is a, 26 is z, 27 is aa, as the columns of a spreadsheet."""
    letters = ""
    while number:
        number, remainder = divmod(number - 1, 26)
        letters = chr(ord("a") + remainder) + letters
    return letters


def number_of(letters: str) -> int:
    """The inverse of `letters_of`."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("a") + 1
    return number
