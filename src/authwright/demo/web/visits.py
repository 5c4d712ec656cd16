"""
Server-side sessions: what the app knows of one browser.

The cookie is 256 random bits and says nothing (:rfc:`6265#section-8.5` on why); everything else is here, in
memory, and gone with the process.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from authwright.client import Login, Tokens
from authwright.demo.wire import Exchange
from authwright.oauth.types import Digest, Secret

_MAX_VISITS: Final = 200
_MAX_LOGINS: Final = 5
"""Logins that one browser can have under way, in as many tabs."""


@dataclass(frozen=True, slots=True)
class LoginUnderWay:
    """A login between button and callback, and what was said for its sake."""

    login: Login
    authorization_url: str
    overheard: tuple[Exchange, ...]


@dataclass(slots=True)
class Visit:
    """
    One browser. *results* holds, for each chapter, what its last button brought.

    *previous* are the tokens before the last refresh. *logins* are under way, by their ``state``;
    *logout_state* is that of a logout under way.
    """

    secret: Secret
    form_token: Secret = field(default_factory=lambda: Secret(secrets.token_urlsafe(32)))
    tokens: Tokens | None = None
    previous: Tokens | None = None
    name: str = ""
    logins: OrderedDict[str, LoginUnderWay] = field(default_factory=OrderedDict[str, LoginUnderWay])
    logout_state: Secret | None = None
    results: dict[str, Any] = field(default_factory=dict[str, Any])
    done: set[str] = field(default_factory=set[str])

    def remember_login(self, login: LoginUnderWay) -> None:
        """Keep *login* until the browser is back."""
        self.logins[login.login.state.reveal()] = login
        while len(self.logins) > _MAX_LOGINS:
            self.logins.popitem(last=False)


class Visits:
    """All browsers, by the digests of their cookies; the one that was away longest makes room."""

    def __init__(self) -> None:
        self._visits: OrderedDict[Digest, Visit] = OrderedDict()

    def find(self, cookie: str | None) -> Visit | None:
        """The visit that *cookie* names, if there is one."""
        if not cookie:
            return None
        digest = Secret(cookie).digest()
        visit = self._visits.get(digest)
        if visit is not None:
            self._visits.move_to_end(digest)
        return visit

    def begin(self) -> Visit:
        """A visit of somebody unknown, under a new cookie."""
        visit = Visit(Secret(secrets.token_urlsafe(32)))
        self._visits[visit.secret.digest()] = visit
        while len(self._visits) > _MAX_VISITS:
            self._visits.popitem(last=False)
        return visit

    def end(self, visit: Visit) -> None:
        """Forget *visit* and all that is in it. Its cookie is worth nothing any more."""
        self._visits.pop(visit.secret.digest(), None)

    def renew(self, visit: Visit) -> Visit:
        """
        A new visit in place of *visit*, under a new cookie, with nothing in it but which pages were seen.

        At sign-in, so that who knew or planted the old cookie is not signed in along (session fixation).
        """
        self.end(visit)
        renewed = self.begin()
        renewed.done = visit.done
        return renewed
