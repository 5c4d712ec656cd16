"""RFC 7638 §3.1: the example thumbprint."""

from authwright.jose.jwk import parse_jwk
from support.jose import vectors

EXAMPLE = vectors("rfc7638.json")


def test_thumbprint_of_the_example():
    """§3.1."""
    assert parse_jwk(EXAMPLE["jwk"]).thumbprint() == EXAMPLE["thumbprint"]


def test_only_the_required_members_count():
    """§3.2: kid, use and alg, and the order of members, do not change it."""
    required = {name: EXAMPLE["jwk"][name] for name in ("n", "kty", "e")}
    assert parse_jwk(required).thumbprint() == EXAMPLE["thumbprint"]
    assert parse_jwk({**required, "use": "sig", "x": "ignored"}).thumbprint() == EXAMPLE["thumbprint"]
