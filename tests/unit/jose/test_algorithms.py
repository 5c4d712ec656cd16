"""authwright.jose.algorithms."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from authwright.jose.algorithms import ALGORITHMS, ASYMMETRIC, SYMMETRIC, Ecdsa, Hmac, Rsa
from authwright.jose.errors import InvalidKey, InvalidSignature

RSA_KEY = rsa.generate_private_key(65_537, 2048)
PRIVATE = {
    "RSA": RSA_KEY,
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": Ed25519PrivateKey.generate(),
    "oct": bytes(64),
}


def key_kind(algorithm):
    return algorithm.crv or algorithm.kty


def public(kind):
    return PRIVATE[kind] if kind == "oct" else PRIVATE[kind].public_key()


def test_the_table_is_closed():
    """RFC 8725 §3.2: exactly these, and `none` is not one of them."""
    assert set(ALGORITHMS) == {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"),
    }
    assert {"HS256", "HS384", "HS512"} == SYMMETRIC
    assert set(ALGORITHMS) - SYMMETRIC == ASYMMETRIC
    with pytest.raises(TypeError):
        ALGORITHMS["none"] = ALGORITHMS["HS256"]


@pytest.mark.parametrize("name", ALGORITHMS)
def test_what_one_signs_it_verifies(name):
    """And only that: another message, another signature and an empty one are refused."""
    algorithm = ALGORITHMS[name]
    kind = key_kind(algorithm)
    sign, verify = algorithm.signer(PRIVATE[kind]), algorithm.verifier(public(kind))
    signature = sign(b"message")
    assert verify(signature, b"message") is None
    for wrong, message in [
        (signature, b"messagf"),
        (signature[:-1] + bytes([signature[-1] ^ 1]), b"message"),
        (signature + b"\0", b"message"),
        (signature[:-1], b"message"),
        (b"\0" * len(signature), b"message"),
        (b"", b"message"),
    ]:
        with pytest.raises(InvalidSignature):
            verify(wrong, message)


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("kind", PRIVATE)
def test_a_key_of_another_kind_is_refused(name, kind):
    """RFC 8725 §3.1: an algorithm takes its own kind of key and no other, curve included."""
    algorithm = ALGORITHMS[name]
    if kind == key_kind(algorithm):
        return
    with pytest.raises(InvalidKey):
        algorithm.signer(PRIVATE[kind])
    with pytest.raises(InvalidKey):
        algorithm.verifier(public(kind))


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
def test_hmac_key_is_as_long_as_the_hash(name):
    """RFC 7518 §3.2: a key of the size of the hash output or larger MUST be used."""
    size = int(name[2:]) // 8
    assert ALGORITHMS[name].signer(bytes(size))
    for short in (bytes(size - 1), b""):
        with pytest.raises(InvalidKey, match="shorter"):
            ALGORITHMS[name].signer(short)
        with pytest.raises(InvalidKey, match="shorter"):
            ALGORITHMS[name].verifier(short)


@pytest.mark.parametrize("name", ["PS256", "PS384", "PS512"])
def test_pss_salt_is_as_long_as_the_hash(name):
    """RFC 7518 §3.5: made so, and demanded so; neither the longest salt nor an empty one is accepted."""
    algorithm = ALGORITHMS[name]
    assert isinstance(algorithm, Rsa)
    digest = algorithm.hash.primitive
    exact = padding.PSS(padding.MGF1(digest), digest.digest_size)
    RSA_KEY.public_key().verify(algorithm.signer(RSA_KEY)(b"m"), b"m", exact, digest)
    for salt_length in (padding.PSS.MAX_LENGTH, 0, digest.digest_size - 1):
        signature = RSA_KEY.sign(b"m", padding.PSS(padding.MGF1(digest), salt_length), digest)
        with pytest.raises(InvalidSignature):
            algorithm.verifier(RSA_KEY.public_key())(signature, b"m")


def test_pss_mask_has_the_same_hash():
    """RFC 7518 §3.5: MGF1 with the hash of the message."""
    mixed = padding.PSS(padding.MGF1(hashes.SHA1()), 32)
    signature = RSA_KEY.sign(b"m", mixed, hashes.SHA256())
    with pytest.raises(InvalidSignature):
        ALGORITHMS["PS256"].verifier(RSA_KEY.public_key())(signature, b"m")


@pytest.mark.parametrize("name", ["ES256", "ES384", "ES512"])
def test_ecdsa_signature_is_r_and_s(name):
    """RFC 7518 §3.4: fixed width, whatever r and s are; checked over enough signatures to meet short ones."""
    algorithm = ALGORITHMS[name]
    assert isinstance(algorithm, Ecdsa)
    key = PRIVATE[algorithm.crv]
    size = {"ES256": 32, "ES384": 48, "ES512": 66}[name]
    sign = algorithm.signer(key)
    for number in range(300 if name == "ES256" else 20):
        message = b"%d" % number
        signature = sign(message)
        assert len(signature) == 2 * size
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        key.public_key().verify(encode_dss_signature(r, s), message, ec.ECDSA(algorithm.hash.primitive))


class ShortSigner(ec.EllipticCurvePrivateKey):
    """A P-521 key whose signatures have small r and s, as one key in 2**100 might once make."""

    curve = ec.SECP521R1()
    r, s = 5, 2**300 + 1

    def sign(self, _digest, _scheme):
        return encode_dss_signature(self.r, self.s)

    def unused(self, *_):
        raise AssertionError

    exchange = key_size = private_bytes = private_numbers = public_key = __copy__ = __deepcopy__ = unused


def test_small_r_and_s_are_padded():
    """The DER of a short signature has a short length octet, even on P-521."""
    ShortSigner.__abstractmethods__ = frozenset()
    signature = ALGORITHMS["ES512"].signer(ShortSigner())(b"")
    assert signature == (5).to_bytes(66, "big") + (2**300 + 1).to_bytes(66, "big")


def test_der_and_other_spellings_of_ecdsa():
    """DER, or zero octets more, are the same numbers in another spelling, and refused."""
    algorithm = ALGORITHMS["ES256"]
    verify = algorithm.verifier(PRIVATE["P-256"].public_key())
    signature = algorithm.signer(PRIVATE["P-256"])(b"m")
    r, s = signature[:32], signature[32:]
    numbers = int.from_bytes(r, "big"), int.from_bytes(s, "big")
    for spelled in (encode_dss_signature(*numbers), b"\0" + r + b"\0" + s, r + s + b"\0"):
        with pytest.raises(InvalidSignature, match="length"):
            verify(spelled, b"m")


def test_psychic_signatures():
    """CVE-2022-21449: r and s are between 1 and the order of the group."""
    verify = ALGORITHMS["ES256"].verifier(PRIVATE["P-256"].public_key())
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for r in (0, 1, order):
        for s in (0, order):
            with pytest.raises(InvalidSignature):
                verify(r.to_bytes(32, "big") + s.to_bytes(32, "big"), b"m")


def test_hmac_is_not_an_asymmetric_key_in_disguise():
    """The octets of a public key are a secret to nobody; only `bytes` of an oct key get this far."""
    for kind in ("RSA", "P-256", "Ed25519"):
        with pytest.raises(InvalidKey, match="symmetric"):
            ALGORITHMS["HS256"].verifier(public(kind))
    assert isinstance(ALGORITHMS["HS256"], Hmac)
