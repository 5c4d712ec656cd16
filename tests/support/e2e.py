"""What a person does in a browser, and the app that they come from."""

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from authwright.oauth.types import ClientId
from support.pages import APP, PASSWORD, Place
from support.pkce import CHALLENGE

CLIENT_PATH = "/callback"
_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="8" '
    'fill="#e8f3e0"/><path '
    'd="M24 40V22m0 6c-8 0-12-5-12-11 8 0 12 4 12 11zm0-4c0-8 5-12 13-12 0 8-5 12-13 12z" '
    'fill="none" stroke="#3c7a33" stroke-width="3"/></svg>'
)


async def client_app(scope, receive, send):
    """The client's own site: its callback, which shows the answer, its logo, and a page to come back to."""
    request = Request(scope, receive)
    if scope["path"] == "/logo.svg":
        response = Response(_LOGO, media_type="image/svg+xml")
    elif scope["path"] == "/post":
        fields = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in request.query_params.items()
            if name != "to"
        )
        action = escape(request.query_params["to"])
        response = HTMLResponse(f'<form method="post" action="{action}">{fields}<button>Go</button></form>')
    else:
        items = "".join(f"<li>{name}</li>" for name in request.query_params)
        response = HTMLResponse(f"<!doctype html><title>App</title><h1>The app</h1><ul>{items}</ul>")
    await response(scope, receive, send)


def web_client(origin):
    """The client whose site `client_app` is."""
    return replace(
        APP,
        client_id=ClientId("garden"),
        redirect_uris=(origin + CLIENT_PATH,),
        post_logout_redirect_uris=(origin + "/bye",),
        logo_uri=origin + "/logo.svg",
        policy_uri=origin + "/privacy",
        tos_uri=origin + "/terms",
    )


@dataclass
class Visitor:
    """A person at a browser window."""

    place: Place
    page: Page
    artifacts: Path

    def url(self, path, **query):
        return self.place.issuer + path + (f"?{urlencode(query)}" if query else "")

    def goto(self, path, **query):
        return self.page.goto(self.url(path, **query))

    def post(self, path, **fields):
        """Press a button on the app's site that posts *fields* to the issuer: from another site."""
        self.page.goto(f"{self.app}/post?{urlencode({'to': self.url(path), **fields})}")
        self.page.click("button")

    @property
    def app(self):
        """The origin of the app."""
        return self.place.redirect_uri.removesuffix(CLIENT_PATH)

    def authorize(self, **parameters):
        """Come from the app."""
        return self.goto("/authorize", **self.request(**parameters))

    def request(self, **parameters):
        """An authorization request of the app."""
        defaults = {
            "client_id": "garden",
            "redirect_uri": self.place.redirect_uri,
            "response_type": "code",
            "scope": "openid profile items:read offline_access",
            "state": "af0ifjsldkj",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {**defaults, **parameters}

    def sign_in(self, username="alice", password=PASSWORD):
        self.page.fill("[name=login]", username)
        self.page.fill("[name=password]", password)
        self.page.click("#aw-submit")

    def shot(self, name):
        """Keep what is seen now."""
        self.page.screenshot(path=self.artifacts / f"{name}.png", full_page=True)

    @property
    def path(self):
        return self.page.url.removeprefix(self.place.issuer).partition("?")[0]
