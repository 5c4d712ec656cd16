"""RFC 8037 Appendix A: Ed25519 keys, thumbprint, signature."""

from authwright.jose import jws
from authwright.jose.jwk import parse_jwk
from support.jose import vectors

EXAMPLE = vectors("rfc8037.json")


def test_private_and_public_key():
    """A.1, A.2."""
    private = parse_jwk(EXAMPLE["A.1"])
    assert private.is_private
    assert private.to_dict(private=True) == EXAMPLE["A.1"]
    assert private.public().to_dict() == EXAMPLE["A.2"]


def test_thumbprint():
    """A.3."""
    assert parse_jwk(EXAMPLE["A.2"]).thumbprint() == EXAMPLE["A.3"]


def test_signing():
    """A.4: EdDSA is deterministic."""
    assert jws.sign(EXAMPLE["A.4"]["payload"].encode(), parse_jwk(EXAMPLE["A.1"])) == EXAMPLE["A.4"]["token"]


def test_validation():
    """A.5."""
    verified = jws.verify(EXAMPLE["A.4"]["token"], parse_jwk(EXAMPLE["A.2"]), algorithms=["EdDSA"])
    assert verified.payload == EXAMPLE["A.4"]["payload"].encode()
