"""
authwright and joserfc, against each other.

What one signs the other verifies. Of tokens that were tampered with or made oddly, we accept none that
joserfc refuses; where joserfc accepts and we refuse, the reason stands in `STRICTER`.
"""

import json

import joserfc.errors
import joserfc.jwk
import joserfc.jws
import joserfc.jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authwright.jose import jws, jwt
from authwright.jose.errors import JoseError
from authwright.jose.jwk import parse_jwk
from support.jose import ASYMMETRIC, SYMMETRIC, b64, key, verifying

# joserfc warns of the name EdDSA, which RFC 9864 wants replaced.
pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")

ALGORITHMS = [*ASYMMETRIC, *SYMMETRIC]

STRICTER = {
    "base64url holds a character outside its alphabet": "RFC 7515 §5.2 step 2: no other characters",
    "base64url ends in bits that are not zero, or in no base64url character": "RFC 4648 §3.5",
    "a JSON object names a member twice": "RFC 7515 §5.2 step 4: unique header member names",
    "JSON is not UTF-8": "RFC 8725 §3.7: joserfc gives bytes to json.loads, which guesses UTF-16 and UTF-32",
    "NaN and Infinity are not JSON": "RFC 8259 §6",
    "a JSON number is too large for a double": "RFC 8259 §6: not interoperable",
    "a JSON integer is longer than 64 bits can be": "RFC 8259 §6: not interoperable",
    "a JSON string holds half of a surrogate pair": "RFC 8259 §8.2: unpredictable",
    "JSON is nested too deeply": "RFC 8259 §9: an implementation may limit the depth",
    "a JWS header has a member that must be understood and is not": "crit, b64, enc, zip change its meaning",
    "kid, typ or cty of a JWS header is not a string": "RFC 7515 §4.1.4, §4.1.9, §4.1.10",
    "the kid of a JWS is not that of the key": "RFC 7515 §4.1.4: the key given is not the one named",
    "the algorithm of a JWS is not that of the key": "RFC 8725 §3.1: one key, one algorithm",
}


def peer_key(alg):
    return joserfc.jwk.import_key(key(alg).to_dict(private=True))


def peer_public(alg):
    return peer_key(alg) if alg in SYMMETRIC else joserfc.jwk.import_key(key(alg).to_dict())


PEER = {alg: (peer_key(alg), peer_public(alg)) for alg in ALGORITHMS}
REGISTRY = joserfc.jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(texts, v, max_size=3),
    max_leaves=6,
)
claims_sets = st.dictionaries(texts, values, max_size=5)
algs = st.sampled_from(ALGORITHMS)


def ours(text, alg):
    """None when we accept, else the reason of the refusal."""
    try:
        jws.verify(text, verifying(alg), algorithms=ALGORITHMS)
    except JoseError as error:
        return error.detail
    return None


def theirs(text, alg):
    """Whether joserfc accepts. What it answers with another error than its own, it does not accept either."""
    try:
        joserfc.jws.deserialize_compact(text, PEER[alg][1], registry=REGISTRY)
    except (joserfc.errors.JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    return True


def compare(text, alg):
    refusal, accepted = ours(text, alg), theirs(text, alg)
    if refusal is None:
        assert accepted
    elif accepted:
        assert refusal in STRICTER


@given(algs, claims_sets)
def test_ours_verifies_there(alg, claims):
    """RFC 7515, 7518, 7519, 8037: our tokens are read by another implementation."""
    text = jwt.sign(claims, key(alg), typ="at+jwt")
    read = joserfc.jwt.decode(text, PEER[alg][1], algorithms=[alg])
    assert read.claims == claims
    assert read.header == {"alg": alg, "kid": f"kid-{alg}", "typ": "at+jwt"}


@given(algs, claims_sets)
def test_theirs_verifies_here(alg, claims):
    """And theirs by us."""
    text = joserfc.jwt.encode({"alg": alg}, claims, PEER[alg][0], algorithms=[alg])
    assert json.loads(jws.verify(text, verifying(alg), algorithms=[alg]).payload) == claims


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_keys_are_read_there_and_here(alg):
    """RFC 7517, RFC 7638: the same members, the same thumbprint."""
    if alg in ASYMMETRIC:
        assert PEER[alg][0].thumbprint() == key(alg).thumbprint()
    exported = {**PEER[alg][0].as_dict(private=True), "alg": alg}
    assert parse_jwk(exported).to_dict(private=True) == key(alg).to_dict(private=True)


CHARACTERS = "ABCDEFwxyz0189-_+/=. \n\u00e9"
edits = st.lists(
    st.tuples(
        st.sampled_from(["replace", "insert", "delete", "double", "cut"]),
        st.integers(0, 2000),
        st.sampled_from(CHARACTERS),
    ),
    min_size=1,
    max_size=3,
)


def edit(text, changes):
    for kind, position, character in changes:
        at = position % (len(text) + 1)
        match kind:
            case "replace":
                text = text[:at] + character + text[at + 1 :]
            case "insert":
                text = text[:at] + character + text[at:]
            case "delete":
                text = text[:at] + text[at + 1 :]
            case "double":
                text = text[:at] + text
            case _:
                text = text[:at]
    return text


@settings(max_examples=500)
@given(algs, edits)
def test_tampered_tokens(alg, changes):
    """Any edit of a good token: the verdicts agree, or ours is stricter for a listed reason."""
    good = jws.sign(b'{"iss":"a"}', key(alg), typ="at+jwt")
    compare(edit(good, changes), alg)


odd_headers = st.lists(
    st.sampled_from(
        [
            *(
                '"kid":"kid-{alg}"',
                '"kid":"other"',
                '"kid":1',
                '"typ":"JWT"',
                '"typ":null',
                '"cty":["x"]',
                '"x":1e999',
            ),
            *(
                '"x":NaN',
                '"x":"\\ud800"',
                '"x":{"y":1,"y":2}',
                '"alg":"{alg}"',
                '"alg":"none"',
                '"b64":false',
                '"b64":true',
            ),
            *(
                '"crit":[]',
                '"crit":["exp"]',
                '"crit":["b64"]',
                '"zip":"DEF"',
                '"enc":"A128GCM"',
                '"jwk":{}',
                '"x":-0',
            ),
            *(f'"x":{"9" * 30}', f'"x":{"[" * 40}{"]" * 40}', '"jku":"https://evil.example"', '"x":"\u00e9"'),
        ]
    ),
    max_size=3,
)


@settings(max_examples=500)
@given(algs, odd_headers, st.sampled_from(["utf-8"] * 4 + ["utf-16", "utf-32-le", "latin-1", "utf-8-sig"]))
def test_odd_headers(alg, parts, codec):
    """Headers that no honest signer writes, over a signature that is good."""
    header = "{" + ",".join([f'"alg":"{alg}"', *(part.replace("{alg}", alg) for part in parts)]) + "}"
    octets = header.encode(codec)
    signing_input = f"{b64(octets)}.{b64(b'payload')}"
    text = f"{signing_input}.{b64(key(alg).signing[1](signing_input.encode()))}"
    if octets == header.encode():
        compare(text, alg)
    else:
        assert ours(text, alg) is not None  # UTF-8 only, RFC 8725 §3.7; joserfc reads UTF-16 and UTF-32 too


@settings(max_examples=200)
@given(algs, algs)
def test_other_algorithms(alg, named):
    """A good signature under the name of another algorithm of the same key type or of none."""
    signing_input = f"{b64(json.dumps({'alg': named}).encode())}.{b64(b'payload')}"
    text = f"{signing_input}.{b64(key(alg).signing[1](signing_input.encode()))}"
    compare(text, alg)
    assert (ours(text, alg) is None) == (alg == named)
