"""What ties the demo's app to one browser, and what a browser never gets."""

import json
import re

import httpx2
import pytest

from support.demo import Reader

PAGES = (
    "/sign-in",
    "/flow",
    "/tokens",
    "/api",
    "/tampering",
    "/expiry",
    "/refresh",
    "/revocation",
    "/sign-out",
)


@pytest.fixture
def stranger(demo):
    with Reader(demo) as reader:
        yield reader


def test_a_callback_counts_in_the_browser_that_began(reader, stranger):
    """state is bound to the user agent; an answer that was planted is refused. MUST, RFC 6749 §10.12."""
    callback = stranger.begin("bob")
    reader.open(callback)
    assert reader.page.status_code == 400
    assert reader.code == "AW202"
    assert "Nobody is signed in" in reader.text
    assert "Bob Smith" in stranger.open(callback).text


def test_a_callback_counts_once(reader):
    """The login is forgotten at the callback; the same URL again signs nobody in. RFC 9700 §4.2.4."""
    callback = reader.begin("bob")
    reader.open(callback)
    reader.open(callback)
    assert reader.page.status_code == 400


def test_a_login_is_forgotten_when_it_failed(demo, reader):
    """An answer that said no leaves nothing behind for a second answer."""
    callback = reader.begin("bob")
    state = re.search(r"[?&]state=([^&]+)", callback)[1]
    reader.open(f"/callback?error=access_denied&state={state}&iss={demo.issuer}")
    assert reader.code == "access_denied"
    reader.open(callback)
    assert reader.code == "AW202"


def test_a_cookie_from_before_the_sign_in_is_worth_nothing(demo, reader):
    """The session identifier changes at sign-in, so one that was planted is no use. ASVS 7.2.4."""
    reader.open("/sign-in")
    before = reader.cookie
    callback = reader.begin("bob")
    assert reader.cookie == before
    reader.open(callback)
    assert reader.cookie != before
    with Reader(demo) as other:
        other.browser.cookies.set(f"aw_demo_{demo.app.rpartition(':')[2]}", before, domain="localhost.local")
        assert "First somebody has to sign in" in other.open("/tokens").text


def test_the_cookie_is_out_of_reach_of_scripts(reader):
    """HttpOnly, SameSite=Lax, the whole site, this browser session. RFC 6265 §4.1.2."""
    header = reader.open("/sign-in").page.headers["set-cookie"]
    attributes = {part.strip().lower() for part in header.split(";")[1:]}
    assert attributes == {"httponly", "samesite=lax", "path=/"}


def test_tokens_stay_on_the_server(reader):
    """The cookies hold random names; tokens are on the page that explains them, and in no header."""
    reader.sign_in("bob")
    cookies = [cookie.value for cookie in reader.browser.cookies.jar]
    assert all(re.fullmatch(r"[\w-]{43}", value) for value in cookies)
    for path in PAGES:
        headers = json.dumps(dict(reader.open(path).page.headers))
        assert "eyJ" not in headers


@pytest.mark.parametrize("token", [None, "", "forged", "ü"])
def test_a_button_needs_the_token_of_its_visit(demo, reader, token):
    """A form that another site posts does nothing."""
    reader.sign_in("bob")
    form = {"press": "skip"} if token is None else {"press": "skip", "form_token": token}
    ahead = demo.demo.clock.ahead
    response = reader.browser.post(demo.app + "/expiry", data=form)
    assert response.status_code == 400
    assert demo.demo.clock.ahead == ahead


def test_the_token_of_another_visit(reader, stranger):
    reader.open("/sign-in")
    stranger.open("/sign-in")
    form = {"press": "bob", "form_token": reader.form_token()}
    assert stranger.browser.post(stranger.running.app + "/sign-in", data=form).status_code == 400


@pytest.mark.parametrize(
    "path", ["/sign-in", "/api", "/tampering", "/expiry", "/refresh", "/revocation", "/machine"]
)
def test_a_button_that_is_not_there(reader, path):
    """Whatever the form says, there is a page to go on from, and no error."""
    reader.sign_in("bob")
    assert reader.press(path, "no-such-button") is None
    assert reader.page.status_code == 200
    assert reader.page.url.path == "/sign-in"


@pytest.mark.parametrize("path", PAGES[1:])
def test_pages_about_tokens_need_somebody(reader, path):
    """Without a sign-in they say so, and their buttons lead to it."""
    assert "First somebody has to sign in" in reader.open(path).text
    form = {"form_token": reader.open("/sign-in").form_token(), "press": "refresh"}
    response = reader.browser.post(reader.running.app + path, data=form)
    assert response.status_code in {303, 400}


@pytest.mark.parametrize("body", [b"form_token=a&form_token=b", b"\xff\xfe", b"x" * 100_000])
def test_bad_forms(demo, reader, body):
    """Repeated parameters, what is no text, and what is too much: 400, and no traceback."""
    reader.open("/sign-in")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = reader.browser.post(demo.app + "/sign-in", content=body, headers=headers)
    assert response.status_code == 400


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x&state=y", "?state=%ff", "?error=access_denied", "?state=<script>"]
)
def test_bad_callbacks(reader, query):
    """What belongs to no login is refused, and nothing of it appears on the page."""
    reader.open("/callback" + query)
    assert reader.page.status_code == 400
    assert "<script" not in reader.page.text


def test_another_name_for_this_machine(demo):
    """Cookies and redirect URI belong to one name; a site that points its own name here sees nothing."""
    for host in ("127.0.0.1", "attacker.example"):
        response = httpx2.get(demo.app + "/tokens", headers={"host": host}, trust_env=False)
        assert response.status_code == 303
        assert response.headers["location"] == demo.app + "/"
        assert "set-cookie" not in response.headers


def test_pages_load_nothing_from_elsewhere(demo, reader):
    """The policy allows our own style and images, and forms that lead to the identity provider. CSP 3."""
    headers = reader.open("/sign-in").page.headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split(";")}
    assert policy == {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "form-action": ["'self'", demo.issuer],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
    assert headers["cache-control"] == "no-store"
    assert "<script" not in reader.page.text
    assert not re.search(r"style=|onclick", reader.page.text)


def test_files(demo, reader):
    """The logo may be shown by the identity provider, which is on this site; nothing else is there."""
    logo = reader.open("/static/cabinet.svg").page
    assert logo.headers["content-type"] == "image/svg+xml"
    assert logo.headers["cross-origin-resource-policy"] == "same-site"
    for name in ("nothing.css", "..%2fapp.py", "demo.css%00"):
        assert reader.browser.get(f"{demo.app}/static/{name}").status_code == 404


def test_no_secret_is_shown(demo, reader):
    """Client secrets are on no page, and neither they nor tokens are in the log."""
    reader.sign_in("bob")
    pages = [reader.open(path).page.text for path in PAGES]
    for path, button in (
        ("/api", "read"),
        ("/refresh", "refresh"),
        ("/revocation", "revoke"),
        ("/machine", "work"),
    ):
        reader.press(path, button)
        pages.append(reader.page.text)
    secrets = [demo.demo.credentials.app, demo.demo.credentials.api, demo.demo.credentials.worker]
    shown = "".join(pages)
    assert all(secret.reveal() not in shown for secret in secrets)
    logged = "".join(demo.lines)
    assert "eyJ" not in logged
    assert demo.password not in logged
    assert all(secret.reveal() not in logged for secret in secrets)
