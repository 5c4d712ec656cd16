"""
Sign a person in without a browser: the same requests that a browser makes, and the same pages.

There is no door for it in the server. Pages are recognised by the ids that they promise to keep.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin

from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.page import Page, read_page
from authwright.oauth.http import HttpRequest, HttpResponse, SyncTransport
from authwright.oauth.parameters import FORM, encode
from authwright.oauth.types import Secret

REDIRECT_URI: Final = "http://127.0.0.1:8400/callback"
"""Nothing listens there: the code is taken from the redirect itself."""

_MAX_STEPS: Final = 10
_REDIRECTS: Final = frozenset({302, 303, 307})


class HeadlessSignIn:
    """One sign-in at one issuer. Holds the cookies that the issuer set, as a browser would."""

    def __init__(self, issuer: str, transport: SyncTransport) -> None:
        self._origin = "/".join(issuer.split("/", 3)[:3])
        self._transport = transport
        self._cookies: dict[str, str] = {}

    def authorize(self, url: str, *, client_id: str, username: str, password: Secret) -> str:
        """
        Follow the authorization request *url* of *client_id* to its end: the URL at `REDIRECT_URI` that the
        server answers with, which is not requested. Raises `CommandFailed`.
        """
        request = HttpRequest("GET", url)
        password_sent = False
        for _ in range(_MAX_STEPS):
            response = self._send(request)
            if response.status in _REDIRECTS:
                location = urljoin(request.url, response.headers.get("location", ""))
                if location.startswith(f"{REDIRECT_URI}?"):
                    return location
                request = self._on_this_site(location)
                continue
            page = read_page(response.body.decode("utf-8", "replace"))
            if "aw-allow" in page.buttons:
                request = self._press("aw-allow", page, request.url)
            elif "aw-submit" in page.buttons and "password" in page.fields and not password_sent:
                answers = {"login": username, "password": password.reveal()}
                request, password_sent = self._press("aw-submit", page, request.url, answers), True
            else:
                raise _refused(response, page, client_id, username)
        raise _refused(HttpResponse(0), read_page(""), client_id, username)

    def _send(self, request: HttpRequest) -> HttpResponse:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {**request.headers, "accept": "text/html", **({"cookie": cookies} if cookies else {})}
        response = self._transport.send(HttpRequest(request.method, request.url, headers, request.body))
        # Values of ours hold no comma, so one stands between two cookies.
        for cookie in response.headers.get("set-cookie", "").split(", "):
            name, _, value = cookie.partition(";")[0].partition("=")
            if name:
                self._cookies[name] = value
        return response

    def _press(
        self, button: str, page: Page, url: str, answers: Mapping[str, str] | None = None
    ) -> HttpRequest:
        name, value = page.buttons[button]
        fields = {**page.fields, **(answers or {}), name: value}
        return HttpRequest(
            "POST",
            self._on_this_site(urljoin(url, page.action or "")).url,
            {"content-type": FORM, "origin": self._origin},
            encode(fields.items()).encode(),
        )

    def _on_this_site(self, url: str) -> HttpRequest:
        if not url.startswith(f"{self._origin}/"):
            raise CommandFailed(
                Problem.SIGN_IN_REFUSED,
                "the server sent the browser elsewhere",
                received=url.partition("?")[0],
                expected="a page of the issuer, or the redirect_uri of this request",
                write="authwright token with --scope and --resource of this issuer",
            )
        return HttpRequest("GET", url)


def _refused(response: HttpResponse, page: Page, client_id: str, username: str) -> CommandFailed:
    if "aw-error" in page.texts:
        return CommandFailed(
            Problem.SIGN_IN_REFUSED,
            "the server did not accept the authorization request",
            received=page.texts["aw-error"],
            expected=f"a public client with the redirect_uri {REDIRECT_URI}; the server's log has the reason",
            write=f"authwright client show {client_id}",
        )
    write = "--password-file FILE   with this person's password"
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = response.headers.get("retry-after", "")
        write = f"the same command in {seconds} seconds"
    return CommandFailed(
        Problem.SIGN_IN_REFUSED,
        f"the server did not sign {username} in",
        received=page.texts.get("aw-problem") or f"a page without a form (status {response.status})",
        expected=f"the username and the password of {username}",
        write=write,
    )
