"""
The codes in one-time links: short enough to read out, and spelled in one way however they are typed.

Crockford's base 32 has no I, L, O and U, so what looks like one is the digit. Only a code's digest is stored
(`authwright.idp.records.OneTimeLink`).
"""

import secrets
from typing import Final

from authwright.oauth.types import Digest, Secret

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP: Final = 4
_LOOKALIKES: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})

SHORT: Final = 2
"""Groups of 20 bits: 40 bits, for a link that lives minutes on a server that only this machine reaches."""

LONG: Final = 6
"""Groups of 20 bits: 120 bits, for a link on a server that anybody reaches."""


def new_code(groups: int = LONG) -> Secret:
    """*groups* groups of four characters with hyphens between, from the operating system's generator."""
    return Secret("-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(groups)))


def code_digest(code: str) -> Digest:
    """The digest of *code*, however it was typed: lower case, without hyphens, O for 0, I and L for 1."""
    return Secret(code.upper().translate(_LOOKALIKES)).digest()
