"""Requests to the token, userinfo and revocation endpoints, and every kind of answer."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from authwright.client import ErrorResponse, InvalidResponse, InvalidStoredValue, NotOffered, Tokens, problems
from authwright.client.client_auth import RegisteredClient
from authwright.client.client_credentials import (
    build_client_credentials_request,
    parse_client_credentials_response,
)
from authwright.client.logout import build_logout_url
from authwright.client.refresh_token import build_refresh_request, parse_refresh_response
from authwright.client.revocation import build_revocation_request, parse_revocation_response
from authwright.client.token_response import read_token_response
from authwright.client.userinfo import build_userinfo_request, parse_userinfo_response
from authwright.oauth.http import HttpResponse
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Secret
from support.fake_provider import ISSUER, FakeProvider, json_response

PROVIDER = FakeProvider()
METADATA = PROVIDER.metadata
NOW = PROVIDER.clock.now()
CLIENT = RegisteredClient(client_id=ClientId("web"))
GOOD = {"access_token": "at", "token_type": "Bearer"}
TOKENS = Tokens(
    issuer=ISSUER,
    access_token=Secret("old-access"),
    scope=Scope("openid", "items:read"),
    expires_at=NOW,
    refresh_token=Secret("old-refresh"),
    id_token=Secret("old-id"),
    claims={
        "iss": ISSUER,
        "sub": "alice",
        "aud": "web",
        "iat": NOW,
        "exp": NOW,
        "nonce": "n",
        "auth_time": NOW - 5,
    },
)


def form_of(request):
    return parse_qs(request.body.decode())


def read(members, status=200):
    return read_token_response(json_response(members, status), now=NOW)


def test_a_token_response():
    """RFC 6749 §5.1."""
    received = read({**GOOD, "expires_in": 60, "refresh_token": "rt", "id_token": "e.y.J", "scope": "b a"})
    assert received.access_token.reveal() == "at"
    assert received.expires_at == NOW + 60
    assert received.scope == Scope("a", "b")
    assert received.refresh_token.reveal() == "rt"
    assert received.id_token.reveal() == "e.y.J"


@pytest.mark.parametrize(
    "members", [{}, {"expires_in": None, "refresh_token": None, "scope": None, "id_token": None}]
)
def test_what_a_token_response_may_leave_out(members):
    """expires_in, refresh_token and scope are not required. RFC 6749 §5.1."""
    received = read({**GOOD, **members})
    assert (received.expires_at, received.scope, received.refresh_token, received.id_token) == (None,) * 4


@pytest.mark.parametrize("token_type", ["bearer", "BEARER", "Bearer"])
def test_the_token_type_is_case_insensitive(token_type):
    """RFC 6749 §5.1."""
    assert read({**GOOD, "token_type": token_type}).access_token.reveal() == "at"


@pytest.mark.parametrize("token_type", ["DPoP", "mac", "", "Bearer "])
def test_a_token_type_that_is_not_understood(token_type):
    """A client "MUST NOT use" such a token. RFC 6749 §7.1."""
    with pytest.raises(InvalidResponse) as caught:
        read({**GOOD, "token_type": token_type})
    assert caught.value.problem is problems.UNKNOWN_TOKEN_TYPE


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"access_token": None}, "access_token and token_type"),
        ({"token_type": None}, "access_token and token_type"),
        ({"token_type": 1}, "access_token and token_type"),
        ({"access_token": ""}, "access_token"),
        ({"access_token": 1}, "access_token"),
        ({"access_token": "a b"}, "access_token"),
        ({"access_token": "a\r\nx: y"}, "access_token"),
        ({"access_token": "é"}, "access_token"),
        ({"refresh_token": "\n"}, "refresh_token"),
        ({"id_token": ["x"]}, "id_token"),
        ({"expires_in": -1}, "expires_in"),
        ({"expires_in": True}, "expires_in"),
        ({"expires_in": "soon"}, "expires_in"),
        ({"expires_in": "\u0661"}, "expires_in"),
        ({"expires_in": 10**12}, "expires_in"),
        ({"expires_in": []}, "expires_in"),
        ({"scope": 7}, "scope"),
        ({"scope": 'a"b'}, "scope"),
    ],
)
def test_a_malformed_token_response(members, expected):
    """RFC 6749 §5.1 and appendix A; a line break in a token would be a header of its own."""
    with pytest.raises(InvalidResponse) as caught:
        read({**GOOD, **members})
    assert caught.value.problem is problems.MALFORMED_RESPONSE
    assert caught.value.expected == expected


@pytest.mark.parametrize(("written", "seconds"), [(0, 0), (59.9, 59), ("60", 60)])
def test_expires_in_as_providers_write_it(written, seconds):
    assert read({**GOOD, "expires_in": written}).expires_at == NOW + seconds


@pytest.mark.parametrize("scope", ["a b", "a  b", " a b "])
def test_scope_as_providers_write_it(scope):
    assert read({**GOOD, "scope": scope}).scope == Scope("a", "b")


@pytest.mark.parametrize("status", [400, 401, 403, 500, 200])
def test_a_refusal(status):
    """RFC 6749 §5.2; with another status, or 200, some providers still mean it."""
    with pytest.raises(ErrorResponse) as caught:
        read({"error": "invalid_grant", "error_description": "expired"}, status)
    error = caught.value
    assert error.problem is problems.TOKEN_REFUSED
    assert (error.error, error.error_description, error.status) == ("invalid_grant", "expired", status)


def test_a_description_that_is_no_text_is_left_out():
    with pytest.raises(ErrorResponse) as caught:
        read({"error": "invalid_grant", "error_description": {"a": 1}}, 400)
    assert caught.value.error_description is None


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(302, {"location": "https://elsewhere.example"}),
        HttpResponse(502, {"content-type": "text/html"}, b"<html>"),
        HttpResponse(400, {"content-type": "application/json"}, b"{"),
        HttpResponse(400, {"content-type": "application/json"}, b'{"error": 7}'),
        HttpResponse(400, {"content-type": "application/json"}, b'{"error": "a\\nb"}'),
        HttpResponse(
            201, {"content-type": "application/json"}, b'{"access_token":"a","token_type":"Bearer"}'
        ),
        HttpResponse(401, {"www-authenticate": '"'}),
        HttpResponse(401, {"www-authenticate": "Basic realm=x"}),
    ],
)
def test_an_answer_that_is_neither_success_nor_refusal(response):
    """A proxy's page, a redirect, a crash: an error of the server, with the status."""
    with pytest.raises(InvalidResponse) as caught:
        read_token_response(response, now=NOW)
    assert caught.value.problem is problems.UNEXPECTED_STATUS
    assert caught.value.received == response.status


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", b'{"access_token":"a","token_type":"Bearer"}'),
        (None, b'{"access_token":"a","token_type":"Bearer"}'),
        ("application/json", b"[]"),
        ("application/json", '{"access_token":"a"}'.encode("utf-16")),
        ("application/json", b'{"access_token":"a","access_token":"b","token_type":"Bearer"}'),
    ],
)
def test_a_success_that_is_no_json(content_type, body):
    """Media type application/json, UTF-8, unique member names. RFC 6749 §5.1, RFC 8259."""
    headers = {} if content_type is None else {"content-type": content_type}
    with pytest.raises(InvalidResponse) as caught:
        read_token_response(HttpResponse(200, headers, body), now=NOW)
    assert caught.value.problem is problems.NOT_JSON


@pytest.mark.parametrize(
    "content_type", ["application/json;charset=UTF-8", "Application/JSON", "application/jrd+json"]
)
def test_media_types_that_are_json(content_type):
    body = b'{"access_token":"a","token_type":"Bearer"}'
    response = HttpResponse(200, {"content-type": content_type}, body)
    assert read_token_response(response, now=NOW).access_token.reveal() == "a"


def test_the_refresh_request():
    """RFC 6749 §6, RFC 8707 §2.2."""
    request = build_refresh_request(
        METADATA, CLIENT, TOKENS, scope=Scope("openid"), resource=["https://a.example"], now=NOW
    )
    assert request.url == METADATA.token_endpoint
    assert form_of(request) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["old-refresh"],
        "scope": ["openid"],
        "resource": ["https://a.example"],
        "client_id": ["web"],
    }
    assert "scope" not in form_of(build_refresh_request(METADATA, CLIENT, TOKENS, now=NOW))


def test_a_refresh_without_refresh_token():
    with pytest.raises(InvalidStoredValue) as caught:
        build_refresh_request(METADATA, CLIENT, replace(TOKENS, refresh_token=None), now=NOW)
    assert caught.value.problem is problems.NO_REFRESH_TOKEN


def test_a_refresh_token_never_goes_to_another_issuer():
    """RFC 9700 §4.4."""
    with pytest.raises(InvalidStoredValue) as caught:
        build_refresh_request(METADATA, CLIENT, replace(TOKENS, issuer="https://other.example"), now=NOW)
    assert caught.value.problem is problems.FOREIGN_TOKENS


def refreshed(members, *, scope=None):
    response = json_response({**GOOD, **members})
    return parse_refresh_response(response, METADATA, CLIENT, TOKENS, PROVIDER.jwks, scope=scope, now=NOW)


def test_what_a_refresh_does_not_renew_is_kept():
    """Refresh token and ID token may be left out. RFC 6749 §6, Core §12.2."""
    tokens = refreshed({})
    assert tokens.access_token.reveal() == "at"
    assert tokens.refresh_token is TOKENS.refresh_token
    assert tokens.id_token is TOKENS.id_token
    assert tokens.claims == TOKENS.claims
    assert tokens.scope == TOKENS.scope
    assert tokens.expires_at is None


def test_the_rotated_refresh_token_replaces_the_old():
    """RFC 6749 §6: "the client MUST discard the old refresh token"."""
    assert refreshed({"refresh_token": "new"}).refresh_token.reveal() == "new"


def test_a_narrower_scope():
    """Without scope in the answer it is the one asked for; with it, that one. RFC 6749 §5.1."""
    assert refreshed({}, scope=Scope("openid")).scope == Scope("openid")
    assert refreshed({"scope": "items:read"}, scope=Scope("openid")).scope == Scope("items:read")
    assert refreshed({"scope": ""}).scope == Scope()


def test_a_new_id_token_about_the_same_authentication():
    """Core §12.2."""
    id_token = PROVIDER.id_token(None, "at", exp=NOW + 900)
    tokens = refreshed({"id_token": id_token})
    assert tokens.id_token.reveal() == id_token
    assert tokens.claims["exp"] == NOW + 900


@pytest.mark.parametrize(
    "claims",
    [{"sub": "bob"}, {"auth_time": 7}, {"nonce": "another"}],
)
def test_a_new_id_token_about_another_authentication(claims):
    """sub, auth_time and nonce, if there, "MUST" be those of the first. Core §12.2."""
    with pytest.raises(InvalidResponse) as caught:
        refreshed({"id_token": PROVIDER.id_token(claims.pop("nonce", None), "at", **claims)})
    assert caught.value.problem is problems.ID_TOKEN_AUTHENTICATION


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"iss": "https://other.example"}, problems.ID_TOKEN_ISSUER),
        ({"aud": "another"}, problems.ID_TOKEN_AUDIENCE),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, problems.ID_TOKEN_HASH),
    ],
)
def test_a_new_id_token_is_checked_like_the_first(claims, problem):
    """Core §12.2: issuer, audience and signature as in §3.1.3.7."""
    with pytest.raises(InvalidResponse) as caught:
        refreshed({"id_token": PROVIDER.id_token(None, "at", **claims)})
    assert caught.value.problem is problem


def test_client_credentials():
    """RFC 6749 §4.4.2, RFC 8707 §2.2."""
    request = build_client_credentials_request(
        METADATA, CLIENT, scope=Scope("b", "a"), resource=["https://a.example"], now=NOW
    )
    assert form_of(request) == {
        "grant_type": ["client_credentials"],
        "scope": ["a b"],
        "resource": ["https://a.example"],
        "client_id": ["web"],
    }
    assert "scope" not in form_of(build_client_credentials_request(METADATA, CLIENT, scope=Scope(), now=NOW))


@pytest.mark.parametrize(
    ("members", "scope"), [({}, Scope("asked")), ({"scope": "granted"}, Scope("granted"))]
)
def test_client_credentials_give_an_access_token_alone(members, scope):
    """RFC 6749 §4.4.3: a refresh token "SHOULD NOT be included", and is not kept."""
    response = json_response({**GOOD, "refresh_token": "rt", "expires_in": 5, **members})
    tokens = parse_client_credentials_response(response, METADATA, scope=Scope("asked"), now=NOW)
    assert (tokens.issuer, tokens.scope, tokens.refresh_token) == (ISSUER, scope, None)
    assert tokens.expires_at == NOW + 5


def test_the_userinfo_request():
    """Core §5.3.1: the access token in the header."""
    request = build_userinfo_request(METADATA, TOKENS)
    assert (request.method, request.url) == ("GET", METADATA.userinfo_endpoint)
    assert request.headers["authorization"] == "Bearer old-access"


def test_an_access_token_never_goes_to_another_issuer():
    with pytest.raises(InvalidStoredValue):
        build_userinfo_request(METADATA, replace(TOKENS, issuer="https://other.example"))


@pytest.mark.parametrize("claims", [{}, {"sub": "bob"}, {"sub": 7}, {"sub": None}])
def test_userinfo_about_somebody_else(claims):
    """sub "MUST always be returned" and be the ID token's. Core §5.3.2."""
    with pytest.raises(InvalidResponse) as caught:
        parse_userinfo_response(json_response(claims), TOKENS)
    assert caught.value.problem is problems.FOREIGN_USERINFO


def test_userinfo_without_an_id_token_is_about_nobody():
    """No sub to compare with, no use: not even with a response that has none either."""
    for claims in ({}, {"sub": "alice"}):
        with pytest.raises(InvalidResponse):
            parse_userinfo_response(json_response(claims), replace(TOKENS, claims={}))


def test_userinfo_refuses_in_a_challenge():
    """RFC 6750 §3.1: the error stands in WWW-Authenticate."""
    challenge = 'DPoP algs="ES256", Bearer realm="x", error="invalid_token", error_description="expired"'
    with pytest.raises(ErrorResponse) as caught:
        parse_userinfo_response(HttpResponse(401, {"www-authenticate": challenge}), TOKENS)
    assert caught.value.problem is problems.USERINFO_REFUSED
    assert (caught.value.error, caught.value.error_description) == ("invalid_token", "expired")


def test_signed_userinfo_is_not_understood():
    """application/jwt was not registered for; its claims would be unchecked."""
    response = HttpResponse(200, {"content-type": "application/jwt"}, b"e.y.J")
    with pytest.raises(InvalidResponse) as caught:
        parse_userinfo_response(response, TOKENS)
    assert caught.value.problem is problems.NOT_JSON


def test_the_revocation_request():
    """RFC 7009 §2.1."""
    request = build_revocation_request(
        METADATA, CLIENT, Secret("rt"), token_type_hint="refresh_token", now=NOW
    )
    assert request.url == METADATA.revocation_endpoint
    assert form_of(request) == {"token": ["rt"], "token_type_hint": ["refresh_token"], "client_id": ["web"]}


def test_a_revocation_succeeds_with_200():
    """ "The content of the response body is ignored". RFC 7009 §2.2."""
    parse_revocation_response(HttpResponse(200))
    parse_revocation_response(HttpResponse(200, {"content-type": "text/html"}, b"ok"))


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (json_response({"error": "unsupported_token_type"}, 400), ErrorResponse),
        (HttpResponse(503, {"retry-after": "5"}), InvalidResponse),
    ],
)
def test_a_revocation_that_fails(response, kind):
    """After 503 "the client must assume the token still exists". RFC 7009 §2.2.1."""
    with pytest.raises(kind):
        parse_revocation_response(response)


def test_a_server_without_revocation():
    with pytest.raises(NotOffered):
        build_revocation_request(
            replace(METADATA, revocation_endpoint=None),
            CLIENT,
            Secret("rt"),
            token_type_hint="access_token",
            now=NOW,
        )


def test_the_logout_url():
    """RP-Initiated Logout §2."""
    url = build_logout_url(
        METADATA,
        CLIENT,
        id_token_hint=Secret("e.y.J"),
        post_logout_redirect_uri="https://app.example.com/bye",
        state="s",
    )
    assert url.startswith(f"{METADATA.end_session_endpoint}?")
    assert parse_qs(urlsplit(url).query) == {
        "id_token_hint": ["e.y.J"],
        "client_id": ["web"],
        "post_logout_redirect_uri": ["https://app.example.com/bye"],
        "state": ["s"],
    }
    assert build_logout_url(METADATA, CLIENT) == f"{METADATA.end_session_endpoint}?client_id=web"


def test_a_server_without_logout():
    with pytest.raises(NotOffered):
        build_logout_url(replace(METADATA, end_session_endpoint=None), CLIENT)
