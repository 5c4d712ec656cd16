"""OpenID Connect Core §3.1.3.7, rule by rule; then hints (§3.1.2.1) and refresh (§12.2)."""

import base64
import hashlib
from dataclasses import replace

import pytest

from authwright.jose import jwt
from authwright.jose.errors import (
    InvalidClaims,
    InvalidSignature,
    JoseError,
    MalformedClaim,
    MissingClaim,
    NoMatchingKey,
    TokenExpired,
    TokenNotYetValid,
    UnsupportedAlgorithm,
    WrongAudience,
    WrongIssuer,
    WrongType,
)
from authwright.jose.jwk import generate_jwk, symmetric_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.types import ClientId, Seconds, SessionId, Subject, Timestamp
from authwright.oidc.id_token import (
    ExpectedIdToken,
    IdTokenClaims,
    at_hash,
    check_id_token,
    check_id_token_hint,
    check_same_authentication,
    read_claims,
)

ISSUER = "https://id.example.com"
APP = ClientId("app")
NOW = Timestamp(1_800_000_000)
KEY = generate_jwk("ES256")
KEYS = Jwks((KEY.public(),))
ACCESS_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
CLAIMS = IdTokenClaims(
    issuer=ISSUER,
    subject=Subject("alice"),
    audience=APP,
    issued_at=NOW,
    expires_at=Timestamp(NOW + 600),
    auth_time=Timestamp(NOW - 100),
    nonce="n1",
    acr="urn:authwright:acr:password",
    amr=("pwd",),
    at_hash=at_hash("ES256", ACCESS_TOKEN),
    sid=SessionId("sid1"),
)
EXPECTED = ExpectedIdToken(issuer=ISSUER, client_id=APP, nonce="n1", algorithms=("ES256",))


def id_token(*, key=KEY, typ="JWT", drop=(), **changes) -> str:
    claims = {name: value for name, value in {**CLAIMS.to_dict(), **changes}.items() if name not in drop}
    return jwt.sign(claims, key, typ=typ)


def check(text, *, keys=KEYS, access_token=ACCESS_TOKEN, now=NOW, **expected):
    return check_id_token(text, keys, replace(EXPECTED, **expected), now=now, access_token=access_token)


def test_round_trip():
    """What the provider signs, the client reads. Core §2."""
    token = check(id_token())
    assert token.claims == CLAIMS.to_dict()
    assert (token.issuer, token.subject, token.audience) == (ISSUER, "alice", (APP,))
    assert (token.issued_at, token.expires_at, token.auth_time) == (NOW, NOW + 600, NOW - 100)
    assert (token.nonce, token.acr, token.amr, token.sid) == ("n1", CLAIMS.acr, ("pwd",), "sid1")


def test_only_what_is_known_is_written():
    """Optional claims that are not known are left out. Core §2."""
    bare = IdTokenClaims(
        issuer=ISSUER, subject=Subject("alice"), audience=APP, issued_at=NOW, expires_at=Timestamp(NOW + 1)
    )
    assert bare.to_dict() == {"iss": ISSUER, "sub": "alice", "aud": APP, "iat": NOW, "exp": NOW + 1}
    token = check(jwt.sign(bare.to_dict(), KEY, typ=None), nonce=None)
    assert (token.auth_time, token.nonce, token.acr, token.amr, token.sid) == (None, None, None, (), None)


def test_rule_2_issuer():
    """The issuer MUST exactly match."""
    for issuer in (f"{ISSUER}/", "https://id.example", 1):
        with pytest.raises((WrongIssuer, MalformedClaim)):
            check(id_token(iss=issuer))


def test_rule_3_audience():
    """The client MUST be listed, and no audience that is not trusted."""
    assert check(id_token(aud=[APP]))
    for audience in ("other", [], ["other"]):
        with pytest.raises(WrongAudience):
            check(id_token(aud=audience))
    with pytest.raises(WrongAudience, match="not trusted"):
        check(id_token(aud=[APP, "other"], azp=APP))
    assert check(id_token(aud=[APP, "other"], azp=APP), trusted_audiences=("other",))


def test_rules_4_and_5_authorized_party():
    """With several audiences azp is needed; where it is, it MUST be the client."""
    with pytest.raises(MissingClaim) as caught:
        check(id_token(aud=[APP, "other"]), trusted_audiences=("other",))
    assert caught.value.claim == "azp"
    assert check(id_token(azp=APP))
    for changes in ({"azp": "other"}, {"azp": "other", "aud": [APP, "other"]}):
        with pytest.raises(InvalidClaims, match="another client"):
            check(id_token(**changes), trusted_audiences=("other",))
    with pytest.raises(MalformedClaim):
        check(id_token(azp=[APP]))


def test_rule_6_signature():
    """The signature MUST be the provider's: oidcc-client-test-invalid-sig."""
    with pytest.raises(InvalidSignature):
        check(id_token(key=generate_jwk("ES256", kid=KEY.kid)))
    with pytest.raises(NoMatchingKey):
        check(id_token(key=generate_jwk("ES256")))
    header, payload, _ = id_token().split(".")
    with pytest.raises((InvalidSignature, UnsupportedAlgorithm)):
        check(f"{header}.{payload}.")


def test_rule_7_algorithm():
    """The algorithm MUST be the registered one, RS256 by default; never none, never a secret by surprise."""
    assert ExpectedIdToken(issuer=ISSUER, client_id=APP, nonce=None).algorithms == ("RS256",)
    with pytest.raises(UnsupportedAlgorithm):
        check(id_token(), algorithms=("RS256",))
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    with pytest.raises(JoseError):
        check(f"{header}.{id_token().split('.')[1]}.", algorithms=("none", "ES256"))
    secret = symmetric_jwk("s" * 32, "HS256")
    with pytest.raises(UnsupportedAlgorithm):
        check(id_token(key=secret), algorithms=("ES256",))


def test_rule_8_client_secret_as_key():
    """With an HMAC algorithm registered, the client's secret is the key."""
    secret = symmetric_jwk("s" * 32, "HS256")
    text = id_token(key=secret, at_hash=at_hash("HS256", ACCESS_TOKEN))
    assert check(text, keys=Jwks((secret,)), algorithms=("HS256",))


def test_rule_9_expiry():
    """The time MUST be before exp, with a little leeway."""
    assert check(id_token(), now=Timestamp(NOW + 629))
    with pytest.raises(TokenExpired):
        check(id_token(), now=Timestamp(NOW + 630))


def test_rule_10_issued_at():
    """iat is REQUIRED and does not lie ahead."""
    with pytest.raises(TokenNotYetValid):
        check(id_token(iat=NOW + 31))
    with pytest.raises(MissingClaim):
        check(id_token(drop=["iat"]))


def test_rule_11_nonce():
    """A nonce that was sent MUST come back unchanged."""
    for text in (id_token(nonce="n2"), id_token(drop=["nonce"]), id_token(nonce="N1")):
        with pytest.raises(InvalidClaims) as caught:
            check(text)
        assert caught.value.claim == "nonce"
    with pytest.raises(MalformedClaim):
        check(id_token(nonce=["n1"]))
    assert check(id_token(), nonce=None)


def test_rule_13_auth_time():
    """A client that sent max_age checks auth_time."""
    assert check(id_token(), max_age=Seconds(100))
    assert check(id_token(), max_age=Seconds(70))
    with pytest.raises(InvalidClaims, match="older than max_age"):
        check(id_token(), max_age=Seconds(69))
    with pytest.raises(MissingClaim) as caught:
        check(id_token(drop=["auth_time"]), max_age=Seconds(100))
    assert caught.value.claim == "auth_time"


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_required_claims(claim):
    """iss, sub, aud, exp and iat are REQUIRED. Core §2."""
    with pytest.raises(MissingClaim) as caught:
        check(id_token(drop=[claim]))
    assert caught.value.claim == claim


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "dpop+jwt"])
def test_other_kinds_of_token(typ):
    """An access token or a logout token signs nobody in. RFC 8725 §3.11."""
    with pytest.raises(WrongType):
        check(id_token(typ=typ))


def test_at_hash_binds_the_access_token():
    """at_hash, when it is there, MUST be that of the access token. Core §3.1.3.8."""
    with pytest.raises(InvalidClaims) as caught:
        check(id_token(), access_token="another")
    assert caught.value.claim == "at_hash"
    assert check(id_token(drop=["at_hash"]), access_token="another")
    assert check(id_token(), access_token=None)
    with pytest.raises(MalformedClaim):
        check(id_token(at_hash=1))


@pytest.mark.parametrize(
    ("alg", "function"),
    [
        ("RS256", hashlib.sha256),
        ("PS384", hashlib.sha384),
        ("ES512", hashlib.sha512),
        ("EdDSA", hashlib.sha512),
    ],
)
def test_at_hash(alg, function):
    """The left half of the hash of the algorithm, in base64url. Core §3.1.3.6."""
    digest = function(ACCESS_TOKEN.encode()).digest()
    expected = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    assert at_hash(alg, ACCESS_TOKEN) == expected


def test_at_hash_example():
    """The example of Core §A.3."""
    assert at_hash("RS256", ACCESS_TOKEN) == "77QmUPtjPfzWtF2AnpK9RQ"


@pytest.mark.parametrize("alg", ["none", "RS1", "", "es256"])
def test_at_hash_fails_closed(alg):
    """An algorithm without a hash is an error, not a check that is skipped; CVE-2026-28498."""
    with pytest.raises(UnsupportedAlgorithm):
        at_hash(alg, ACCESS_TOKEN)


def test_hint_may_be_expired():
    """An expired ID token MUST be accepted as id_token_hint. RP-Initiated Logout §2."""
    text = id_token(exp=1, iat=0, aud=["one", "two"])
    hint = check_id_token_hint(text, KEYS, issuer=ISSUER, algorithms=("ES256",))
    assert (hint.subject, hint.audience, hint.sid) == ("alice", ("one", "two"), "sid1")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (id_token(key=generate_jwk("ES256", kid=KEY.kid)), InvalidSignature),
        (id_token(iss="https://other.example.com"), WrongIssuer),
        (id_token(typ="at+jwt"), WrongType),
        (id_token(drop=["sub"]), MissingClaim),
        (id_token(key=generate_jwk("RS256")), UnsupportedAlgorithm),
    ],
)
def test_hint_must_be_ours(text, error):
    """A hint that another issuer signed says nothing. RP-Initiated Logout §2."""
    with pytest.raises(error):
        check_id_token_hint(text, KEYS, issuer=ISSUER, algorithms=("ES256",))


def test_refreshed_id_token_is_about_the_same_sign_in():
    """iss, sub and aud MUST be the same, auth_time and nonce too where they are there. Core §12.2."""
    original = check(id_token())
    check_same_authentication(original, original)
    later = {**CLAIMS.to_dict(), "iat": NOW + 500, "exp": NOW + 900}
    check_same_authentication(read_claims(later), original)
    del later["nonce"], later["auth_time"]
    check_same_authentication(read_claims(later), original)


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"sub": "bob"}, "sub"),
        ({"iss": "https://other"}, "sub"),
        ({"aud": [APP, "other"]}, "aud"),
        ({"auth_time": NOW}, "auth_time"),
        ({"nonce": "n2"}, "nonce"),
    ],
)
def test_refreshed_id_token_of_another_sign_in(changes, claim):
    """A refresh cannot change who is signed in. Core §12.2."""
    refreshed = read_claims({**CLAIMS.to_dict(), **changes})
    with pytest.raises(InvalidClaims) as caught:
        check_same_authentication(refreshed, check(id_token()))
    assert caught.value.claim == claim
