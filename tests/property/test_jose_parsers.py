"""Whatever the bytes, the parsers of JOSE return or raise `JoseError`; what they read is what was written."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authwright.jose import jws, jwt
from authwright.jose.algorithms import ALGORITHMS
from authwright.jose.encoding import b64url_decode, b64url_encode, dump_json, parse_json_object
from authwright.jose.errors import JoseError, MalformedBase64url, MalformedJson
from authwright.jose.jwk import parse_jwk
from authwright.jose.jwks import Jwks, parse_jwks
from support.jose import key, verifying

KEYS = Jwks(tuple(verifying(alg) for alg in ("ES256", "EdDSA", "RS256")))

integers = st.integers(-(2**63), 2**64 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | integers | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(texts, v, max_size=4), max_leaves=12
)
objects = st.dictionaries(texts, values, max_size=6)

# Bytes that come close: fragments of JSON and base64url, glued together.
FRAGMENTS = [
    *(
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        "\\",
        "\\u",
        "d800",
        "alg",
        '"alg":"ES256"',
        "1",
        "-",
        "e9",
        ".",
        "null",
    ),
    *("NaN", "\u00e9", "\ud800", "\0", " ", "\n", "Zm9v", "eyJhbGciOiJFUzI1NiJ9", "=", "A"),
]
near = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
)
anything = st.binary(max_size=200) | near


@given(st.binary(max_size=300))
def test_base64url_round_trip(octets):
    """RFC 7515 §2."""
    assert b64url_decode(b64url_encode(octets)) == octets


@given(st.text(max_size=40) | st.text("ABgw01-_+/= ", max_size=12))
def test_base64url_has_one_spelling(text):
    """What is decoded encodes to the same text: no octet string has two spellings."""
    try:
        octets = b64url_decode(text)
    except MalformedBase64url:
        return
    assert b64url_encode(octets) == text


@given(objects)
def test_json_round_trip(value):
    """What is written is read, and escaped or indented JSON reads the same."""
    assert parse_json_object(dump_json(value)) == value
    assert parse_json_object(json.dumps(value, indent=1).encode()) == value


@settings(max_examples=400)
@given(anything)
def test_json_of_any_bytes(data):
    """A dict or MalformedJson; and what is accepted can be written again."""
    try:
        value = parse_json_object(data)
    except MalformedJson:
        return
    assert parse_json_object(dump_json(value)) == value
    assert json.loads(data.decode("utf-8")) == value


@settings(max_examples=400)
@given(anything | st.tuples(anything, anything, anything).map(b".".join))
def test_tokens_of_any_bytes(data):
    """A token that nobody signed is refused, by JoseError and nothing else."""
    for text in (data, data.decode("utf-8", "replace"), data.decode("latin-1")):
        with pytest.raises(JoseError):
            jws.verify(text, KEYS, algorithms=ALGORITHMS)


@settings(max_examples=300)
@given(objects)
def test_any_claims(claims):
    """A well-signed token with any claims whatever is accepted or refused, without another error."""
    text = jwt.sign(claims, key("EdDSA"), typ="at+jwt")
    with pytest.raises(JoseError):
        jwt.verify(text, KEYS, algorithms=["EdDSA"], typ="at+jwt", issuer="\0", audience="\0", now=0)


names = st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])


@settings(max_examples=300)
@given(st.dictionaries(names, values | st.sampled_from(["i", "a", ["a"], 99, 1e3]), max_size=7))
def test_any_registered_claims(claims):
    """The same with values where they matter; what is accepted has the types of RFC 7519 §4.1."""
    text = jwt.sign(claims, key("EdDSA"), typ="at+jwt")
    try:
        good = jwt.verify(
            text, KEYS, algorithms=["EdDSA"], typ="at+jwt", issuer="i", audience="a", now=50
        ).claims
    except JoseError:
        return
    assert good["iss"] == "i"
    assert good["aud"] == "a" or "a" in good["aud"]
    assert isinstance(good["exp"], int | float)
    assert good["exp"] + 30 > 50


members = st.dictionaries(
    st.sampled_from(["kty", "crv", "alg", "use", "key_ops", "kid", "n", "e", "d", "p", "x", "y", "k", "oth"]),
    values
    | st.sampled_from(
        ["RSA", "EC", "OKP", "oct", "P-256", "P-521", "Ed25519", "ES256", "HS256", "sig", "AQAB"]
    )
    | st.binary(max_size=70).map(b64url_encode),
    max_size=10,
)


# No deadline: OpenSSL looks at the primes of a private RSA key, for a tenth of a second.
@settings(max_examples=400, deadline=None)
@given(members, st.sampled_from(["RS256", "ES256", "ES512", "EdDSA", "HS256"]), st.booleans())
def test_any_jwk(changes, alg, private):
    """A key or a JoseError; a key that was accepted exports to itself."""
    base = key(alg).to_dict(private=private or alg == "HS256")
    for candidate in (changes, {**base, **changes}):
        try:
            made = parse_jwk(candidate)
        except JoseError:
            continue
        exported = made.to_dict(private=made.is_private)
        assert parse_jwk(exported).to_dict(private=made.is_private) == exported


@given(st.lists(members | values, max_size=6))
def test_any_jwks(entries):
    """A key set is never an error for the keys in it, and never holds a secret."""
    keys = parse_jwks({"keys": entries})
    assert not any(k.is_private for k in keys.keys)
