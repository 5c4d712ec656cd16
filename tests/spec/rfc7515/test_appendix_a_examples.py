"""RFC 7515 Appendix A: the examples, and Appendix E: the negative one."""

import json

import pytest

from authwright.jose import jws
from authwright.jose.errors import InvalidSignature, MalformedJws, UnsupportedAlgorithm
from authwright.jose.jwk import parse_jwk
from support.jose import vectors

EXAMPLES = vectors("rfc7515.json")
SIGNED = ["A.1", "A.2", "A.3", "A.4"]


def example(section):
    """The key of an example as its RFC gives it, with `alg` where the key type leaves it open."""
    given = EXAMPLES[section]
    return given, parse_jwk({**given["jwk"], "alg": given["alg"]})


@pytest.mark.parametrize("section", SIGNED)
def test_example_verifies(section):
    """RFC 7515 A.1.2, A.2.2, A.3.2, A.4.2."""
    given, key = example(section)
    verified = jws.verify(given["token"], key, algorithms=[given["alg"]])
    assert verified.payload == given["payload"].encode()
    assert verified.header["alg"] == given["alg"]


@pytest.mark.parametrize("section", ["A.2", "A.3", "A.4"])
def test_example_verifies_with_the_public_half(section):
    """The public members alone are enough."""
    given, key = example(section)
    assert jws.verify(given["token"], key.public(), algorithms=[given["alg"]])


@pytest.mark.parametrize("section", ["A.3", "A.4"])
def test_key_without_alg_has_that_of_its_curve(section):
    """RFC 7518 §3.4: each curve goes with one algorithm."""
    given = EXAMPLES[section]
    assert jws.verify(given["token"], parse_jwk(given["jwk"]), algorithms=["ES256", "ES384", "ES512"])


def test_rsa_example_is_reproduced():
    """RFC 7515 A.2.1: RSASSA-PKCS1-v1_5 is deterministic, so the octets are those of the RFC."""
    given, key = example("A.2")
    assert jws.sign(given["payload"].encode(), key) == given["token"]


def test_hmac_example_is_reproduced():
    """RFC 7515 A.1.1, over the RFC's own signing input, whose header has a line break that ours would not."""
    given, key = example("A.1")
    signing_input, _, signature = given["token"].rpartition(".")
    assert jws.parse(given["token"]).signature == key.signing[1](signing_input.encode())
    assert jws.sign(given["payload"].encode(), key).split(".")[1] == signing_input.split(".")[1]
    assert len(signature) == 43


@pytest.mark.parametrize("section", SIGNED)
def test_changed_example_is_refused(section):
    """The last octet of the payload is signed too."""
    given, key = example(section)
    header, payload, signature = given["token"].split(".")
    changed = payload[:-2] + ("A" if payload[-2] != "A" else "B") + payload[-1]
    with pytest.raises(InvalidSignature):
        jws.verify(f"{header}.{changed}.{signature}", key, algorithms=[given["alg"]])


def test_unsecured_jws_is_refused():
    """RFC 7515 A.5 is an Unsecured JWS; RFC 8725 §3.2: `none` is not accepted, not even when asked for."""
    _, key = example("A.2")
    for algorithms in (["RS256"], ["none"], ["none", "RS256"]):
        with pytest.raises(UnsupportedAlgorithm):
            jws.verify(EXAMPLES["A.5"]["token"], key, algorithms=algorithms)


@pytest.mark.parametrize("section", ["A.6", "A.7"])
def test_json_serializations_are_refused(section):
    """RFC 7515 A.6, A.7 are the JSON serializations; only the compact one is read."""
    _, key = example("A.3")
    for text in (json.dumps(EXAMPLES[section]), json.dumps(EXAMPLES[section]).encode()):
        with pytest.raises(MalformedJws):
            jws.verify(text, key, algorithms=["RS256", "ES256"])


def test_unknown_critical_member_is_refused():
    """RFC 7515 Appendix E: an implementation that does not understand the extension MUST reject."""
    with pytest.raises(MalformedJws, match="understood"):
        jws.parse(EXAMPLES["E"]["token"])
