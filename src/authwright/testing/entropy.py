"""Values of the right shape and never the same one twice, yet the same in every run."""

import hashlib

from authwright.jose.encoding import b64url_encode


class CountingEntropy:
    """
    An `authwright.authorization_server.ports.Entropy` for tests: unique, repeatable, and **guessable**.

    Each value is a hash of *seed* and a counter, so it has the length and alphabet of a real one and a
    failing test fails the same way again. Two servers in one test need two seeds.
    """

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self._count = 0

    def secret(self) -> str:
        """43 characters of base64url."""
        return b64url_encode(self._next())

    def identifier(self) -> str:
        """22 characters of base64url."""
        return b64url_encode(self._next()[:16])

    def _next(self) -> bytes:
        self._count += 1
        return hashlib.sha256(f"{self._seed}/{self._count}".encode()).digest()
