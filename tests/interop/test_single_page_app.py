"""oidc-client-ts in a single-page app, in a real Chromium, against our server: everything by CORS."""

import json
from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from support.chromium import launched
from support.node import HERE
from support.real_provider import CLAIMS, PASSWORD, USERNAME
from support.registrations import API
from support.serving import free_port, serving

pytestmark = [pytest.mark.interop, pytest.mark.browser]

FILES = {
    "/": HERE / "spa" / "index.html",
    "/app.js": HERE / "spa" / "app.js",
    "/oidc-client-ts.min.js": HERE / "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js",
}


def spa(issuer):
    """The app's files and its settings; it has no other server."""
    settings = {
        "authority": issuer,
        "client_id": "spa",
        "scope": "openid profile email offline_access items:read",
        "resource": API,
    }

    async def file(request):
        return FileResponse(FILES[request.url.path])

    async def settings_json(_request):
        return JSONResponse(settings)

    return Starlette(routes=[*(Route(path, file) for path in FILES), Route("/settings.json", settings_json)])


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def pages(node, provider, chromium):
    """Opens the app in a fresh profile, under a host name of this machine."""
    port = free_port()
    with ExitStack() as stack:
        stack.enter_context(serving(spa(provider.issuer), port))

        def open_at(host):
            context = chromium.new_context()
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            page = context.new_page()
            page.goto(f"http://{host}:{port}/")
            # The page is loaded before the app has its settings and listens to its buttons.
            seen(page, "ready")
            return page

        yield open_at


def seen(page, done):
    """What the app shows once it has done this step."""
    page.wait_for_selector(f'body[data-done="{done}"]')
    return json.loads(page.text_content("#seen"))


def press(page, button):
    page.click(f"#{button}")
    return seen(page, button)


def sign_in(page):
    """By the login page and, the first time, the consent page."""
    page.click("#sign-in")
    page.fill("[name=login]", USERNAME)
    page.fill("[name=password]", PASSWORD)
    page.click("#aw-submit")
    page.wait_for_selector('#aw-allow, body[data-done="signed-in"]')
    if page.query_selector("#aw-allow"):
        page.click("#aw-allow")
    return seen(page, "signed-in")


def test_signs_in_renews_and_signs_out(pages, provider):
    """
    By redirect, with PKCE and state; tokens, userinfo and a silent renewal by fetch from the app's origin;
    and out again, with the state of the app. RFC 9700 §2.1.1, Core §12, RP-Initiated Logout §3.
    """
    page = pages("localhost")
    user = sign_in(page)
    assert user["profile"]["sub"] == provider.subject
    assert user["profile"].items() >= CLAIMS.items()
    assert user["state"] == "where I was"
    assert press(page, "userinfo")["preferred_username"] == USERNAME

    renewed = press(page, "renew")
    assert renewed["profile"]["sub"] == provider.subject
    assert renewed["access_token"] != user["access_token"]
    assert renewed["refresh_token"] != user["refresh_token"]

    page.click("#sign-out")
    seen(page, "signed-out")
    page.click("#sign-in")
    assert page.wait_for_selector("[name=password]")


def test_revokes_its_tokens(pages):
    """RFC 7009 §2 by a public client, across origins: what it had is worth nothing."""
    page = pages("localhost")
    user = sign_in(page)
    press(page, "revoke")
    page.evaluate("user => take(user)", user)
    assert press(page, "userinfo")["error"] == "invalid_token"
    assert press(page, "renew")["error"] == "invalid_grant"


def test_another_origin_reads_metadata_alone(pages):
    """
    The same app on an origin that no client has registered cannot read what the server answers to its tokens,
    even with tokens that are good. What is for everybody (RFC 8414, the keys) it can read.
    """
    page = pages("localhost")
    user = sign_in(page)
    stranger = pages("stranger.localhost")
    stranger.evaluate("user => take(user)", user)
    metadata = stranger.evaluate("() => manager.metadataService.getMetadata()")
    assert metadata["issuer"] == user["profile"]["iss"]
    for step in ("userinfo", "renew"):
        assert "Failed to fetch" in press(stranger, step)["problem"]
    # The tokens were good: their own origin reads the answer.
    assert press(page, "userinfo")["sub"] == user["profile"]["sub"]


def test_another_origin_is_no_redirect_uri(pages, provider):
    """The person is left at an error page, and the origin gets nothing. RFC 9700 §4.1."""
    stranger = pages("stranger.localhost")
    stranger.click("#sign-in")
    stranger.wait_for_selector("#aw-error")
    assert stranger.url.startswith(f"{provider.issuer}/authorize")
