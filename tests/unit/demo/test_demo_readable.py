"""Times, tokens and messages as the demo's pages write them."""

import json

import pytest

from authwright.demo.clock import DemoClock
from authwright.demo.parties import Addresses
from authwright.demo.web import meanings
from authwright.demo.web.anatomy import distance, duration, members_of
from authwright.demo.web.messages import shortened, shown_exchanges
from authwright.demo.wire import Exchange
from authwright.oauth.access_token import AccessTokenClaims
from authwright.oauth.client_secret import ClientCredentials, write_basic
from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, Secret, Subject, Timestamp

ADDRESSES = Addresses("http://localhost:3000", "http://localhost:9000", "http://localhost:8000")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3660, "1 h 1 min"), (90_061, "1 day 1 h")],
)
def test_duration(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(0, "now"), (5, "in 5 s"), (-60, "1 min ago")])
def test_distance(seconds, words):
    assert distance(seconds) == words


def test_every_claim_of_an_access_token_has_a_meaning():
    """RFC 9068 §2.2: whatever the issuer may put in."""
    claims = AccessTokenClaims(
        issuer="i",
        subject=Subject("s"),
        audience=("a",),
        client_id=ClientId("c"),
        jti="j",
        issued_at=Timestamp(1),
        expires_at=Timestamp(2),
        scope=parse_scope("x"),
        auth_time=Timestamp(1),
        acr="0",
        amr=("pwd",),
        roles=("r",),
        groups=("g",),
    ).to_dict()
    for explained in (meanings.ACCESS_TOKEN, meanings.MACHINE):
        assert set(claims) <= set(explained)


def test_members_tell_times_and_lists():
    exp, amr, extra = members_of(
        [("exp", 1000), ("amr", ["pwd", "otp"]), ("extra", True)], meanings.ACCESS_TOKEN, Timestamp(940)
    )
    assert exp.note.endswith("in 1 min")
    assert (amr.value, amr.note) == ("pwd, otp", "")
    assert (extra.value, extra.meaning) == ("True", meanings.UNKNOWN)


def exchange(**headers):
    request = HttpRequest("POST", "http://localhost:9000/token?a=1&b=2", headers, b"code=abc&state=d%20e")
    body = json.dumps({"access_token": "t" * 500, "roles": ["x" * 100, "a b"], "n": 1}).encode()
    response = HttpResponse(400, {"content-type": "application/json"}, body)
    (shown,) = shown_exchanges([Exchange("the app", request, response)], ADDRESSES)
    return shown


def test_an_exchange():
    shown = exchange(**{"content-type": "application/x-www-form-urlencoded"})
    assert (shown.sender, shown.receiver, shown.what) == ("the app", "the identity provider", "POST /token")
    assert shown.request.first == "POST /token\n?a=1\n&b=2"
    assert shown.request.headers[0] == ("host", "localhost:9000")
    assert shown.request.body == "code=abc\n&state=d e"
    assert shown.response.first == "400 Bad Request"
    members = json.loads(shown.response.body)
    assert members["access_token"].endswith("(500 characters)")
    assert members["roles"][0].endswith("(100 characters)")
    assert (members["roles"][1], members["n"]) == ("a b", 1)


def test_a_client_secret_is_not_shown():
    """Of the credentials of RFC 6749 §2.3.1 only the client_id."""
    shown = exchange(authorization=write_basic(ClientCredentials(ClientId("cabinet"), Secret("s" * 43))))
    assert dict(shown.request.headers)["authorization"] == "Basic … (cabinet and its secret, in base64)"


def test_a_bearer_token_is_cut():
    shown = exchange(authorization="Bearer " + "t" * 100)
    assert dict(shown.request.headers)["authorization"].endswith("(100 characters)")


def test_what_is_short_is_whole():
    """Codes, refresh tokens and state, which a reader compares."""
    assert shortened("x" * 43) == "x" * 43


@pytest.mark.parametrize("body", [b"", b"plain", b"\xff", b"[1]", b'{"a":1,"a":2}'])
def test_other_bodies(body):
    """What is no JSON object is shown as it is."""
    response = HttpResponse(200, {"content-type": "text/plain"}, body)
    (shown,) = shown_exchanges(
        [Exchange("x", HttpRequest("GET", "http://localhost:1/"), response)], ADDRESSES
    )
    assert shown.response.body == body.decode("utf-8", "replace")
    assert shown.receiver == "somebody else"


def test_the_clock_goes_forward():
    """What has expired stays expired."""
    clock = DemoClock()
    before = clock.now()
    clock.skip(100)
    assert clock.ahead == 100
    assert clock.now() >= before + 100
    with pytest.raises(ValueError, match="forward"):
        clock.skip(-1)
