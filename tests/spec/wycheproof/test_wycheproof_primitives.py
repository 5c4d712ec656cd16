"""
Wycheproof: the raw signatures under ES256, EdDSA, RS256 and PS256, through the keys of this package.

Every verdict is that of the vectors, except those listed in `STRICTER` and `ACCEPTABLE` with a reason.
"""

import pytest

from authwright.jose.errors import InvalidKey, InvalidSignature
from authwright.jose.jwk import parse_jwk
from support.jose import b64
from support.wycheproof import cases

pytestmark = pytest.mark.vectors

RSA_FILE = "rsa_signature_2048_sha256_test.json"
PSS_FILE = "rsa_pss_2048_sha256_mgf1_32_test.json"
ECDSA_FILE = "ecdsa_secp256r1_sha256_p1363_test.json"
ED25519_FILE = "ed25519_test.json"
FILES = (RSA_FILE, PSS_FILE, ECDSA_FILE, ED25519_FILE)

ACCEPTABLE = {
    8: (
        InvalidSignature,
        """
        The DigestInfo lacks the NULL of its AlgorithmIdentifier. RFC 8017 §9.2 writes it and §8.2.2 compares
        octet for octet; lenient parsers of this field are what forgeries were made of: CVE-2006-4339.
        """,
    ),
}

STRICTER = {
    258: (
        InvalidKey,
        "The public exponent is 3. NIST SP 800-56B §6.2 asks for 65537 at least, and so do we.",
    ),
    259: (InvalidKey, "The public exponent is 3, as in 258."),
}


def unsigned(hexadecimal: str) -> str:
    """A Base64urlUInt, from hexadecimal digits that may begin with zeros."""
    return b64(bytes.fromhex(hexadecimal).lstrip(b"\0"))


def ec_jwk(group):
    point = bytes.fromhex(group["publicKey"]["uncompressed"])
    return {"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}


def ed25519_jwk(group):
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes.fromhex(group["publicKey"]["pk"]))}


def rsa_jwk(group):
    return {
        "kty": "RSA",
        "n": unsigned(group["publicKey"]["modulus"]),
        "e": unsigned(group["publicKey"]["publicExponent"]),
    }


def check(members, alg, case):
    parse_jwk(members).verifiers[alg](bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))


def judge(members, alg, case):
    if case["result"] == "valid":
        check(members, alg, case)
    else:
        assert case["result"] == "invalid"
        with pytest.raises(InvalidSignature):
            check(members, alg, case)


@pytest.mark.parametrize(("group", "case"), cases(ECDSA_FILE))
def test_es256(group, case):
    """RFC 7518 §3.4: r and s, each of 32 octets and in range."""
    judge(ec_jwk(group), "ES256", case)


@pytest.mark.parametrize(("group", "case"), cases(ED25519_FILE))
def test_eddsa(group, case):
    """RFC 8037 §3.1, RFC 8032 §5.1.7: one signature for a key and a message."""
    judge(ed25519_jwk(group), "EdDSA", case)


@pytest.mark.parametrize(("group", "case"), cases(PSS_FILE))
def test_ps256(group, case):
    """RFC 7518 §3.5: the salt is as long as the hash."""
    judge(rsa_jwk(group), "PS256", case)


@pytest.mark.parametrize(("group", "case"), cases(RSA_FILE))
def test_rs256(group, case):
    """RFC 7518 §3.3, RFC 8017 §8.2.2."""
    if case["tcId"] in ACCEPTABLE | STRICTER:
        error, _reason = (ACCEPTABLE | STRICTER)[case["tcId"]]
        with pytest.raises(error):
            check(rsa_jwk(group), "RS256", case)
    else:
        judge(rsa_jwk(group), "RS256", case)


def test_every_acceptable_case_has_a_reason():
    """No case that the vectors leave open is decided by accident."""
    cases_of_all = [p.values[1] for name in FILES for p in cases(name)]
    assert {case["tcId"] for case in cases_of_all if case.get("result") == "acceptable"} <= set(ACCEPTABLE)
