"""A token that somebody changed is refused, whatever it says."""

from dataclasses import dataclass
from typing import Final

from authwright.demo.web.calls import Called, call_api, every_check
from authwright.demo.web.chapter import Chapter, UnknownButton, result_of, tokens_of
from authwright.demo.web.forgery import FORGERIES, Piece, compared
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit
from authwright.resource_server.explanation import Step

NAME: Final = "tampering"
ABSENT: Final = "absent"
"""The button for no token at all."""


@dataclass(frozen=True, slots=True)
class Tampered:
    """What was sent, and what came of it. *token* is empty when none was sent."""

    button: str
    token: tuple[tuple[Piece, ...], ...]
    called: Called
    checks: tuple[Step, ...]


async def _press(parts: Parts, visit: Visit, button: str) -> None:
    tokens = tokens_of(visit)
    if button == ABSENT:
        result = Tampered(button, (), await call_api(parts, "GET", "/items", None), ())
    elif button in FORGERIES:
        token = FORGERIES[button](tokens)
        called = await call_api(parts, "GET", "/items", token)
        pieces = compared(token, tokens.access_token.reveal())
        result = Tampered(button, pieces, called, await every_check(parts, token))
    else:
        raise UnknownButton
    visit.results[NAME] = result
    visit.done.add(NAME)


CHAPTER: Final = Chapter(NAME, "Tamper with it", result_of(NAME), _press)
