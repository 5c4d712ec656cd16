"""The authorization request and its response: what the browser carries away, and what it may bring back."""

from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from authwright.client import ErrorResponse, InvalidCallback, InvalidResponse, NotOffered, problems
from authwright.client.authorization_code import (
    AuthorizationResponse,
    build_authorization_request,
    build_token_request,
    check_authorization_response,
    parse_callback,
)
from authwright.client.client_auth import RegisteredClient
from authwright.client.login import LOGIN_LIFETIME
from authwright.oauth import pkce
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Secret, Timestamp
from support.fake_provider import ISSUER, REDIRECT_URI, FakeProvider

NOW = Timestamp(1_800_000_000)
CLIENT = RegisteredClient(client_id=ClientId("web"))
METADATA = FakeProvider().metadata


def begin(metadata=METADATA, **parameters):
    return build_authorization_request(
        metadata,
        CLIENT,
        redirect_uri=REDIRECT_URI,
        scope=Scope("openid", "items:read"),
        now=NOW,
        **parameters,
    )


LOGIN = begin().login
GOOD = {"code": "the-code", "state": LOGIN.state.reveal(), "iss": ISSUER}


def check(parameters, *, metadata=METADATA, login=LOGIN, now=NOW):
    return check_authorization_response(metadata, login, parameters, now=now)


def test_the_authorization_request_asks_for_a_code_with_pkce():
    """RFC 6749 §4.1.1, RFC 7636 §4.3, Core §3.1.2.1."""
    request = begin(resource=["https://a.example", "https://b.example"], prompt="login", max_age=0)
    url = urlsplit(request.authorization_url)
    query = parse_qs(url.query)
    login = request.login
    assert f"{url.scheme}://{url.netloc}{url.path}" == METADATA.authorization_endpoint
    assert query == {
        "response_type": ["code"],
        "client_id": ["web"],
        "redirect_uri": [REDIRECT_URI],
        "scope": ["items:read openid"],
        "state": [login.state.reveal()],
        "nonce": [login.nonce.reveal()],
        "code_challenge": [pkce.challenge_of(login.code_verifier.reveal())],
        "code_challenge_method": ["S256"],
        "resource": ["https://a.example", "https://b.example"],
        "prompt": ["login"],
        "max_age": ["0"],
    }
    assert login.max_age == 0
    assert login.resource == ("https://a.example", "https://b.example")


def test_an_id_token_hint_is_sent_as_it_is():
    """Core §3.1.2.1: id_token_hint is the ID token itself."""
    query = parse_qs(urlsplit(begin(id_token_hint=Secret("e.y.J"), prompt="none").authorization_url).query)
    assert query["id_token_hint"] == ["e.y.J"]


def test_the_query_of_the_authorization_endpoint_is_kept():
    """The endpoint URI may have a query, "which MUST be retained". RFC 6749 §3.1."""
    metadata = replace(METADATA, authorization_endpoint=f"{ISSUER}/authorize?tenant=1")
    assert begin(metadata).authorization_url.startswith(f"{ISSUER}/authorize?tenant=1&response_type=code&")


def test_every_login_has_values_of_its_own():
    """state, nonce and code_verifier are made anew for each request. RFC 7636 §7.1, RFC 6749 §10.10."""
    logins = [begin().login for _ in range(3)]
    values = {
        secret.reveal() for login in logins for secret in (login.state, login.nonce, login.code_verifier)
    }
    assert len(values) == 9
    assert all(len(value) == 43 for value in values)


def test_a_server_without_authorization_endpoint():
    with pytest.raises(NotOffered) as caught:
        begin(replace(METADATA, authorization_endpoint=None))
    assert caught.value.expected == "authorization_endpoint"


def test_a_good_callback_is_checked():
    answer = check(GOOD)
    assert answer.code.reveal() == "the-code"
    assert answer.login is LOGIN


@pytest.mark.parametrize("state", ["", "another", LOGIN.state.reveal() + "x", "é", "\udc80", None])
def test_a_callback_with_another_state_is_refused(state):
    """The binding of the callback to this browser. RFC 6749 §10.12."""
    parameters = {name: value for name, value in {**GOOD, "state": state}.items() if value is not None}
    with pytest.raises(InvalidCallback) as caught:
        check(parameters)
    assert caught.value.problem is problems.STATE_MISMATCH


def test_an_error_without_the_right_state_is_not_believed():
    """Nobody can end a login by sending the browser to the callback with an error."""
    with pytest.raises(InvalidCallback) as caught:
        check({"error": "access_denied", "state": "another", "iss": ISSUER})
    assert caught.value.problem is problems.STATE_MISMATCH


def test_a_response_from_another_issuer_is_a_mix_up():
    """The iss of the response "MUST" be compared with the issuer that was asked. RFC 9207 §2.4."""
    with pytest.raises(InvalidResponse) as caught:
        check({**GOOD, "iss": "https://attacker.example"})
    assert caught.value.problem is problems.WRONG_RESPONSE_ISSUER
    assert caught.value.received == "https://attacker.example"


def test_a_response_without_iss_when_it_is_promised():
    """Clients MUST reject a response without iss from a server that supports it. RFC 9207 §2.4."""
    with pytest.raises(InvalidResponse) as caught:
        check({"code": "c", "state": GOOD["state"]})
    assert caught.value.problem is problems.WRONG_RESPONSE_ISSUER


def test_a_response_without_iss_when_it_is_not_promised():
    """Servers without RFC 9207 do not send it."""
    metadata = replace(METADATA, authorization_response_iss_parameter_supported=False)
    assert check({"code": "c", "state": GOOD["state"]}, metadata=metadata).code.reveal() == "c"


def test_a_wrong_iss_is_refused_even_when_it_is_not_promised():
    """RFC 9207 §2.4: a value that is there must be right in any case."""
    metadata = replace(METADATA, authorization_response_iss_parameter_supported=False)
    with pytest.raises(InvalidResponse):
        check({**GOOD, "iss": "https://attacker.example"}, metadata=metadata)


def test_an_error_from_another_issuer_is_a_mix_up():
    """iss belongs to error responses as well. RFC 9207 §2."""
    with pytest.raises(InvalidResponse):
        check({"error": "access_denied", "state": GOOD["state"], "iss": "https://attacker.example"})


def test_a_login_of_another_issuer_is_refused():
    """A code never goes to another server than the request went to. RFC 9700 §4.4.2."""
    with pytest.raises(InvalidCallback) as caught:
        check(GOOD, login=replace(LOGIN, issuer="https://other.example"))
    assert caught.value.problem is problems.FOREIGN_LOGIN


def test_a_checked_callback_is_not_redeemed_at_another_issuer():
    """Not by mistake of the application either. RFC 9700 §4.4.2."""
    metadata = FakeProvider(issuer="https://other.example").metadata
    with pytest.raises(InvalidCallback) as caught:
        build_token_request(metadata, CLIENT, check(GOOD), now=NOW)
    assert caught.value.problem is problems.FOREIGN_LOGIN


def test_only_the_check_makes_an_authorization_response():
    """A code that nobody checked cannot be redeemed: it has not the type."""
    with pytest.raises(TypeError):
        AuthorizationResponse(LOGIN, Secret("code"))
    with pytest.raises(TypeError):
        replace(check(GOOD), code=Secret("another"), checked=None)


def test_a_login_does_not_live_for_ever():
    assert check(GOOD, now=Timestamp(NOW + LOGIN_LIFETIME)).login is LOGIN
    with pytest.raises(InvalidCallback) as caught:
        check(GOOD, now=Timestamp(NOW + LOGIN_LIFETIME + 1))
    assert caught.value.problem is problems.LOGIN_EXPIRED


def test_a_clock_that_is_a_little_behind_is_no_reason_to_refuse():
    """Callback and request may be served by two machines."""
    assert check(GOOD, now=Timestamp(NOW - 5)).login is LOGIN


def test_a_refusal_is_typed():
    """RFC 6749 §4.1.2.1: the error code and its description."""
    with pytest.raises(ErrorResponse) as caught:
        check(
            {
                "error": "access_denied",
                "error_description": "No.",
                "state": GOOD["state"],
                "iss": ISSUER,
            }
        )
    assert caught.value.problem is problems.AUTHORIZATION_REFUSED
    assert (caught.value.error, caught.value.error_description) == ("access_denied", "No.")
    assert caught.value.status is None


def test_an_error_beside_a_code_is_an_error():
    """RFC 6749 §4.1.2.1 knows no response with both; the safe reading is the refusal."""
    with pytest.raises(ErrorResponse):
        check({**GOOD, "error": "server_error"})


@pytest.mark.parametrize("answer", [{}, {"code": ""}, {"error": 'no"quote'}])
def test_a_response_with_neither_code_nor_error(answer):
    with pytest.raises(InvalidResponse) as caught:
        check({"state": GOOD["state"], "iss": ISSUER, **answer})
    assert caught.value.problem is problems.CODE_MISSING


def test_the_token_request_proves_possession():
    """RFC 6749 §4.1.3, RFC 7636 §4.5, RFC 8707 §2.2."""
    login = begin(resource=["https://api.example"]).login
    answer = check({**GOOD, "state": login.state.reveal()}, login=login)
    request = build_token_request(METADATA, CLIENT, answer, now=NOW)
    assert (request.method, request.url) == ("POST", METADATA.token_endpoint)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["the-code"],
        "redirect_uri": [REDIRECT_URI],
        "code_verifier": [login.code_verifier.reveal()],
        "resource": ["https://api.example"],
        "client_id": ["web"],
    }


@pytest.mark.parametrize(
    "callback",
    [
        f"{REDIRECT_URI}?{urlencode(GOOD)}",
        f"{REDIRECT_URI}?{urlencode(GOOD)}#_=_",
        f"http://behind-a-proxy/callback?{urlencode(GOOD)}&session_state=x",
        GOOD,
    ],
)
def test_a_callback_is_a_url_or_its_parameters(callback):
    """Unknown parameters are ignored. RFC 6749 §4.1.2."""
    assert check(parse_callback(callback)).code.reveal() == "the-code"


@pytest.mark.parametrize("query", ["code=a&code=b", "state=a&state=b", "code=%", "code=%ff", "code=%00"])
def test_a_malformed_callback_is_refused(query):
    """Parameters come once and are well-formed. RFC 6749 §3.1."""
    with pytest.raises(InvalidCallback) as caught:
        parse_callback(f"{REDIRECT_URI}?{query}")
    assert caught.value.problem is problems.MALFORMED_CALLBACK


def test_a_callback_without_query_has_no_parameters():
    assert not parse_callback(REDIRECT_URI)
