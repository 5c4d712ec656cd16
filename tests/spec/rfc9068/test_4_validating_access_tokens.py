"""RFC 9068 §4, validating JWT access tokens. Issuers that do not follow it: unit/oauth/test_token_profile."""

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
from authwright.oauth.access_token import TYP, AccessTokenClaims, verify, verify_own
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Seconds, Subject, Timestamp

ISSUER = "https://id.example.com"
API = "https://api.example.com"
NOW = Timestamp(1_800_000_000)
KEY = generate_jwk("ES256")
KEYS = Jwks((KEY.public(),))
CLAIMS = AccessTokenClaims(
    issuer=ISSUER,
    subject=Subject("alice"),
    audience=(API,),
    client_id=ClientId("app"),
    jti="j1",
    issued_at=NOW,
    expires_at=Timestamp(NOW + 600),
    scope=Scope("items:write", "items:read"),
    auth_time=Timestamp(NOW - 5),
    acr="urn:authwright:acr:password",
    amr=("pwd",),
    roles=("admin",),
    groups=("editors",),
)


def token(*, typ=TYP, key=KEY, drop=(), **changes) -> str:
    claims = {name: value for name, value in {**CLAIMS.to_dict(), **changes}.items() if name not in drop}
    return jwt.sign(claims, key, typ=typ)


def check(text, **changes):
    expected = {"issuer": ISSUER, "audience": API, "algorithms": ("ES256",), "now": NOW, **changes}
    return verify(text, expected.pop("keys", KEYS), **expected)


def test_round_trip():
    """What the authorization server signs, the API reads. RFC 9068 §2.2, §4."""
    verified = check(token())
    for name in AccessTokenClaims.__dataclass_fields__:
        assert getattr(verified, name) == getattr(CLAIMS, name), name
    assert verified.claims == CLAIMS.to_dict()


def test_claims_are_written_without_what_is_empty():
    """Only what is known is written; one audience as a string, several as an array. RFC 9068 §2.2."""
    bare = AccessTokenClaims(
        issuer=ISSUER,
        subject=Subject("worker"),
        audience=(API, "https://other.example.com"),
        client_id=ClientId("worker"),
        jti="j1",
        issued_at=NOW,
        expires_at=NOW,
    )
    assert bare.to_dict() == {
        "iss": ISSUER,
        "sub": "worker",
        "aud": [API, "https://other.example.com"],
        "client_id": "worker",
        "jti": "j1",
        "iat": NOW,
        "exp": NOW,
    }


def test_audience_may_be_one_of_several():
    """``aud`` MUST contain the API; it may contain others. RFC 9068 §4."""
    verified = check(token(aud=["https://other.example.com", API]))
    assert verified.audience == ("https://other.example.com", API)


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_typ_spellings(typ):
    """``typ`` is at+jwt or application/at+jwt, in any case. RFC 9068 §4."""
    assert check(token(typ=typ))


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "dpop+jwt", "logout+jwt", "at", "at+jwt; x=1"])
def test_other_typ(typ):
    """A token that is not marked as an access token MUST be refused. RFC 9068 §4, RFC 8725 §3.11."""
    with pytest.raises(WrongType):
        check(token(typ=typ))


@pytest.mark.parametrize("claim", ["nonce", "at_hash", "c_hash", "events"])
def test_claims_of_other_kinds(claim):
    """A token with a claim of ID tokens or event tokens is none of ours. RFC 8725 §3.12."""
    with pytest.raises(WrongType) as caught:
        check(token(**{claim: "x"}))
    assert caught.value.claim == claim


def test_key_bound_token_is_no_bearer_token():
    """A token with ``cnf`` demands a proof of possession, which nobody gave."""
    with pytest.raises(InvalidClaims) as caught:
        check(token(cnf={"jkt": "x"}))
    assert caught.value.claim == "cnf"


@pytest.mark.parametrize(
    ("changes", "error", "claim"),
    [
        ({"iss": f"{ISSUER}/"}, WrongIssuer, "iss"),
        ({"iss": "https://id"}, WrongIssuer, "iss"),
        ({"aud": "https://other.example.com"}, WrongAudience, "aud"),
        ({"aud": f"{API}/"}, WrongAudience, "aud"),
        ({"aud": []}, WrongAudience, "aud"),
        ({"aud": [1]}, MalformedClaim, "aud"),
        ({"exp": NOW - 30}, TokenExpired, "exp"),
        ({"exp": "2100"}, MalformedClaim, "exp"),
        ({"exp": 10**18}, MalformedClaim, "exp"),
        ({"nbf": NOW + 31}, TokenNotYetValid, "nbf"),
        ({"iat": NOW + 31}, TokenNotYetValid, "iat"),
        ({"sub": ""}, MalformedClaim, "sub"),
        ({"sub": 7}, MalformedClaim, "sub"),
        ({"jti": None}, MalformedClaim, "jti"),
        ({"client_id": ""}, MalformedClaim, "client_id"),
        ({"client_id": ["app"]}, MalformedClaim, "client_id"),
        ({"scope": "a  b"}, MalformedClaim, "scope"),
        ({"scope": 1}, MalformedClaim, "scope"),
        ({"roles": [1]}, MalformedClaim, "roles"),
        ({"groups": {"a": "b"}}, MalformedClaim, "groups"),
        ({"amr": None}, MalformedClaim, "amr"),
        ({"auth_time": "x"}, MalformedClaim, "auth_time"),
        ({"acr": 1}, MalformedClaim, "acr"),
    ],
)
def test_wrong_claims(changes, error, claim):
    """Each claim is checked, and the error says which. RFC 9068 §4."""
    with pytest.raises(error) as caught:
        check(token(**changes))
    assert caught.value.claim == claim


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"])
def test_required_claims(claim):
    """iss, exp, aud, sub, client_id, iat and jti are REQUIRED. RFC 9068 §2.2."""
    with pytest.raises(MissingClaim) as caught:
        check(token(drop=[claim]))
    assert caught.value.claim == claim


def test_leeway():
    """Two clocks may differ by the leeway, which is 30 seconds unless set."""
    assert check(token(exp=NOW - 29))
    with pytest.raises(TokenExpired):
        check(token(exp=NOW - 1), leeway=Seconds(0))


def test_wrong_signature():
    """A token signed by somebody else is refused, whatever kid it names."""
    stranger = generate_jwk("ES256", kid=KEY.kid)
    with pytest.raises(InvalidSignature):
        check(token(key=stranger))
    with pytest.raises(NoMatchingKey):
        check(token(key=generate_jwk("ES256")))


def test_wrong_algorithm():
    """Only the configured algorithms verify, and a secret never does. RFC 8725 §3.1."""
    with pytest.raises(UnsupportedAlgorithm):
        check(token(), algorithms=("RS256",))
    with pytest.raises(JoseError):
        check(token(key=symmetric_jwk("x" * 32, "HS256")))


def test_claims_are_read_only():
    """A verified token cannot be changed afterwards."""
    with pytest.raises(TypeError):
        check(token()).claims["roles"] = ["root"]  # type: ignore[index]


def check_own(text, **changes):
    expected = {"issuer": ISSUER, "algorithms": ("ES256",), "now": NOW, "clock_leeway": 60, **changes}
    return verify_own(text, KEYS, **expected)


def test_own_token_for_any_api():
    """The issuer itself reads its tokens whichever API they are for: introspection, revocation, userinfo."""
    assert check_own(token()).audience == (API,)
    with pytest.raises(WrongIssuer):
        check_own(token(), issuer=API)
    with pytest.raises(MissingClaim):
        check_own(token(drop=["aud"]))
    with pytest.raises(WrongType):
        check_own(token(typ="JWT"))
    with pytest.raises(InvalidClaims):
        check_own(token(cnf={}))


def test_own_token_of_a_node_whose_clock_is_ahead():
    """Nodes of one issuer have clocks of their own: a token that one signs now is good at another now."""
    assert check_own(token(iat=NOW + 60)).issued_at == NOW + 60
    assert check_own(token(nbf=NOW + 60))
    for claim in ("iat", "nbf"):
        with pytest.raises(TokenNotYetValid):
            check_own(token(**{claim: NOW + 61}))


def test_own_token_ends_on_the_second():
    """No leeway lengthens a life that the issuer itself decided. RFC 9068 §4."""
    assert check_own(token(exp=NOW + 1))
    for exp in (NOW, NOW - 1, NOW - 0.5):
        with pytest.raises(TokenExpired):
            check_own(token(exp=exp))
