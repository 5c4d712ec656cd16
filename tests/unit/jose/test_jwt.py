"""authwright.jose.jwt."""

import pytest

from authwright.jose import jws, jwt
from authwright.jose.errors import (
    InvalidClaims,
    InvalidSignature,
    JoseError,
    MalformedClaim,
    MalformedJson,
    MissingClaim,
    TokenExpired,
    TokenNotYetValid,
    WrongAudience,
    WrongIssuer,
    WrongType,
)
from authwright.jose.jwks import Jwks
from support.jose import ASYMMETRIC, SYMMETRIC, key, token, verifying

NOW = 1_800_000_000
ISSUER = "https://login.example.com"
AUDIENCE = "https://api.example.com"
KEY = key("ES256")
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "iat": NOW, "exp": NOW + 600, "jti": "j"}


def made(**changes):
    """A signed token with some claims changed; None takes one away."""
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return token({"alg": "ES256", "typ": "at+jwt"}, claims, KEY)


def with_claim(json_of_value, name="exp"):
    """A signed token in which one claim is written exactly so."""
    rest = ",".join(
        f'"{k}":"{v}"' if isinstance(v, str) else f'"{k}":{v}' for k, v in CLAIMS.items() if k != name
    )
    return token({"alg": "ES256", "typ": "at+jwt"}, f'{{{rest},"{name}":{json_of_value}}}'.encode(), KEY)


def verify(text, **changes):
    arguments = {
        "algorithms": ["ES256"],
        "typ": "at+jwt",
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "now": NOW,
        **changes,
    }
    return jwt.verify(text, KEY, **arguments)


def refused(error, text, **changes):
    with pytest.raises(error) as caught:
        verify(text, **changes)
    assert type(caught.value) is error
    assert caught.value.detail == str(caught.value)
    return caught.value


@pytest.mark.parametrize("alg", [*ASYMMETRIC, *SYMMETRIC])
def test_round_trip(alg):
    """RFC 7519 §7."""
    text = jwt.sign(CLAIMS, key(alg), typ="at+jwt")
    for given in (text, text.encode(), jws.parse(text)):
        verified = jwt.verify(
            given,
            Jwks((verifying(alg),)),
            algorithms=[alg],
            typ="at+jwt",
            issuer=ISSUER,
            audience=AUDIENCE,
            now=NOW,
        )
        assert verified.claims == CLAIMS
        assert verified.header["typ"] == "at+jwt"
    assert "alice" not in repr(verified)


def test_signature_comes_first():
    """Nothing is said about the claims of a token that nobody signed."""
    text = made(iss="https://evil.example", exp=1)
    refused(InvalidSignature, text.rpartition(".")[0] + "." + made().rpartition(".")[2])


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b'"x"', b"\xff", b'{"iss":"a","iss":"b"}', b"{}x"])
def test_payload_is_a_claims_set(payload):
    """RFC 7519 §7.2 step 10: a JSON object in UTF-8; §4: unique names."""
    refused(MalformedJson, token({"alg": "ES256", "typ": "at+jwt"}, payload, KEY))


@pytest.mark.parametrize(
    ("header_typ", "typ"),
    [
        ("at+jwt", "at+jwt"),
        ("AT+JWT", "at+jwt"),
        ("application/at+jwt", "at+jwt"),
        ("Application/AT+jwt", "at+jwt"),
        ("at+jwt", "application/at+jwt"),
        ("at+jwt", ("logout+jwt", "at+jwt")),
        ("At+jwt", {"at+jwt", "JWT"}),
        (None, None),
        ("JWT", None),
        ("jwt", None),
        ("application/jwt", None),
        ("JWT", (None, "client-authentication+jwt")),
        (None, (None, "client-authentication+jwt")),
        ("client-authentication+jwt", (None, "client-authentication+jwt")),
        ("JWT", "jwt"),
    ],
)
def test_type(header_typ, typ):
    """RFC 7515 §4.1.9, RFC 9068 §4: media types without regard to case, application/ or not."""
    header = {"alg": "ES256"} if header_typ is None else {"alg": "ES256", "typ": header_typ}
    assert verify(token(header, CLAIMS, KEY), typ=typ)


@pytest.mark.parametrize(
    ("header_typ", "typ"),
    [
        (None, "at+jwt"),
        (None, "JWT"),
        (None, ("at+jwt", "JWT")),
        ("JWT", "at+jwt"),
        ("", "at+jwt"),
        ("", None),
        ("at+jwt", None),
        ("logout+jwt", None),
        ("logout+jwt", ("at+jwt", None)),
        ("at+jwt", ()),
        ("at+jwt ", "at+jwt"),
        ("x/at+jwt", "at+jwt"),
        ("application/x/at+jwt", "at+jwt"),
        ("application/application/at+jwt", "at+jwt"),
        ("at", "at+jwt"),
        ("application/", "at+jwt"),
        ("to\u212aen+jwt", "token+jwt"),
    ],
)
def test_wrong_type(header_typ, typ):
    """RFC 8725 §3.11, §3.12: no kind of token passes for another; the Kelvin sign is no k."""
    header = {"alg": "ES256"} if header_typ is None else {"alg": "ES256", "typ": header_typ}
    error = refused(WrongType, token(header, CLAIMS, KEY), typ=typ)
    assert (error.claim, error.received, error.expected) == ("typ", header_typ, typ)


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.example.com/",
        "https://login.example.co",
        "https://login.example.comm",
        "HTTPS://login.example.com",
        "https://LOGIN.example.com",
        "https://login.example.com:443",
        "login.example.com",
        "",
    ],
)
def test_wrong_issuer(issuer):
    """RFC 8725 §3.8: byte for byte; no substring, no normalisation."""
    error = refused(WrongIssuer, made(iss=issuer))
    assert (error.claim, error.received, error.expected) == ("iss", issuer, ISSUER)
    assert refused(WrongIssuer, made(), issuer=issuer)


@pytest.mark.parametrize("value", ["1", "true", "null", '["https://login.example.com"]', "{}"])
def test_issuer_is_a_string(value):
    """RFC 7519 §4.1.1."""
    assert refused(MalformedClaim, with_claim(value, "iss")).claim == "iss"


def test_missing_issuer():
    """Always required; also by a caller who, against the types, expects nothing."""
    assert refused(MissingClaim, made(iss=None)).claim == "iss"
    assert refused(MissingClaim, made(iss=None), issuer=None)
    assert refused(MalformedClaim, with_claim("null", "iss"), issuer=None)


@pytest.mark.parametrize(
    ("aud", "audience"),
    [
        (AUDIENCE, AUDIENCE),
        ([AUDIENCE], AUDIENCE),
        (["other", AUDIENCE], AUDIENCE),
        (AUDIENCE, ("other", AUDIENCE)),
        (["x", AUDIENCE], {"other", AUDIENCE}),
    ],
)
def test_audience(aud, audience):
    """RFC 7519 §4.1.3: a string or an array; one of several identifiers that we have."""
    assert verify(made(aud=aud), audience=audience)


@pytest.mark.parametrize(
    ("aud", "audience"),
    [
        ("https://other.example", AUDIENCE),
        (AUDIENCE + "/", AUDIENCE),
        (AUDIENCE[:-1], AUDIENCE),
        (AUDIENCE.upper(), AUDIENCE),
        ([], AUDIENCE),
        ([AUDIENCE + "/", ""], AUDIENCE),
        ("api", ("https://api",)),
        (AUDIENCE, ()),
        ("", AUDIENCE),
    ],
)
def test_wrong_audience(aud, audience):
    """RFC 8725 §3.9: the error carries what a resource server tells."""
    error = refused(WrongAudience, made(aud=aud), audience=audience)
    assert (error.claim, error.received, error.expected) == ("aud", aud, audience)


@pytest.mark.parametrize(
    "value", ["1", "null", "true", "{}", '[1,"https://api.example.com"]', '[["a"]]', "[null]"]
)
def test_audience_is_strings(value):
    """RFC 7519 §4.1.3: with anything else in it, nothing in it counts."""
    assert refused(MalformedClaim, with_claim(value, "aud")).claim == "aud"


def test_missing_audience():
    """Required as soon as one is expected; unread when the kind of token has none."""
    assert refused(MissingClaim, made(aud=None)).claim == "aud"
    assert verify(made(aud=None), audience=None)


@pytest.mark.parametrize(
    ("claims", "leeway"),
    [
        ({"exp": NOW + 1}, 0),
        ({"exp": NOW - 29}, 30),
        ({"exp": NOW + 0.5}, 0),
        ({"nbf": NOW}, 0),
        ({"nbf": NOW + 30}, 30),
        ({"iat": NOW + 30}, 30),
        ({"iat": NOW + 0.25, "nbf": NOW - 1e9}, 1),
        ({"iat": 0}, 0),
    ],
)
def test_times(claims, leeway):
    """RFC 7519 §4.1.4 to §4.1.6: exp is after now, nbf and iat are not; fractions are allowed."""
    assert verify(made(**claims), leeway=leeway)


@pytest.mark.parametrize(("exp", "leeway"), [(NOW, 0), (NOW - 30, 30), (NOW - 0.5, 0), (0, 30), (-5, 30)])
def test_expired(exp, leeway):
    """RFC 7519 §4.1.4: on or after exp the token is not accepted."""
    error = refused(TokenExpired, made(exp=exp), leeway=leeway)
    assert (error.claim, error.received, error.expected) == ("exp", exp, NOW)


def test_leeway_unless_given():
    """30 seconds in the verifier."""
    assert verify(made(exp=NOW - 29, iat=NOW + 30))
    refused(TokenExpired, made(exp=NOW - 30))
    refused(TokenNotYetValid, made(iat=NOW + 31))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_not_yet_valid(claim):
    """RFC 7519 §4.1.5: iat and nbf 8 s ahead are accepted, more than 60 s ahead are not."""
    assert verify(made(**{claim: NOW + 8}))
    error = refused(TokenNotYetValid, made(**{claim: NOW + 61}))
    assert (error.claim, error.received, error.expected) == (claim, NOW + 61, NOW)


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ['"1900000000"', "true", "false", "null", "[1900000000]", "{}", '""'])
def test_times_are_numbers(claim, value):
    """A string, a boolean, null are no NumericDate (RFC 7519 §2)."""
    assert refused(MalformedClaim, with_claim(value, claim)).claim == claim


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 400])
def test_times_are_finite(value):
    """They would never expire, or be an error elsewhere."""
    refused(MalformedJson, with_claim(value))


def test_times_that_json_did_not_make():
    """`check_times` is called with claims of any origin."""
    for value in (float("nan"), float("inf")):
        with pytest.raises(MalformedClaim):
            jwt.check_times({"exp": value}, now=NOW)


def test_expiry_is_required():
    """A token without end is refused unless the caller says otherwise."""
    assert refused(MissingClaim, made(exp=None)).claim == "exp"
    assert verify(made(exp=None), required=())


def test_required_claims():
    """The caller's list."""
    assert verify(made(), required=("exp", "sub", "jti", "iat"))
    error = refused(MissingClaim, made(), required=("client_id",))
    assert (error.claim, error.received, error.expected) == ("client_id", None, None)


@pytest.mark.parametrize("claim", ["sub", "jti"])
@pytest.mark.parametrize("value", ["null", "1", "true", '""', "[]", '["alice"]', "{}"])
def test_subject_and_id_are_strings(claim, value):
    """RFC 7519 §4.1.2, §4.1.7: an empty or mistyped subject is nobody."""
    assert refused(MalformedClaim, with_claim(value, claim)).claim == claim


def test_claims_without_subject():
    """Not every kind of token has one; those that do require it."""
    assert verify(made(sub=None, jti=None, iat=None))


def test_errors_are_one_family():
    """One except clause refuses a token whatever was wrong; none shows more than public claims."""
    for text in ("", made(exp=1), made(aud="x"), made(iss=None), made() + "x"):
        with pytest.raises(JoseError) as caught:
            verify(text)
        assert "alice" not in str(caught.value) + repr(caught.value)
    assert issubclass(WrongAudience, InvalidClaims)
