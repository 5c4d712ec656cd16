"""authwright.idp.entropy: the operating system's random generator behind the port."""

from authwright.idp.entropy import SystemEntropy
from authwright.jose.encoding import b64url_decode


def test_entropy():
    """256 and 128 bits in base64url without padding, never the same twice."""
    entropy = SystemEntropy()
    secrets = {entropy.secret() for _ in range(100)}
    identifiers = {entropy.identifier() for _ in range(100)}
    assert len(secrets) == len(identifiers) == 100
    assert {len(b64url_decode(value)) for value in secrets} == {32}
    assert {len(b64url_decode(value)) for value in identifiers} == {16}
