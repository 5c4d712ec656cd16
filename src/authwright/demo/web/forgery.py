"""
Tokens as somebody would have them who cannot sign: each is refused, and says by which check.

No honest client makes these. They are those attacks of :rfc:`8725#section-2` and :rfc:`9068#section-5` that a
person can do by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from authwright.client import Tokens
from authwright.jose.encoding import b64url_decode, b64url_encode, dump_json, parse_json_object

FORBIDDEN_SCOPE: Final = "items:purge"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a token, and whether it is not that of the real one."""

    text: str
    changed: bool


def with_another_signature(tokens: Tokens) -> str:
    """One character of the signature is another."""
    head, _, signature = tokens.access_token.reveal().rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def with_more_scope(tokens: Tokens) -> str:
    """The scope that the API wants is written into the claims, and the signature left as it was."""
    header, payload, signature = tokens.access_token.reveal().split(".")
    claims = parse_json_object(b64url_decode(payload))
    claims["scope"] = f"{claims.get('scope', '')} {FORBIDDEN_SCOPE}".strip()
    return f"{header}.{b64url_encode(dump_json(claims))}.{signature}"


def without_signature(tokens: Tokens) -> str:
    """The header says that there is no signature (:rfc:`7518#section-3.6`), and there is none."""
    header, payload, _ = tokens.access_token.reveal().split(".")
    members = parse_json_object(b64url_decode(header)) | {"alg": "none"}
    return f"{b64url_encode(dump_json(members))}.{payload}."


def another_token(tokens: Tokens) -> str:
    """The ID token: signed by the same issuer, about the same person, and not for the API."""
    return tokens.access_token.reveal() if tokens.id_token is None else tokens.id_token.reveal()


FORGERIES: Final[dict[str, Callable[[Tokens], str]]] = {
    "signature": with_another_signature,
    "scope": with_more_scope,
    "none": without_signature,
    "id-token": another_token,
}
"""By the names of the buttons."""


def compared(token: str, real: str) -> tuple[tuple[Piece, ...], ...]:
    """The parts of *token*, each in pieces that are those of *real* and the one that is not."""
    parts, real_parts = token.split("."), real.split(".")
    return tuple(_pieces(part, real_part) for part, real_part in zip(parts, real_parts, strict=True))


def _pieces(part: str, real: str) -> tuple[Piece, ...]:
    begin = _common(part, real)
    end = _common(part[begin:][::-1], real[begin:][::-1])
    stop = len(part) - end
    pieces = Piece(part[:begin], changed=False), Piece(part[begin:stop], changed=True)
    return tuple(piece for piece in (*pieces, Piece(part[stop:], changed=False)) if piece.text)


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((number for number, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
