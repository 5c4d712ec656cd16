"""What is true of every page: headers, methods, limits, faults."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.web.pages import PAGES
from support.pages import PASSWORD, REDIRECT_URI, make_place, run

PATHS = [page.path.replace("{argument}", "CODE") for page in PAGES]
ALWAYS = (
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "strict-transport-security",
    "cache-control",
)


class BrokenStorage:
    """A storage that raises *fault* wherever it is asked."""

    def __init__(self, fault):
        self._fault = fault

    def __getattr__(self, name):
        raise self._fault


@pytest.mark.parametrize("path", [*PATHS, "/nothing-here", "/static/nothing.css", "/authorize"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_headers_are_on_every_answer(place, path, method):
    """Redirects, errors, wrong methods and addresses that are not there, too."""
    response = place.browser().client.request(method, path)
    assert response.status_code < 500
    for name in ALWAYS:
        assert name in response.headers, name
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [*PATHS, "/authorize"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods(place, path, method):
    """:rfc:`9110#section-15.5.6`: 405 with Allow."""
    response = place.browser().client.request(method, path)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) <= {"GET", "HEAD", "POST"}
    assert response.headers["allow"]
    assert "<h1" in response.text


@pytest.mark.parametrize(
    "path", ["/account/apps/disconnect", "/account/sessions/end", "/account/sessions/end-others"]
)
def test_what_changes_something_is_no_get(place, path):
    response = place.browser().client.get(path)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path", ["/login/", "/Login", "//login", "/login;x=1", "/x;/login", "/token;x=1", "/static/", "/x"]
)
def test_no_such_page(place, path):
    """
    404 and not a redirect to what was perhaps meant: it would be built from the Host header. A ``;`` is part
    of the path, as for the proxy in front: CVE-2026-0976.
    """
    response = place.browser().client.get("https://evil.example" + path, headers={"host": "evil.example"})
    assert response.status_code == 404
    assert "evil.example" not in response.text


def test_the_host_header_means_nothing(place):
    """Every address is built from the configured issuer."""
    hostile = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    response = place.browser().client.get("/login", headers=hostile)
    assert response.status_code == 200
    assert "evil.example" not in response.text


@pytest.mark.parametrize(
    "name", ["x-forwarded-uri", "x-original-uri", "x-original-url", "x-rewrite-url", "x-http-method-override"]
)
def test_no_header_says_which_page_is_meant(place, name):
    """Whoever names a page that is open to everybody is not let into another. CVE-2026-40575."""
    headers = {name: "POST" if "method" in name else "/login"}
    client = place.browser().client
    response = client.get("/account", headers=headers)
    assert (response.status_code, response.headers["location"]) == (303, "/login")
    assert client.get("/account/sessions/end-others", headers=headers).status_code == 405
    assert client.get("/userinfo", headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/login", "/consent", "/logout", "/account/password", "/first/CODE"])
@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"a=" + b"b" * 70_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=b" % number for number in range(200)), "application/x-www-form-urlencoded"),
        (b"login=a&login=b", "application/x-www-form-urlencoded"),
        (b"login=%zz", "application/x-www-form-urlencoded"),
        (b"login=%ff", "application/x-www-form-urlencoded"),
        (b"login=%00", "application/x-www-form-urlencoded"),
        (b"login=a", "application/x-www-form-urlencoded; charset=utf-16"),
        (b'{"login": "alice"}', "application/json"),
        (b"login=alice", "text/plain"),
        (b"login=alice", ""),
    ],
)
def test_bodies_that_are_refused(place, path, content, content_type):
    """Too long, too many, repeated, broken, or another type: 400 and a page."""
    browser = place.browser()
    browser.sign_in()
    response = browser.client.post(path, content=content, headers={"content-type": content_type})
    assert response.status_code == 400
    assert 'id="aw-error">invalid_request<' in response.text


ASKING = (
    "/authorize?client_id=app",
    "/login",
    "/login?interaction=x",
    "/consent?interaction=x",
    "/select-account?interaction=x",
    "/logout",
    "/account",
    "/account/password",
    "/first/CODE",
    "/recover/CODE",
)


@pytest.mark.parametrize("path", ASKING)
def test_the_storage_is_away(place, path):
    """503 with Retry-After, as a page; whoever is signed in is not shown as signed out."""
    browser = place.browser()
    browser.sign_in()
    object.__setattr__(place.idp, "storage", BrokenStorage(StorageUnavailable("disk full")))
    object.__setattr__(place.idp.server, "storage", BrokenStorage(StorageUnavailable("disk full")))
    response = browser.client.get(path)
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert "disk full" not in response.text
    assert "disk full" in "".join(place.lines)


def test_a_bug_is_a_page(place):
    """No traceback reaches the person; the log has it under the reference on the page."""
    browser = place.browser()
    browser.sign_in()
    object.__setattr__(place.idp.server, "storage", BrokenStorage(ZeroDivisionError("a bug")))
    page = browser.get("/account")
    assert page.status == 500
    assert page.by_id("aw-error") == "server_error"
    assert "ZeroDivisionError" not in page.html
    log = "".join(place.lines)
    assert "ZeroDivisionError" in log
    assert page.by_id("aw-reference") in log


def test_the_static_files(place):
    """Kept for a year under a name with their hash, and nothing else is there."""
    browser = place.browser()
    html = browser.get("/login").html
    address = html.partition('rel="stylesheet" href="')[2].partition('"')[0]
    response = browser.client.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert browser.client.head(address).status_code == 200
    assert browser.client.post(address).status_code == 405
    for name in ("authwright.css", "..%2fpages.py", "%2e%2e/templates/base.html", "..\\pages.py"):
        assert browser.client.get(f"/static/{name}").status_code == 404


def test_the_browser_cookie_comes_with_the_first_page(place):
    """Set when it is absent, and then kept: forms of two windows both work."""
    browser = place.browser()
    browser.get("/login")
    first = browser.cookie("browser").value
    assert first
    browser.get("/login")
    assert browser.cookie("browser").value == first
    assert browser.client.get("/login").headers.get("set-cookie") is None


def test_two_windows(place):
    """Two requests in progress in one browser do not spoil each other."""
    browser = place.browser()
    one, other = browser.authorize("trusted", state="one"), browser.authorize("trusted", state="other")
    browser.sign_in(page=one)
    assert browser.answer()["state"] == "one"
    browser.sign_in(page=other)
    assert browser.answer()["state"] == "other"


@pytest.fixture(scope="module")
def fuzzed():
    place = asyncio.run(make_place())
    place.add_account("alice")
    browser = place.browser()
    browser.sign_in()
    return browser


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from([*PATHS, "/authorize"]),
    method=st.sampled_from(["GET", "POST"]),
    fields=st.dictionaries(
        st.sampled_from(["interaction", "form_token", "action", "login", "password", "client_id", "done",
                         "id_token_hint", "post_logout_redirect_uri", "state", "other_account", "x"]),
        st.text(max_size=40),
        max_size=6,
    ),
)  # fmt: skip
def test_any_input_is_answered(fuzzed, path, method, fields):
    """Bad input: a page or a redirect to ourselves; never a 5xx, never to anywhere else."""
    marked = {name: f"{value}<i>\"'" for name, value in fields.items()}
    send = {"params": marked} if method == "GET" else {"data": marked}
    response = fuzzed.client.request(method, path, **send)
    assert response.status_code < 500
    assert "<i>" not in response.text
    location = response.headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith("//")


def test_an_issuer_with_a_path():
    """A realm below a path: addresses, cookies and forms work there."""
    place = asyncio.run(make_place("https://example.com/realms/one"))
    place.add_account("alice")
    browser = place.browser()
    browser.client.base_url = "https://example.com"
    page = browser.get("/realms/one/login")
    assert page.forms[0]["action"] == "/realms/one/login"
    assert browser.sign_in(page=page).path == "/realms/one/account"
    assert browser.get("/login").status == 404


def test_mounted_inside_another_application():
    """ARCHITECTURE §1: the whole server inside somebody's application, under the path of the issuer."""
    place = asyncio.run(make_place("https://example.com/auth"))
    place.add_account("alice")
    outer = Starlette(routes=[Mount("/auth", app=place.app)])
    client = TestClient(outer, base_url="https://example.com", follow_redirects=False)
    response = client.get("/auth/login")
    assert response.status_code == 200
    assert 'action="/auth/login"' in response.text
    assert client.get("/auth/account").headers["location"] == "/auth/login"


def test_two_issuers_on_one_host():
    """localhost:9000 and localhost:9001 share cookies, and do not sign each other's people out."""
    one, other = (asyncio.run(make_place(f"http://localhost:{port}")) for port in (9000, 9001))
    for place in (one, other):
        place.add_account("alice")
    first, second = one.browser(), other.browser()
    second.client.cookies = first.client.cookies
    first.sign_in()
    second.client.cookies.update(first.client.cookies)
    second.sign_in()
    first.client.cookies.update(second.client.cookies)
    assert first.get("/account").path == "/account"
    assert second.get("/account").path == "/account"


def test_a_redirect_after_post_is_303(place):
    """Never 307 or 308, which post the password on. :rfc:`9700#section-4.12`."""
    browser = place.browser()
    page = browser.authorize("trusted")
    fields = {**page.form("aw-submit")["fields"], "login": "alice", "password": PASSWORD}
    response = browser.client.post("/login", data=fields)
    assert response.status_code == 303
    assert response.headers["location"].startswith(REDIRECT_URI)
    assert response.headers["referrer-policy"] == "no-referrer"


def test_secrets_are_stored_as_digests_only(place):
    """Neither cookie is in the storage."""
    browser = place.browser()
    browser.sign_in()
    stored = repr(run(place.storage.sessions_of(place.subjects["alice"])))
    assert browser.cookie("session").value not in stored
