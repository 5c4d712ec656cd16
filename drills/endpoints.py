"""The endpoints that apps, machines and APIs call, each as one of them calls it."""

import base64
from http import HTTPStatus
from urllib.parse import quote_plus

from drills.answers import WrongAnswer, served
from drills.connection import Answer, Http
from drills.realm import INSPECTOR, MACHINE, ORDERS, REDIRECT_URI

Tokens = dict[str, str]


class Endpoints:
    """
    Every client of the realm, with its secret.

    Methods raise `Unanswered` when an answer did not come, and `WrongAnswer` for one that nobody expects.
    """

    def __init__(self, http: Http, secret: str) -> None:
        self._http, self._secret = http, secret

    async def redeem(self, client_id: str, code: str, code_verifier: str) -> Tokens | None:
        """The tokens for *code*; None when it is refused as spent, unknown or revoked."""
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": code_verifier}
        return _tokens(await self._post("/token", client_id, {**form, "redirect_uri": REDIRECT_URI}))

    async def refresh(self, client_id: str, refresh_token: str) -> Tokens | None:
        """New tokens; None when the refresh token is refused."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return _tokens(await self._post("/token", client_id, form))

    async def machine_token(self, resource: str = ORDERS) -> str:
        """An access token of client_credentials for *resource*."""
        form = {"grant_type": "client_credentials", "resource": resource}
        tokens = _tokens(await self._post("/token", MACHINE, form))
        if tokens is None:  # pragma: no cover - `_tokens` raises for every other refusal
            raise LookupError("client_credentials has no invalid_grant")
        return tokens["access_token"]

    async def revoke(self, client_id: str, token: str) -> None:
        """Give up *token*."""
        answer = await self._post("/revoke", client_id, {"token": token})
        if answer.status != HTTPStatus.OK:
            raise WrongAnswer("revoke", answer)

    async def is_active(self, token: str, *, client_id: str = INSPECTOR) -> bool:
        """Whether introspection says so; an app asks about its refresh token, an API about the rest."""
        answer = await self._post("/introspect", client_id, {"token": token})
        if answer.status != HTTPStatus.OK:
            raise WrongAnswer("introspect", answer)
        return bool(answer.json()["active"])

    async def jwks(self) -> bytes:
        """The published keys."""
        answer = served(await self._http.get("/jwks"))
        if answer.status != HTTPStatus.OK:
            raise WrongAnswer("jwks", answer)
        return answer.body

    async def _post(self, target: str, client_id: str, form: dict[str, str]) -> Answer:
        pair = f"{quote_plus(client_id)}:{quote_plus(self._secret)}"
        basic = base64.b64encode(pair.encode()).decode()
        return served(await self._http.post(target, form, authorization=f"Basic {basic}"))


def _tokens(answer: Answer) -> Tokens | None:
    if answer.status == HTTPStatus.OK:
        return answer.json()
    if answer.status == HTTPStatus.BAD_REQUEST and answer.json().get("error") == "invalid_grant":
        return None
    raise WrongAnswer("token", answer)
