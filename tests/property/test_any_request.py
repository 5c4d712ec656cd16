"""
Whatever arrives, wherever: a defined error or a page; never a 5xx, never a redirect to an unproven URI.

The requests go to the whole application over ASGI.
"""

import asyncio
import string
from urllib.parse import quote_plus, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.pages import APP_SECRET, PASSWORD, REDIRECT_URI, make_place, run
from support.pkce import CHALLENGE

PATHS = (
    "/authorize", "/token", "/userinfo", "/introspect", "/revoke", "/logout", "/jwks", "/login", "/consent",
    "/select-account", "/account", "/account/password", "/account/sessions/end", "/account/apps/disconnect",
    "/first/ABCD-EFGH", "/recover/ABCD-EFGH", "/static/app.css", "/", "/healthz",
    "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/nowhere",
)  # fmt: skip
NAMES = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt", "max_age", "code",
    "code_challenge", "code_challenge_method", "grant_type", "refresh_token", "client_secret", "resource",
    "client_assertion", "client_assertion_type", "token", "id_token_hint", "post_logout_redirect_uri",
    "access_token", "login", "password", "interaction", "form_token", "action", "request", "claims", "x",
)  # fmt: skip
VALUES = (
    "app", "trusted", "native", REDIRECT_URI, "https://evil.example.com/", "code", "token", "openid profile",
    "none", "login", "consent", "authorization_code", "refresh_token", "client_credentials", APP_SECRET,
    PASSWORD, CHALLENGE, "S256", "0", "-1", "99999999999999999999", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "",
    "\x00", "\r\nset-cookie: x=y", "é", "\ud800", "%", "javascript:alert(1)",
)  # fmt: skip
any_text = st.one_of(st.sampled_from(VALUES), st.text(max_size=40))
pairs = st.lists(st.tuples(st.sampled_from(NAMES), any_text), max_size=8)
methods = st.sampled_from(("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "FOO"))
header_values = st.one_of(
    st.sampled_from(
        (
            b"Basic YXBwOnNlY3JldA==", b"Basic !", b"Bearer x", b"Bearer a.b.c", b"Bearer", b"",
            b"application/x-www-form-urlencoded", b"application/json", b"text/html; charset=utf-16",
            b"multipart/form-data; boundary=x", b"https://evil.example.com", b"null", b"evil.example.com",
        )
    ),
    st.binary(max_size=30).filter(lambda value: not set(b"\r\n\x00") & set(value)),
)  # fmt: skip
headers = st.lists(
    st.tuples(
        st.sampled_from(
            (b"authorization", b"content-type", b"cookie", b"origin", b"host", b"x-forwarded-for", b"accept")
        ),
        header_values,
    ),
    max_size=4,
)
ALLOWED_ORIGINS = {"", "https://app.example.com"}


def encode(parameters):
    return "&".join(
        f"{name}={quote_plus(value.encode('utf-8', 'surrogatepass'))}" for name, value in parameters
    ).encode()


@pytest.fixture
def place():
    """One provider for all examples: what one request leaves behind, the next may meet."""
    return run(make_place())


def send(place, method, path, query, request_headers, body):
    sent = []

    async def request():
        messages = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def answer(message):
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "https", "path": path, "raw_path": path.encode(), "query_string": query,
            "headers": request_headers, "client": ("192.0.2.1", 1), "server": ("id.example.com", 443),
            "root_path": "", "state": {},
        }  # fmt: skip
        async with asyncio.timeout(10):
            await place.app(scope, receive, answer)

    run(request())
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return start["status"], dict(start["headers"]), body


def check(place, method, path, query, request_headers, body):
    status, answered, content = send(place, method, path, query, request_headers, body)
    assert status < 500
    assert b"Traceback" not in content
    location = answered.get(b"location", b"").decode("latin-1")
    target = urlsplit(location)
    origin = f"{target.scheme}://{target.netloc}" if target.scheme or target.netloc else ""
    assert origin in ALLOWED_ORIGINS, location
    for value in answered.values():
        assert b"\r" not in value
        assert b"\n" not in value
    assert b"x-content-type-options" in answered
    if answered.get(b"content-type", b"").startswith(b"text/html"):
        assert b"content-security-policy" in answered
        assert b"<script" not in content.lower()


@settings(
    max_examples=600,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(methods, st.sampled_from(PATHS), pairs, headers, pairs)
@example("GET", "/authorize", [("client_id", "app"), ("redirect_uri", "\ud800")], [], [])
@example("POST", "/token", [], [(b"authorization", b"Basic \xff")], [("grant_type", "authorization_code")])
@example("GET", "/logout", [("id_token_hint", "a.b.c"), ("state", "\x00")], [], [])
def test_any_parameters_at_any_endpoint(place, method, path, query, request_headers, form):
    """Parameters that mean something, in places where they do not."""
    form_headers = [*request_headers, (b"content-type", b"application/x-www-form-urlencoded")]
    check(place, method, path, encode(query), form_headers, encode(form))


@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    methods,
    st.sampled_from(PATHS) | st.text(string.printable, max_size=20).map(lambda text: "/" + text),
    st.binary(max_size=60),
    headers,
    st.binary(max_size=200),
    st.sampled_from((1, 5_000, 70_000)),
)
def test_any_bytes_at_any_path(place, method, path, query, request_headers, body, size):
    """Bytes that mean nothing, also too many of them."""
    check(place, method, path, query, request_headers, (body * size)[: max(len(body), size)])
