# ruff: noqa: S311 - what a customer does next is no secret
"""
One person with a browser and the apps they use. Does one thing at a time, remembers what was acknowledged.

A customer's grants, session and consent are touched by nobody else, so the account needs no locks, and when
an answer does not come exactly one operation is in doubt. `settle` resolves it by doing it again, as honest
clients do: a lost answer to a refresh is answered with a sibling (docs/adr/0007), a lost redemption may have
spent the code.
"""

import asyncio
import json
import random
import secrets
import time
from collections.abc import Callable
from typing import Final, Protocol

from authwright.jose import jws
from authwright.jose.algorithms import ASYMMETRIC
from authwright.jose.errors import JoseError
from authwright.jose.jwks import Jwks
from authwright.oauth.pkce import challenge_of
from drills.account import Family, Kind, Tally, Token
from drills.answers import Unavailable, WrongAnswer
from drills.browser import Browser
from drills.connection import Answer, Unanswered
from drills.endpoints import Endpoints
from drills.realm import ASKING, MACHINE, REDIRECT_URI, SCOPES, TRUSTED

CODE_SECONDS: Final = 50
"""A code lives for 60; one that is nearly over proves nothing by being refused."""

REPLAY_SECONDS: Final = 30
"""docs/adr/0007: for so long a rotated refresh token is answered with a sibling."""

_SAMPLE: Final = 0.01
"""The part of everything older that is examined after each incident."""

_REPLAYED: Final = 0.33
"""The part of spent codes that is replayed at once; all are at the end."""

_OFFLINE: Final = 0.7
"""The part of grants that outlive the session."""

_MOST_FRESH: Final = 2
"""Codes that wait for their redemption."""

_MOST_FAMILIES: Final = 12
"""Alive at a time; beyond it, the customer rather revokes than begins."""


class Operation(Protocol):
    """What a customer does. *again*: it is the second attempt, the first having got no answer."""

    async def __call__(self, *, again: bool) -> None:
        """Raises `Unanswered` and `WrongAnswer`."""


class Customer:
    """
    *tally* is shared by all customers of a drill.

    `act`, `settle` and `examine` raise `Unanswered` when an answer did not come.
    """

    def __init__(self, browser: Browser, endpoints: Endpoints, tally: Tally) -> None:
        self._browser, self._endpoints, self._tally = browser, endpoints, tally
        self._signed_in = self._locked_out = False
        self._consented: set[str] = set()
        self._former: list[tuple[int, Browser]] = []
        self._families: list[Family] = []
        self._machine_tokens: list[Token] = []
        self._in_doubt: Operation | None = None

    async def act(self) -> None:
        """One operation, chosen at random among those that make sense now."""
        await self._do(self._choose())

    async def live(self, going_on: Callable[[], bool], *, pause: float | None = None) -> None:
        """
        Act until *going_on* says no.

        When an answer does not come: no more, or with *pause* the same again after so many seconds.
        """
        while going_on():
            try:
                await self.settle()
                await self.act()
            except Unanswered as error:
                self._count(error)
                if pause is None:
                    return
                await asyncio.sleep(pause)

    async def settle(self) -> None:
        """Do again what got no answer."""
        if self._in_doubt is not None:
            await self._do(self._in_doubt, again=True)

    async def _do(self, operation: Operation, *, again: bool = False) -> None:
        self._in_doubt = operation
        try:
            await operation(again=again)
        except WrongAnswer as wrong:
            self._tally.wrong.append(f"round {self._tally.round}: {wrong}")
        self._in_doubt = None

    def _count(self, error: Unanswered) -> None:
        if isinstance(error, Unavailable):
            self._tally.unavailable += 1
        elif error.hung:
            self._tally.hung += 1
        else:
            self._tally.unanswered += 1

    # What a customer does.

    def _choose(self) -> Operation:
        """The weights are those of an ordinary day, with more revocation than there would be."""
        if not self._signed_in and not self._locked_out:
            return self._sign_in
        fresh = [family for family in self._families if not family.redeemed and not family.over]
        current = [family for family in self._families if family.current is not None]
        choices: list[tuple[int, Operation]] = [(12, self._machine_token)]
        if self._signed_in:
            choices.append((2, self._sign_out))
            if len(fresh) < _MOST_FRESH and len(current) < _MOST_FAMILIES:
                choices += [(30, self._authorize(TRUSTED)), (5, self._authorize(ASKING))]
            if self._consented:
                choices.append((2, self._disconnect))
        if fresh:
            choices.append((40, self._redeem(random.choice(fresh))))
        if current:
            choices.append((40, self._refresh(random.choice(current))))
            choices.append((6, self._revoke_grant(random.choice(current))))
        if good := [token for token in self._recent_access_tokens() if token.good]:
            choices.append((8, self._revoke_access_token(random.choice(good))))
        weights = [weight for weight, _ in choices]
        return random.choices(choices, weights)[0][1]

    def _recent_access_tokens(self) -> list[Token]:
        of_people = [token for family in self._families[-4:] for token in family.tokens[-4:]]
        return [t for t in of_people + self._machine_tokens[-4:] if t.kind is Kind.ACCESS_TOKEN]

    async def _sign_in(self, *, again: bool) -> None:
        # A first attempt may have begun a session, in a browser that never learned of it.
        del again
        browser = self._browser.again()
        if await browser.sign_in():
            self._browser, self._signed_in = browser, True
            self._tally.acknowledge("session start")
        else:
            self._locked_out = True

    async def _sign_out(self, *, again: bool) -> None:
        # On a copy: until it is acknowledged the cookies stay, and the button can be pressed again.
        del again
        leaving = self._browser.as_it_is()
        await leaving.sign_out()
        self._former.append((self._tally.round, self._browser))
        self._browser, self._signed_in = leaving, False
        for family in self._families:
            if not family.offline:
                family.end(self._tally.round)
        self._tally.acknowledge("session end")

    def _authorize(self, client_id: str) -> Operation:
        # Chosen once: the attempt that got no answer may have stored the consent to just this.
        resource = random.choice(tuple(SCOPES))

        async def authorize(*, again: bool) -> None:
            del again
            code_verifier, offline = secrets.token_urlsafe(32), random.random() < _OFFLINE
            request = authorization_request(client_id, resource, code_verifier, offline=offline)
            answer = await self._browser.authorize(**request)
            if "code" not in answer:
                raise WrongAnswer("authorize", _as_answer(answer))
            self._families.append(
                Family(client_id, answer["code"], code_verifier, offline=offline, issued_at=time.monotonic())
            )
            if client_id == ASKING:
                self._consented.add(resource)
            self._tally.acknowledge("code" if client_id == TRUSTED else "code with consent")

        return authorize

    def _redeem(self, family: Family) -> Operation:
        async def redeem(*, again: bool) -> None:
            tokens = await self._endpoints.redeem(family.client_id, family.code, family.code_verifier)
            family.redeemed, family.redeemed_in = True, self._tally.round
            if tokens is not None:
                family.receive(tokens, self._tally.round)
                self._tally.acknowledge("redemption")
            elif again or self._is_nearly_over(family):
                # Spent by the attempt that got no answer; coming again it was a replay.
                family.replayed = True
                family.end(self._tally.round)
            else:
                self._tally.examine(Kind.CODE, "a fresh code is refused", good=True, accepted=False)
                family.end(self._tally.round)

        return redeem

    def _refresh(self, family: Family) -> Operation:
        token, began = family.current, time.monotonic()
        if token is None:  # pragma: no cover - `_choose` offers current ones
            raise LookupError("the family has no current refresh token")

        async def refresh(*, again: bool) -> None:
            tokens = await self._endpoints.refresh(family.client_id, token.value)
            if tokens is not None:
                family.receive(tokens, self._tally.round)
                self._tally.acknowledge("refresh")
                return
            if not (again and time.monotonic() - began > REPLAY_SECONDS):
                what = "the current one is refused" + (" after a lost answer" if again else "")
                self._tally.examine(Kind.REFRESH_TOKEN, what, good=True, accepted=False)
            family.end(self._tally.round)

        return refresh

    def _revoke_grant(self, family: Family) -> Operation:
        token = family.current
        if token is None:  # pragma: no cover - `_choose` offers current ones
            raise LookupError("the family has no current refresh token")

        async def revoke_grant(*, again: bool) -> None:
            del again
            await self._endpoints.revoke(family.client_id, token.value)
            family.end(self._tally.round)
            self._tally.acknowledge("revocation of a grant")

        return revoke_grant

    def _revoke_access_token(self, token: Token) -> Operation:
        async def revoke_access_token(*, again: bool) -> None:
            del again
            await self._endpoints.revoke(token.client_id, token.value)
            token.end(self._tally.round)
            self._tally.acknowledge("revocation of an access token")

        return revoke_access_token

    async def _machine_token(self, *, again: bool) -> None:
        del again
        value = await self._endpoints.machine_token()
        self._machine_tokens.append(Token(value, Kind.ACCESS_TOKEN, MACHINE, self._tally.round))
        self._tally.acknowledge("client_credentials")

    async def _disconnect(self, *, again: bool) -> None:
        del again
        await self._browser.disconnect(ASKING)
        self._consented.clear()
        for family in self._families:
            if family.client_id == ASKING:
                family.end(self._tally.round)
        self._tally.acknowledge("consent taken back")

    # What a customer is asked to show.

    async def examine(self, jwks: Jwks, *, everything: bool = False) -> None:
        """
        Present what was acknowledged since the last examination, and a sample of the rest, or *everything*.

        Codes that were not redeemed are redeemed; of those that were a third is replayed, which must be
        refused and costs the grant.
        """
        for family in self._families:
            await self._examine_code(family, everything=everything)
        for token in [*self._machine_tokens, *(t for family in self._families for t in family.tokens)]:
            if everything or self._is_due(token.changed):
                await self._examine_token(token, jwks)
        for round_, browser in self._former:
            if everything or self._is_due(round_):
                accepted = await browser.as_it_is().is_signed_in()
                self._tally.examine(Kind.SESSION, "ended", good=False, accepted=accepted)
        if self._signed_in:
            accepted = await self._browser.is_signed_in()
            self._tally.examine(Kind.SESSION, "alive", good=True, accepted=accepted)
            await self._examine_consent()

    async def replay_refresh_tokens(self) -> None:
        """
        Present one spent or revoked refresh token of every grant, when the replay window is long over.

        It must be refused; a rotated one takes the grant along (:rfc:`9700#section-4.14.2`).
        """
        for family in self._families:
            spent = [t for t in family.tokens if t.kind is Kind.REFRESH_TOKEN and not t.good]
            if spent:
                tokens = await self._endpoints.refresh(family.client_id, random.choice(spent).value)
                self._tally.examine(Kind.REFRESH_TOKEN, "presented", good=False, accepted=tokens is not None)
                family.end(self._tally.round)

    async def _examine_consent(self) -> None:
        """A request that may show no page is answered with a code if and only if the consent is there."""
        resource = random.choice(tuple(SCOPES))
        request = authorization_request(ASKING, resource, secrets.token_urlsafe(32), offline=False)
        answer = await self._browser.authorize(**request, prompt="none")
        if answer.get("error") not in (None, "consent_required"):
            raise WrongAnswer("authorize silently", _as_answer(answer))
        self._tally.examine(
            Kind.CONSENT,
            "as last given or taken back",
            good=resource in self._consented,
            accepted="code" in answer,
        )

    def _is_due(self, changed: int) -> bool:
        return changed == self._tally.round or random.random() < _SAMPLE

    def _is_nearly_over(self, family: Family) -> bool:
        return time.monotonic() - family.issued_at > CODE_SECONDS

    async def _examine_code(self, family: Family, *, everything: bool) -> None:
        if family.replayed:
            return
        if not family.redeemed:
            if family.over or self._is_nearly_over(family):
                await self._replay(family)
            else:
                await self._do(self._redeem(family))
                if not family.over:
                    self._tally.examine(Kind.CODE, "fresh", good=True, accepted=True)
        elif everything or (family.redeemed_in == self._tally.round and random.random() < _REPLAYED):
            await self._replay(family)

    async def _replay(self, family: Family) -> None:
        is_spent = family.redeemed or family.over
        tokens = await self._endpoints.redeem(family.client_id, family.code, family.code_verifier)
        if is_spent:
            self._tally.examine(Kind.CODE, "spent or revoked", good=False, accepted=tokens is not None)
        family.replayed = family.redeemed = True
        family.end(self._tally.round)

    async def _examine_token(self, token: Token, jwks: Jwks) -> None:
        about = {"client_id": token.client_id} if token.kind is Kind.REFRESH_TOKEN else {}
        accepted = await self._endpoints.is_active(token.value, **about)
        self._tally.examine(token.kind, f"of {token.client_id}", good=token.good, accepted=accepted)
        if "." in token.value:
            self._tally.examine(
                Kind.SIGNING_KEY, "a signature", good=True, accepted=_is_signed(token.value, jwks)
            )


def authorization_request(
    client_id: str, resource: str, code_verifier: str, *, offline: bool
) -> dict[str, str]:
    """The parameters of a request for one API."""
    return {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": f"openid {SCOPES[resource]}{' offline_access' if offline else ''}",
        "resource": resource,
        "state": "s",
        "code_challenge": challenge_of(code_verifier),
        "code_challenge_method": "S256",
    }


def _as_answer(parameters: dict[str, str]) -> Answer:
    """What an app got back, for an error message: never a code."""
    return Answer(303, (), json.dumps({"error": parameters.get("error")}).encode(), 0)


def _is_signed(token: str, jwks: Jwks) -> bool:
    try:
        jws.verify(token, jwks, algorithms=ASYMMETRIC)
    except JoseError:
        return False
    return True
