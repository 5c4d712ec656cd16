"""authwright.jose.jws."""

import dataclasses

import pytest

from authwright.jose import jws
from authwright.jose.algorithms import ALGORITHMS
from authwright.jose.encoding import dump_json
from authwright.jose.errors import (
    InvalidKey,
    InvalidSignature,
    Malformed,
    MalformedBase64url,
    MalformedJson,
    MalformedJws,
    NoMatchingKey,
    UnsupportedAlgorithm,
)
from authwright.jose.jwk import generate_jwk, parse_jwk
from authwright.jose.jwks import Jwks
from support.jose import ASYMMETRIC, SYMMETRIC, b64, key, segment, token, verifying

ES = key("ES256")
GOOD = jws.sign(b"payload", ES, typ="example+jwt")


@pytest.mark.parametrize("alg", [*ASYMMETRIC, *SYMMETRIC])
def test_round_trip(alg):
    """RFC 7515 §5.1, §5.2, as text and as bytes, with a key and with a set."""
    text = jws.sign(b"\0payload\xff", key(alg), typ="example+jwt")
    for keys in (verifying(alg), Jwks((verifying(alg),))):
        for given in (text, text.encode(), jws.parse(text)):
            verified = jws.verify(given, keys, algorithms=[alg])
            assert verified.payload == b"\0payload\xff"
            assert verified.header == {"alg": alg, "kid": f"kid-{alg}", "typ": "example+jwt"}


def test_empty_payload():
    """RFC 7515 has no lower bound."""
    assert jws.verify(jws.sign(b"", ES), ES, algorithms=["ES256"]).payload == b""


def test_header_members():
    """Members can be added; those that say how to verify cannot be replaced."""
    jwk = ES.to_dict()
    text = jws.sign(b"", ES, typ="dpop+jwt", header={"jwk": jwk, "alg": "none", "kid": "x", "typ": "JWT"})
    assert jws.parse(text).header == {"jwk": jwk, "alg": "ES256", "kid": "kid-ES256", "typ": "dpop+jwt"}
    assert jws.parse(jws.sign(b"", ES)).header == {"alg": "ES256", "kid": "kid-ES256"}


def test_key_without_kid():
    """Then the header has none."""
    nameless = parse_jwk({k: v for k, v in ES.to_dict(private=True).items() if k != "kid"})
    text = jws.sign(b"", nameless, header={"kid": "x"})
    assert jws.parse(text).header == {"alg": "ES256"}
    assert jws.verify(text, ES, algorithms=["ES256"])
    assert jws.verify(GOOD, nameless, algorithms=["ES256"])


def test_what_cannot_sign():
    """A public key, a key for another use, and an RSA key that leaves its algorithm open."""
    rsa = {k: v for k, v in key("RS256").to_dict(private=True).items() if k != "alg"}
    enc = {**ES.to_dict(private=True), "use": "enc"}
    for unfit in (ES.public(), parse_jwk(rsa), parse_jwk(enc)):
        with pytest.raises(InvalidKey, match="signing"):
            jws.sign(b"", unfit)


def test_parse():
    """The parts, without any proof: named so that a reader sees it."""
    parsed = jws.parse(GOOD)
    assert parsed.header["kid"] == "kid-ES256"
    assert parsed.unverified_payload == b"payload"
    assert parsed.signing_input == GOOD.rpartition(".")[0].encode()
    assert len(parsed.signature) == 64


def test_repr_does_not_show_the_token():
    """A token in a log line is a token given away."""
    for shown in (repr(jws.parse(GOOD)), repr(jws.verify(GOOD, ES, algorithms=["ES256"]))):
        for secret in ("payload", *GOOD.split(".")):
            assert secret not in shown


def test_header_is_read_only():
    """Headers are shared between tokens, so nobody can change one for another."""
    verified = jws.verify(GOOD, ES, algorithms=["ES256"])
    with pytest.raises(TypeError):
        verified.header["alg"] = "none"
    with pytest.raises(dataclasses.FrozenInstanceError):
        verified.payload = b""


def test_headers_with_structure_are_not_shared():
    """Changing one token's jwk does not change what the next token reads as."""
    text = jws.sign(b"", ES, header={"jwk": ES.to_dict()})
    jws.parse(text).header["jwk"]["kty"] = "changed"
    assert jws.parse(text).header["jwk"]["kty"] == "EC"


def test_remembered_headers_are_bounded():
    """Hostile headers cannot fill the memory: at most so many, each at most so long."""
    for number in range(3 * jws._MAX_KNOWN):
        jws.parse(f"{segment({'alg': 'ES256', 'kid': str(number)})}..")
        assert len(jws._known_headers) <= jws._MAX_KNOWN
    long = segment({"alg": "ES256", "kid": "x" * jws._MAX_KNOWN_BYTES})
    jws.parse(f"{long}..")
    assert long.encode() not in jws._known_headers


def test_bad_headers_are_not_remembered_as_good():
    """The second time is judged as the first."""
    bad = f"{segment({'alg': 'ES256', 'crit': ['x']})}.."
    for _ in range(2):
        with pytest.raises(MalformedJws):
            jws.parse(bad)


HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")


MALFORMED = [
    *("", ".", "..", "...", "a", "a.b", HEADER, f"{HEADER}.{PAYLOAD}", f".{PAYLOAD}.{SIGNATURE}"),
    *(f"{GOOD}.", f"{GOOD}.x", f".{GOOD}", f"{HEADER}..{PAYLOAD}.{SIGNATURE}", f"{HEADER}.a.b.c.d"),
    *(f" {GOOD}", f"{GOOD} ", f"{GOOD}\n", f"{GOOD}=", f"{GOOD}\u00e9", "\u00e9..", "\ud800.."),
    *(f"{HEADER}=.{PAYLOAD}.{SIGNATURE}", f"{HEADER}.{PAYLOAD}=.{SIGNATURE}", GOOD.replace(".", ",")),
    *(f"{HEADER}.{PAYLOAD} .{SIGNATURE}", f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-1]}B"),
]


@pytest.mark.parametrize("text", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed(text):
    """RFC 7515 §5.2, §7.1: three segments of base64url, nothing around them."""
    with pytest.raises(Malformed):
        jws.parse(text)
    with pytest.raises(Malformed):
        jws.parse(text.encode("utf-8", "surrogatepass"))


def test_size_is_checked_first():
    """No token larger than 16 kB is parsed."""
    assert jws.MAX_JWS_BYTES == 16_384
    with pytest.raises(MalformedJws, match="longer"):
        jws.parse("x" * (jws.MAX_JWS_BYTES + 1))
    large = jws.sign(b"x" * 12_000, ES)
    assert jws.parse(large)
    assert jws.parse(large, max_bytes=len(large))
    with pytest.raises(MalformedJws, match="longer"):
        jws.parse(large, max_bytes=len(large) - 1)


@pytest.mark.parametrize(
    "header", [b"", b"[]", b'"x"', b"null", b'{"alg":"ES256","alg":"ES256"}', b"\xff", b"{"]
)
def test_header_is_an_object(header):
    """RFC 7515 §4: a JSON object whose members are unique."""
    with pytest.raises(MalformedJson):
        jws.parse(f"{b64(header)}..")


@pytest.mark.parametrize(
    "header",
    [
        *({}, {"alg": None}, {"alg": 1}, {"alg": ["ES256"]}, {"typ": "JWT"}),
        *({"alg": "ES256", name: value} for name in ("kid", "typ", "cty") for value in (None, 1, ["x"], {})),
        *(
            {"alg": "ES256", name: value}
            for name in ("crit", "b64", "enc", "zip")
            for value in (None, [], True, "x")
        ),
    ],
)
def test_strict_header(header):
    """RFC 7515 §4.1: types; and the members that change what a JWS means are refused whatever they hold."""
    with pytest.raises(MalformedJws):
        jws.parse(f"{segment(header)}..")


def test_unknown_members_are_ignored():
    """RFC 7515 §4: unless listed in crit."""
    text = token({"alg": "ES256", "x": {"y": 1}, "nonce": "n"}, b"p", ES)
    assert jws.verify(text, ES, algorithms=["ES256"]).payload == b"p"


def test_allowed_algorithms():
    """RFC 8725 §3.1: the caller says which."""
    with pytest.raises(UnsupportedAlgorithm, match="allowed"):
        jws.verify(GOOD, ES, algorithms=["RS256", "EdDSA"])
    with pytest.raises(UnsupportedAlgorithm, match="allowed"):
        jws.verify(GOOD, ES, algorithms=())


def test_allowed_algorithms_are_not_one_string():
    """'ES256' in 'ES256 RS256' would hold, and so would 'S2'."""
    with pytest.raises(TypeError):
        jws.verify(GOOD, ES, algorithms="ES256")


@pytest.mark.parametrize("alg", [a for a in ALGORITHMS if a != "ES256"])
def test_key_decides_the_algorithm(alg):
    """Every other name in the header is refused, though all are allowed."""
    text = token({"alg": alg}, b"p", ES)
    with pytest.raises(UnsupportedAlgorithm):
        jws.verify(text, ES, algorithms=ALGORITHMS)
    with pytest.raises(NoMatchingKey):
        jws.verify(text, Jwks((ES,)), algorithms=ALGORITHMS)


def test_kid_of_another_key():
    """A key given alone is not that of another name."""
    with pytest.raises(NoMatchingKey, match="kid"):
        jws.verify(token({"alg": "ES256", "kid": "other"}, b"p", ES), ES, algorithms=["ES256"])
    assert jws.verify(token({"alg": "ES256"}, b"p", ES), ES, algorithms=["ES256"])


def test_key_not_for_verification():
    """use and key_ops."""
    for changes in ({"use": "enc"}, {"key_ops": ["sign"]}):
        unfit = parse_jwk({**ES.to_dict(), **changes})
        with pytest.raises(UnsupportedAlgorithm):
            jws.verify(GOOD, unfit, algorithms=["ES256"])


def test_signature_of_another_key():
    """Same kid, other key."""
    with pytest.raises(InvalidSignature):
        jws.verify(GOOD, generate_jwk("ES256", kid=ES.kid), algorithms=["ES256"])


@pytest.mark.parametrize("alg", [*ASYMMETRIC, *SYMMETRIC])
def test_missing_signature(alg):
    """An empty third segment is a signature that does not match."""
    unsigned = jws.sign(b"p", key(alg)).rpartition(".")[0] + "."
    with pytest.raises(InvalidSignature):
        jws.verify(unsigned, verifying(alg), algorithms=[alg])


def test_errors_do_not_show_the_token():
    """The detail is constant: what was received is not in it."""
    secret = "c2VjcmV0LXZhbHVl"
    for text in (
        f"{secret}.{PAYLOAD}.{SIGNATURE}",
        f"{HEADER}.{secret}.{SIGNATURE}",
        f"{HEADER}.{PAYLOAD}.{secret}",
    ):
        with pytest.raises((Malformed, InvalidSignature)) as caught:
            jws.verify(text, ES, algorithms=["ES256"])
        assert secret not in str(caught.value) + repr(caught.value) + caught.value.detail
        assert caught.value.detail == str(caught.value)


def test_dumped_header_is_compact():
    """Tokens are short."""
    assert GOOD.split(".")[0] == b64(dump_json({"alg": "ES256", "kid": "kid-ES256", "typ": "example+jwt"}))


def test_base64url_error():
    """The kind of fault is told by the class."""
    with pytest.raises(MalformedBase64url):
        jws.parse(f"{HEADER}.?.{SIGNATURE}")
