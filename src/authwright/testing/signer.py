"""An issuer's keys in memory."""

from collections.abc import Mapping
from typing import Any

from authwright.jose import jwt
from authwright.jose.jwk import generate_jwk
from authwright.jose.jwks import Jwks


class LocalSigner:
    """An `authwright.authorization_server.ports.Signer` with a new key for each of *algorithms*."""

    def __init__(self, *algorithms: str) -> None:
        self._keys = {alg: generate_jwk(alg) for alg in algorithms}
        self._jwks = Jwks(tuple(key.public() for key in self._keys.values()))

    async def sign(self, claims: Mapping[str, Any], *, alg: str, typ: str | None) -> str:
        """Sign at once. Raises `LookupError` for an algorithm that was not asked for."""
        return jwt.sign(claims, self._keys[alg], typ=typ)

    def jwks(self) -> Jwks:
        """The public keys."""
        return self._jwks

    async def renewed_jwks(self) -> Jwks:
        """The same: nobody else makes any."""
        return self.jwks()
