"""A person's browser at the issuer: cookies, and forms that are filled in as the pages show them."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from authwright.idp.cli.page import read_page
from drills.answers import WrongAnswer, served
from drills.connection import Answer, Http
from drills.realm import REDIRECT_URI

_MOST_STEPS: Final = 6


class Browser:
    """
    One browser of the person *username*. It knows no more than its cookies.

    Methods raise `Unanswered` when an answer did not come, and `WrongAnswer` for one that nobody expects.
    """

    def __init__(self, http: Http, username: str, password: str) -> None:
        self._http = http
        self._username, self._password = username, password
        self._cookies: dict[str, str] = {}

    def again(self) -> "Browser":
        """A browser in which the same person signed in before, and is not signed in now."""
        other = Browser(self._http, self._username, self._password)
        other._cookies = {name: value for name, value in self._cookies.items() if "session" not in name}
        return other

    def as_it_is(self) -> "Browser":
        """A copy with the same cookies: what somebody has who kept them."""
        other = Browser(self._http, self._username, self._password)
        other._cookies = dict(self._cookies)
        return other

    async def sign_in(self) -> bool:
        """Begin a session. False after too many attempts (docs/adr/0020); those without an answer count."""
        page = await self._get("/login")
        answer = await self._submit(page, "/login", {"login": self._username, "password": self._password})
        if answer.status not in (HTTPStatus.SEE_OTHER, HTTPStatus.TOO_MANY_REQUESTS):
            raise WrongAnswer("sign in", answer)
        return answer.status == HTTPStatus.SEE_OTHER

    async def sign_out(self) -> None:
        """End the session by the button. No error when it has ended."""
        page = await self._get("/logout")
        if "aw-logout" in _ids(page):
            page = await self._submit(page, "/logout", {})
        if page.status != HTTPStatus.OK:
            raise WrongAnswer("sign out", page)

    async def is_signed_in(self) -> bool:
        """Whether the account page knows the person."""
        answer = await self._get("/account")
        if answer.status not in (HTTPStatus.OK, HTTPStatus.SEE_OTHER):
            raise WrongAnswer("account", answer)
        return answer.status == HTTPStatus.OK

    async def authorize(self, **parameters: str) -> dict[str, str]:
        """Make an authorization request and allow whatever is asked: what the app gets back."""
        answer = await self._get(f"/authorize?{urlencode(parameters)}")
        for _ in range(_MOST_STEPS):
            location = answer.header("location")
            if answer.status == HTTPStatus.SEE_OTHER and location is not None:
                if location.startswith(f"{REDIRECT_URI}?"):
                    return dict(parse_qsl(urlsplit(location).query))
                answer = await self._get(_target(location))
            elif "aw-allow" in _ids(answer):
                answer = await self._submit(answer, "/consent", {}, "aw-allow")
            else:
                break
        raise WrongAnswer("authorize", answer)

    async def disconnect(self, client_id: str) -> None:
        """Take back from *client_id* whatever it has."""
        page = await self._get("/account")
        answer = await self._submit(page, "/account/apps/disconnect", {"client_id": client_id})
        if answer.status != HTTPStatus.SEE_OTHER or "done=disconnected" not in (
            answer.header("location") or ""
        ):
            raise WrongAnswer("disconnect", answer)

    async def _get(self, target: str) -> Answer:
        return self._received(await self._http.get(target, **self._cookie()))

    async def _submit(
        self, page: Answer, target: str, fields: dict[str, str], button: str | None = None
    ) -> Answer:
        form = read_page(page.body.decode())
        if not form.fields.get("form_token"):
            raise WrongAnswer(f"the page before {target}", page)
        pressed = dict([form.buttons[button]]) if button is not None else {}
        return self._received(
            await self._http.post(target, {**form.fields, **fields, **pressed}, **self._cookie())
        )

    def _cookie(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"cookie": pairs} if pairs else {}

    def _received(self, answer: Answer) -> Answer:
        for name, value in answer.headers:
            if name == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
                if not self._cookies[key]:
                    del self._cookies[key]
        return served(answer)


def _ids(page: Answer) -> frozenset[str]:
    return frozenset(read_page(page.body.decode()).buttons)


def _target(location: str) -> str:
    parts = urlsplit(urljoin("http://issuer/", location))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
