"""
Signing in: from the first button to the callback. :rfc:`6749#section-4.1`, :rfc:`7636`, OpenID Connect Core
§3.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authwright.client import InvalidCallback
from authwright.client.authorization_code import parse_callback
from authwright.client.problems import STATE_MISMATCH
from authwright.demo.parties import SCOPE
from authwright.demo.web import meanings
from authwright.demo.web.anatomy import Member, members_of
from authwright.demo.web.chapter import Answer, Chapter, UnknownButton
from authwright.demo.web.messages import ShownExchange, shortened, shown_exchanges
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import LoginUnderWay, Visit
from authwright.demo.wire import Exchange
from authwright.oauth.parameters import parse_query

NAME: Final = "sign-in"
_PEOPLE: Final = frozenset({"alice", "bob"})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """How somebody signed in: the request and the answer that the browser carried, and what followed."""

    request: tuple[Member, ...]
    answer: tuple[Member, ...]
    exchanges: tuple[ShownExchange, ...]


def _show(parts: Parts, visit: Visit) -> Mapping[str, Any]:
    del visit
    return {"password": parts.password}


async def _press(parts: Parts, visit: Visit, button: str) -> Answer:
    """Begin a login as the person that the button names, and send the browser to the identity provider."""
    if button not in _PEOPLE:
        raise UnknownButton
    async with parts.wire.watched() as overheard:
        request = await parts.client.begin_login(
            redirect_uri=f"{parts.addresses.app}/callback",
            scope=SCOPE,
            resource=[parts.addresses.api],
            login_hint=button,
            # OpenID Connect Core §11: whoever asks for offline_access shows the person that it does.
            prompt="consent",
        )
    visit.remember_login(LoginUnderWay(request.login, request.authorization_url, tuple(overheard)))
    return Answer(request.authorization_url, visit)


async def finish(parts: Parts, visit: Visit, query: str) -> Visit:
    """
    The browser is back with *query*: redeem the code. The visit of whoever is signed in now.

    Does I/O. Raises as `AsyncClient.finish_login` and `AsyncClient.userinfo` do.
    """
    # By state among this browser's own logins: an answer that somebody else began is none of them.
    begun = visit.logins.pop(parse_callback(f"?{query}").get("state", ""), None)
    if begun is None:
        raise InvalidCallback(STATE_MISMATCH)
    async with parts.wire.watched() as overheard:
        tokens = await parts.client.finish_login(begun.login, f"{parts.addresses.app}/callback?{query}")
        person = await parts.client.userinfo(tokens)
    visit = parts.visits.renew(visit)
    visit.tokens = tokens
    visit.name = str(person.get("name", tokens.sub))
    visit.results["flow"] = _story(parts, begun.authorization_url, query, (*begun.overheard, *overheard))
    visit.done |= {NAME, "flow"}
    return visit


def _story(parts: Parts, url: str, query: str, exchanges: tuple[Exchange, ...]) -> SignedIn:
    now = parts.clock.now()
    asked = parse_query(url.partition("?")[2]).pairs
    answered = parse_query(query).pairs
    return SignedIn(
        request=members_of(_readable(asked), meanings.AUTHORIZATION_REQUEST, now),
        answer=members_of(_readable(answered), meanings.AUTHORIZATION_RESPONSE, now),
        exchanges=shown_exchanges(exchanges, parts.addresses),
    )


def _readable(pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(name, value if " " in value else shortened(value)) for name, value in pairs]


CHAPTER: Final = Chapter(NAME, "Sign in", _show, _press, personal=False)
