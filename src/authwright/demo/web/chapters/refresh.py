"""
New tokens without the person: the refresh token is used once and replaced. :rfc:`6749#section-6`,
:rfc:`9700#section-4.14.2`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authwright.client import AsyncClient, ErrorResponse, Tokens
from authwright.demo.web.calls import Called, call_api
from authwright.demo.web.chapter import Chapter, UnknownButton, tokens_of
from authwright.demo.web.messages import ShownExchange, shown_exchanges
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit

NAME: Final = "refresh"
_BEYOND_THE_WINDOW: Final = 60
"""Seconds. An old refresh token that comes within 30 is answered: two tabs may have refreshed at once."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Values before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """*called* is a call with the new token. *refusal* is the error code when there were no new tokens."""

    pairs: tuple[Pair, ...]
    exchanges: tuple[ShownExchange, ...]
    called: Called | None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Stolen:
    """An old refresh token came back: what both its user and the app were told."""

    thief: str
    app: str
    exchanges: tuple[ShownExchange, ...]


def _show(parts: Parts, visit: Visit) -> Mapping[str, Any]:
    del parts
    result = visit.results.get(NAME)
    return {
        "refreshed": result if isinstance(result, Refreshed) else None,
        "stolen": result if isinstance(result, Stolen) else None,
        "has_previous": visit.previous is not None,
    }


async def _press(parts: Parts, visit: Visit, button: str) -> None:
    tokens = tokens_of(visit)
    if button == "refresh":
        visit.results[NAME] = await _refresh(parts, visit, tokens)
    elif button == "theft" and visit.previous is not None:
        visit.results[NAME] = await _theft(parts, tokens, visit.previous)
    else:
        raise UnknownButton
    visit.done.add(NAME)


async def _refresh(parts: Parts, visit: Visit, tokens: Tokens) -> Refreshed:
    refusal, called = "", None
    async with parts.wire.watched() as overheard:
        try:
            renewed = await parts.client.refresh(tokens)
        except ErrorResponse as error:
            renewed, refusal = tokens, error.error
    if not refusal:
        visit.previous, visit.tokens = tokens, renewed
        called = await call_api(parts, "GET", "/items", renewed.access_token.reveal())
    return Refreshed(
        pairs=_pairs(tokens, renewed),
        exchanges=shown_exchanges(overheard, parts.addresses),
        called=called,
        refusal=refusal,
    )


async def _theft(parts: Parts, tokens: Tokens, old: Tokens) -> Stolen:
    """
    Somebody who has a copy of the app's store uses the old refresh token. That is a second client, so that
    what the app's own remembers of its refreshes plays no part.
    """
    parts.clock.skip(_BEYOND_THE_WINDOW)
    async with parts.wire.watched() as overheard:
        thief = await _outcome(parts.thief, old)
        app = await _outcome(parts.client, tokens)
    return Stolen(thief, app, shown_exchanges(overheard, parts.addresses))


async def _outcome(client: AsyncClient, tokens: Tokens) -> str:
    try:
        await client.refresh(tokens)
    except ErrorResponse as error:
        return error.error
    return ""


def _pairs(before: Tokens, after: Tokens) -> tuple[Pair, ...]:
    def ends(value: str) -> str:
        return f"{value[:10]}…{value[-10:]}"

    pairs = [Pair("access_token", ends(before.access_token.reveal()), ends(after.access_token.reveal()))]
    if before.refresh_token is not None and after.refresh_token is not None:
        pairs.append(Pair("refresh_token", before.refresh_token.reveal(), after.refresh_token.reveal()))
    return tuple(pairs)


CHAPTER: Final = Chapter(NAME, "Refresh", _show, _press)
