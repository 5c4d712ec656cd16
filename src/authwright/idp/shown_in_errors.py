"""What an error says of a value: the value as it may be shown, and which name was probably meant."""

import difflib
import json
from collections.abc import Iterable
from typing import Final

_SHOWN: Final = 100


def shown(value: object) -> str:
    """*value* as an error may show it: one line of printable ASCII, at most 100 characters long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of *known* that *name* is most likely a misspelling of; None when there is none to name."""
    found = difflib.get_close_matches(name, [*known], n=1, cutoff=0.0)
    return found[0] if found else None
