"""Signing out: of the app, of the identity provider, and of what was granted. RP-Initiated Logout 1.0."""

import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from authwright.client import ClientError
from authwright.demo.web import meanings
from authwright.demo.web.anatomy import Member, members_of
from authwright.demo.web.chapter import Answer, Chapter, UnknownButton, tokens_of
from authwright.demo.web.messages import ShownExchange, shortened, shown_exchanges
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit
from authwright.oauth.parameters import parse_query
from authwright.oauth.types import Secret
from authwright.transport import TransportError

NAME: Final = "sign-out"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What the app did before it let the browser go, and what the browser carried."""

    name: str
    exchanges: tuple[ShownExchange, ...]
    request: tuple[Member, ...]


def _show(parts: Parts, visit: Visit) -> Mapping[str, Any]:
    del parts
    return {"name": visit.name}


async def _press(parts: Parts, visit: Visit, button: str) -> Answer:
    tokens = tokens_of(visit)
    if button != NAME:
        raise UnknownButton
    state = Secret(secrets.token_urlsafe(16))
    async with parts.wire.watched() as overheard:
        if tokens.refresh_token is not None:
            # Signing out succeeds whatever the identity provider says: the tokens are forgotten here.
            with suppress(ClientError, TransportError):
                await parts.client.revoke(tokens.refresh_token)
        url = await parts.client.logout_url(
            tokens, post_logout_redirect_uri=f"{parts.addresses.app}/signed-out", state=state.reveal()
        )
    pairs = [(name, shortened(value)) for name, value in parse_query(url.partition("?")[2]).pairs]
    result = SignedOut(
        name=visit.name,
        exchanges=shown_exchanges(overheard, parts.addresses),
        request=members_of(pairs, meanings.LOGOUT_REQUEST, parts.clock.now()),
    )
    visit = parts.visits.renew(visit)
    visit.done.add(NAME)
    visit.logout_state = state
    visit.results[NAME] = result
    return Answer(url, visit)


def came_back(visit: Visit, state: str) -> SignedOut | None:
    """The sign-out of *visit*, when *state* is that which it began with."""
    if visit.logout_state is None:
        return None
    begun = hmac.compare_digest(visit.logout_state.reveal().encode(), state.encode("utf-8", "surrogatepass"))
    return visit.results.get(NAME) if begun else None


CHAPTER: Final = Chapter(NAME, "Sign out", _show, _press)
