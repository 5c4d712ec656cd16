"""authwright.idp.system: the operating system behind the ports."""

import time

from authwright.idp.system import SystemClock, SystemEntropy
from authwright.jose.encoding import b64url_decode


def test_clock():
    """Whole seconds since the epoch."""
    assert 0 <= time.time() - SystemClock().now() < 5


def test_entropy():
    """256 and 128 bits in base64url without padding, never the same twice."""
    entropy = SystemEntropy()
    secrets = {entropy.secret() for _ in range(100)}
    identifiers = {entropy.identifier() for _ in range(100)}
    assert len(secrets) == len(identifiers) == 100
    assert {len(b64url_decode(value)) for value in secrets} == {32}
    assert {len(b64url_decode(value)) for value in identifiers} == {16}
