"""Giving the tokens back (:rfc:`7009`), and who learns of it when."""

from dataclasses import dataclass
from typing import Final

from authwright.client import ErrorResponse, InvalidResponse, Tokens
from authwright.demo.web.anatomy import clock_face
from authwright.demo.web.calls import Called, call_api
from authwright.demo.web.chapter import Chapter, UnknownButton, result_of, tokens_of
from authwright.demo.web.messages import ShownExchange, reason, shown_exchanges
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit
from authwright.oauth.http import HttpRequest

NAME: Final = "revocation"


@dataclass(frozen=True, slots=True)
class Probe:
    """The same question before and after: the status, in words."""

    what: str
    before: str
    after: str
    still_good: bool
    why: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """*ends* is when the JWT ends by itself, for those who do not ask."""

    probes: tuple[Probe, ...]
    exchanges: tuple[ShownExchange, ...]
    ends: str


@dataclass(frozen=True, slots=True)
class _Answers:
    userinfo: int
    vault: Called
    items: Called


async def _press(parts: Parts, visit: Visit, button: str) -> None:
    tokens = tokens_of(visit)
    if button != "revoke":
        raise UnknownButton
    tokens = await _fresh(parts, visit, tokens)
    before, _ = await _ask(parts, tokens)
    async with parts.wire.watched() as revoking:
        if tokens.refresh_token is not None:
            await parts.client.revoke(tokens.refresh_token)
    after, asked = await _ask(parts, tokens)
    async with parts.wire.watched() as refreshing:
        refresh = await _refresh(parts, tokens)
    visit.results[NAME] = Revoked(
        probes=_probes(before, after, refresh),
        exchanges=(
            *shown_exchanges(revoking, parts.addresses),
            *asked,
            *after.vault.exchanges,
            *shown_exchanges(refreshing, parts.addresses),
            *after.items.exchanges,
        ),
        ends="" if tokens.expires_at is None else clock_face(tokens.expires_at),
    )
    visit.done.add(NAME)


async def _fresh(parts: Parts, visit: Visit, tokens: Tokens) -> Tokens:
    """As an app would: refresh what has expired. When that is refused there is less to see, and no harm."""
    if tokens.is_fresh(parts.clock.now()):
        return tokens
    try:
        renewed = await parts.client.refresh(tokens)
    except ErrorResponse:
        return tokens
    visit.previous, visit.tokens = tokens, renewed
    return renewed


async def _ask(parts: Parts, tokens: Tokens) -> tuple[_Answers, tuple[ShownExchange, ...]]:
    token = tokens.access_token.reveal()
    url = f"{parts.addresses.issuer}/userinfo"
    request = HttpRequest("GET", url, {"authorization": tokens.authorization.reveal()})
    async with parts.wire.watched() as overheard:
        userinfo = await parts.app_transport.send(request)
    answers = _Answers(
        userinfo=userinfo.status,
        vault=await call_api(parts, "GET", "/vault", token),
        items=await call_api(parts, "GET", "/items", token),
    )
    return answers, shown_exchanges(overheard, parts.addresses)


async def _refresh(parts: Parts, tokens: Tokens) -> str:
    try:
        await parts.client.refresh(tokens)
    except ErrorResponse as error:
        return f"{error.status} {error.error}"
    except InvalidResponse as error:
        return error.code
    return reason(200)


def _probes(before: _Answers, after: _Answers, refresh: str) -> tuple[Probe, ...]:
    return (
        Probe(
            "userinfo at the identity provider",
            reason(before.userinfo),
            reason(after.userinfo),
            still_good=after.userinfo == 200,  # noqa: PLR2004 - the status code itself
            why="It looks at the sign-in behind every token.",
        ),
        Probe(
            "GET /vault at the API",
            before.vault.reason,
            after.vault.reason,
            still_good=after.vault.accepted,
            why="This route asks the identity provider about each token (introspection).",
        ),
        Probe(
            "the refresh token",
            "good",
            refresh,
            still_good=refresh == reason(200),
            why="It was what the app gave back, and everything that came of it ended with it.",
        ),
        Probe(
            "GET /items at the API",
            before.items.reason,
            after.items.reason,
            still_good=after.items.accepted,
            why="This route verifies the signature and asks nobody, so it cannot know.",
        ),
    )


CHAPTER: Final = Chapter(NAME, "Revoke", result_of(NAME), _press)
