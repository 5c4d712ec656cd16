"""Whatever a server, a browser or a session brings, a client raises its own errors and nothing else."""

import contextlib
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from authwright.client import ClientError, InvalidStoredValue, Login, Tokens
from authwright.client.authorization_code import (
    build_authorization_request,
    check_authorization_response,
    parse_callback,
    parse_token_response,
)
from authwright.client.client_auth import RegisteredClient
from authwright.client.client_credentials import parse_client_credentials_response
from authwright.client.discovery import parse_jwks_response, parse_metadata_response
from authwright.client.refresh_token import parse_refresh_response
from authwright.client.revocation import parse_revocation_response
from authwright.client.userinfo import parse_userinfo_response
from authwright.jose.encoding import b64url_encode, dump_json
from authwright.oauth.http import HttpResponse
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Seconds, Secret, Timestamp
from support.fake_provider import ISSUER, FakeProvider

PROVIDER = FakeProvider()
METADATA, KEYS, NOW = PROVIDER.metadata, PROVIDER.jwks, PROVIDER.clock.now()
CLIENT = RegisteredClient(client_id=ClientId("web"))
LOGIN = build_authorization_request(
    METADATA, CLIENT, redirect_uri="https://app.example.com/cb", scope=Scope("openid"), now=NOW
).login
STATE = LOGIN.state.reveal()
ANSWER = check_authorization_response(METADATA, LOGIN, {"state": STATE, "code": "c", "iss": ISSUER}, now=NOW)
TOKENS = Tokens(
    issuer=ISSUER, access_token=Secret("a"), scope=Scope(), id_token=Secret("i"), claims={"sub": "alice"}
)

PARSERS = (
    lambda response: parse_metadata_response(response, issuer=ISSUER),
    parse_jwks_response,
    lambda response: parse_token_response(response, METADATA, CLIENT, ANSWER, KEYS, now=NOW),
    lambda response: parse_refresh_response(response, METADATA, CLIENT, TOKENS, KEYS, now=NOW),
    lambda response: parse_client_credentials_response(response, METADATA, scope=Scope(), now=NOW),
    lambda response: parse_userinfo_response(response, TOKENS),
    parse_revocation_response,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = (
    "access_token",
    "token_type",
    "expires_in",
    "scope",
    "refresh_token",
    "id_token",
    "error",
    "error_description",
    "sub",
    "keys",
    "issuer",
    "jwks_uri",
    "token_endpoint",
)
documents = st.dictionaries(st.sampled_from(MEMBERS), json_values | st.just("Bearer"), max_size=8)


def json_bytes(document):
    try:
        return dump_json(document)
    except ValueError:  # a lone surrogate
        return b"{}"


responses = st.builds(
    HttpResponse,
    st.sampled_from([200, 204, 301, 400, 401, 403, 500, 503]),
    st.fixed_dictionaries(
        {"content-type": st.sampled_from(["application/json", "text/html", ""]) | st.text(max_size=20)},
        optional={"www-authenticate": st.text(max_size=40) | st.just('Bearer error="invalid_token"')},
    ),
    st.binary(max_size=60) | documents.map(json_bytes),
)


@given(responses, st.sampled_from(PARSERS))
def test_any_response_into_any_parser(response, parse):
    with contextlib.suppress(ClientError):
        parse(response)


@given(st.text(max_size=60) | st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
def test_any_callback(callback):
    with contextlib.suppress(ClientError):
        check_authorization_response(METADATA, LOGIN, parse_callback(callback), now=NOW)


@given(st.dictionaries(st.sampled_from(["code", "error", "error_description", "iss", "response"]), st.text()))
def test_any_callback_with_the_right_state(parameters):
    with contextlib.suppress(ClientError):
        check_authorization_response(METADATA, LOGIN, {**parameters, "state": STATE}, now=NOW)


stored = st.dictionaries(
    st.sampled_from([field.name for kind in (Login, Tokens) for field in fields(kind)]),
    json_values,
    max_size=9,
)


@given(
    st.text(max_size=40) | stored.map(lambda members: b64url_encode(json_bytes(members))),
    st.sampled_from([Login, Tokens]),
)
def test_any_stored_text(text, kind):
    with contextlib.suppress(InvalidStoredValue):
        kind.deserialize(text)


words = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"\\'), min_size=1)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
times = st.integers(0, 253_402_300_799).map(Timestamp)


def shown(value):
    return {
        field.name: each.reveal() if isinstance(each := getattr(value, field.name), Secret) else each
        for field in fields(value)
    }


@given(
    st.builds(
        Login,
        issuer=texts,
        redirect_uri=texts,
        state=texts.map(Secret),
        nonce=texts.map(Secret),
        code_verifier=texts.map(Secret),
        scope=st.lists(words, max_size=3).map(lambda tokens: Scope(*tokens)),
        created_at=times,
        resource=st.lists(texts, max_size=3).map(tuple),
        max_age=st.none() | st.integers(0, 10**9).map(Seconds),
    )
)
def test_any_login_survives_storage(login):
    assert shown(Login.deserialize(login.serialize())) == shown(login)
