"""
Wycheproof: JWS, JWK, the combined file, and JWE, which is not offered.

Every verdict is that of the vectors, except for the cases in `DIFFERENT`, where the vector contradicts itself
or an RFC; each says why, and each has a test that shows the reason to be the reason.
"""

import json

import pytest

from authwright.jose import jws
from authwright.jose.algorithms import ALGORITHMS
from authwright.jose.errors import JoseError, MalformedBase64url, UnsupportedAlgorithm
from authwright.jose.jwk import parse_jwk
from authwright.jose.jwks import Jwks, parse_jwks
from support.wycheproof import cases

pytestmark = pytest.mark.vectors

SIGNATURES = cases("json_web_signature_test.json")
KEYS = cases("json_web_key_test.json")
COMBINED = cases("json_web_crypto_test.json")
ENCRYPTION = cases("json_web_encryption_test.json")

DIFFERENT = {
    346: "The key says alg PS256 and the header PS384. RFC 8725 §3.1: a key is for one algorithm.",
    350: "As 346, with key_ops.",
    347: "The key says alg ES521, which does not exist; the algorithm of P-521 is ES512 (RFC 7518 §3.4).",
    351: "As 347, with key_ops.",
    372: "A question mark stands in the header segment, which is no base64url; marked valid in error.",
    373: "A question mark stands in the payload segment, as in 372.",
    367: "Named 'invalid padding', and octet for octet the token of 357, which is valid.",
    370: "As 367.",
}


def keys_of(group):
    """The verifying key or keys of a group."""
    members = group.get("public", group["private"])
    if "keys" not in members:
        return parse_jwk(members)
    if any(key["kty"] == "oct" for key in members["keys"]):
        # Secrets are no published set; their owner puts them together.
        return Jwks(tuple(parse_jwk(key) for key in members["keys"]))
    return parse_jwks(members)


def verify(group, case):
    token = case["jws"] if isinstance(case["jws"], str) else json.dumps(case["jws"])
    return jws.verify(token, keys_of(group), algorithms=ALGORITHMS)


def judge(group, case):
    if case["result"] == "valid":
        verify(group, case)
    else:
        assert case["result"] == "invalid"
        with pytest.raises(JoseError):
            verify(group, case)


def signature_case(tc_id):
    for parameter in SIGNATURES:
        group, case = parameter.values
        if case.get("tcId") == tc_id:
            return group, case
    return pytest.skip("no Wycheproof vectors")


@pytest.mark.parametrize(
    ("group", "case"), [p for p in SIGNATURES if p.values[1].get("tcId") not in DIFFERENT]
)
def test_json_web_signature(group, case):
    """RFC 7515 §5.2."""
    judge(group, case)


@pytest.mark.parametrize(("group", "case"), KEYS)
def test_json_web_key(group, case):
    """RFC 7517 §4, §5; RFC 8725 §3.1, §3.4, §3.5."""
    judge(group, case)


@pytest.mark.parametrize(("group", "case"), COMBINED)
def test_json_web_crypto(group, case):
    """The signatures of the combined file by their verdict; its JWE are refused where a JWS is expected."""
    if "jws" in case:
        judge(group, case)
    else:
        refuse_encryption(group, case)


@pytest.mark.parametrize(("group", "case"), ENCRYPTION)
def test_json_web_encryption(group, case):
    """RFC 8725 §3.3: a JWE, good or bad, is never taken for a JWS, and its keys verify nothing."""
    refuse_encryption(group, case)


def refuse_encryption(group, case):
    text = case["jwe"] if isinstance(case["jwe"], str) else json.dumps(case["jwe"])
    with pytest.raises(JoseError):
        jws.parse(text)
    for half in ("public", "private"):
        if half in group:
            try:
                assert not parse_jwk(group[half]).verifiers
            except JoseError:
                continue


@pytest.mark.parametrize("tc_id", [346, 350])
def test_different_because_the_key_decides(tc_id):
    """Refused as it stands; with the key's alg set right, the signature is good."""
    group, case = signature_case(tc_id)
    with pytest.raises(UnsupportedAlgorithm):
        verify(group, case)
    verify({"private": {**group["public"], "alg": "PS384"}}, case)


@pytest.mark.parametrize("tc_id", [347, 351])
def test_different_because_there_is_no_es521(tc_id):
    """Refused as it stands; with the key's alg set right, the signature is good."""
    group, case = signature_case(tc_id)
    with pytest.raises(UnsupportedAlgorithm):
        verify(group, case)
    verify({"private": {**group["public"], "alg": "ES512"}}, case)


@pytest.mark.parametrize("tc_id", [372, 373])
def test_different_because_it_is_not_base64url(tc_id):
    """RFC 7515 §5.2 step 2: no characters may be ignored."""
    group, case = signature_case(tc_id)
    with pytest.raises(MalformedBase64url):
        verify(group, case)


@pytest.mark.parametrize("tc_id", [367, 370])
def test_different_because_it_is_the_valid_token(tc_id):
    """One token cannot have two verdicts."""
    group, case = signature_case(tc_id)
    assert case["jws"] == signature_case(357)[1]["jws"]
    verify(group, case)


def test_no_case_is_left_open():
    """None of these files has a case marked acceptable; one that did would need a reason here."""
    for parameters in (SIGNATURES, KEYS, COMBINED, ENCRYPTION):
        assert {p.values[1].get("result", "valid") for p in parameters} <= {"valid", "invalid"}
