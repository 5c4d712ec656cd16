"""
The closed table of signature algorithms. :rfc:`7518#section-3`, :rfc:`8037#section-3.1`.

``none`` is not in it, and nothing can be added to it at run time: what an algorithm does is decided here,
once, and what a key may do is decided when the key is read (module `authwright.jose.jwk`). A token only
names one of these; it never brings one.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidSignature as _Mismatch
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from .errors import InvalidKey, InvalidSignature

PublicKey = RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey
PrivateKey = RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey


class _Hash(Protocol):
    def digest(self) -> bytes: ...


Verifier = Callable[[bytes, bytes], None]
"""Checks a signature over a message, in this order. Raises `InvalidSignature`."""

Signer = Callable[[bytes], bytes]
"""The signature over a message, as it stands in a JWS."""


@dataclass(frozen=True, slots=True)
class Sha2:
    """
    A hash function of the SHA-2 family.

    Messages are hashed by `hashlib` and signed as `Prehashed`. It is the same signature for half a
    microsecond less, a tenth of what signing may cost over the bare primitive.
    """

    name: str
    new: Callable[[bytes], _Hash]
    primitive: hashes.HashAlgorithm


@dataclass(frozen=True, slots=True)
class Rsa:
    """RSASSA-PKCS1-v1_5 and RSASSA-PSS, which differ in the padding alone. :rfc:`7518#section-3.3`, §3.5."""

    name: str
    padding: padding.AsymmetricPadding
    hash: Sha2
    kty: ClassVar[str] = "RSA"
    crv: ClassVar[str | None] = None

    def verifier(self, key: PublicKey | bytes) -> Verifier:
        """Bind *key* for verification."""
        if not isinstance(key, RSAPublicKey):
            raise InvalidKey("an RSA algorithm was given a key that is not an RSA public key")
        verify, scheme, digest, prehashed = (
            key.verify,
            self.padding,
            self.hash.new,
            Prehashed(self.hash.primitive),
        )

        def check(signature: bytes, message: bytes) -> None:
            try:
                verify(signature, digest(message).digest(), scheme, prehashed)
            except _Mismatch:
                raise InvalidSignature("RSA signature does not match") from None

        return check

    def signer(self, key: PrivateKey | bytes) -> Signer:
        """Bind *key* for signing."""
        if not isinstance(key, RSAPrivateKey):
            raise InvalidKey("an RSA algorithm was given a key that is not an RSA private key")
        sign, scheme, digest, prehashed = (
            key.sign,
            self.padding,
            self.hash.new,
            Prehashed(self.hash.primitive),
        )
        return lambda message: sign(digest(message).digest(), scheme, prehashed)


@dataclass(frozen=True, slots=True)
class Ecdsa:
    """ECDSA; the signature is r and s side by side, each as long as the order. :rfc:`7518#section-3.4`."""

    name: str
    crv: str
    curve: ec.EllipticCurve
    hash: Sha2
    kty: ClassVar[str] = "EC"

    @property
    def coordinate_size(self) -> int:
        """Octets of a coordinate, and of r and s: 32, 48 or 66."""
        return (self.curve.key_size + 7) // 8

    def verifier(self, key: PublicKey | bytes) -> Verifier:
        """Bind *key* for verification."""
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != self.curve.name:
            raise InvalidKey("an ECDSA algorithm was given a key that is not a public key on its curve")
        verify, digest, scheme = key.verify, self.hash.new, ec.ECDSA(Prehashed(self.hash.primitive))
        size, both = self.coordinate_size, 2 * self.coordinate_size

        def check(signature: bytes, message: bytes) -> None:
            # The exact length: fewer or more octets would be another spelling of the same token.
            if len(signature) != both:
                raise InvalidSignature("ECDSA signature does not have the length of its curve")
            r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
            try:
                verify(encode_dss_signature(r, s), digest(message).digest(), scheme)
            except _Mismatch:
                raise InvalidSignature("ECDSA signature does not match") from None

        return check

    def signer(self, key: PrivateKey | bytes) -> Signer:
        """Bind *key* for signing."""
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != self.curve.name:
            raise InvalidKey("an ECDSA algorithm was given a key that is not a private key on its curve")
        sign, digest, scheme = key.sign, self.hash.new, ec.ECDSA(Prehashed(self.hash.primitive))
        size = self.coordinate_size

        def make(message: bytes) -> bytes:
            # SEQUENCE (INTEGER r, INTEGER s) in DER, as OpenSSL wrote it a moment ago: r and s are cut out,
            # as parsing costs a twentieth of the signature. The octet before each is its length.
            der = sign(digest(message).digest(), scheme)
            r_at = 4 if der[1] < _DER_LONG_FORM else 5
            s_at = r_at + der[r_at - 1] + 2
            r, s = der[r_at : s_at - 2], der[s_at:]
            return r[-size:].rjust(size, b"\0") + s[-size:].rjust(size, b"\0")

        return make


@dataclass(frozen=True, slots=True)
class EdDsa:
    """EdDSA over Ed25519. :rfc:`8037#section-3.1`."""

    name: str
    crv: str
    kty: ClassVar[str] = "OKP"

    def verifier(self, key: PublicKey | bytes) -> Verifier:
        """Bind *key* for verification."""
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidKey("EdDSA was given a key that is not an Ed25519 public key")
        verify = key.verify

        def check(signature: bytes, message: bytes) -> None:
            try:
                verify(signature, message)
            except _Mismatch:
                raise InvalidSignature("EdDSA signature does not match") from None

        return check

    def signer(self, key: PrivateKey | bytes) -> Signer:
        """Bind *key* for signing."""
        if not isinstance(key, Ed25519PrivateKey):
            raise InvalidKey("EdDSA was given a key that is not an Ed25519 private key")
        return key.sign


@dataclass(frozen=True, slots=True)
class Hmac:
    """HMAC with SHA-2, for secrets that exactly two parties hold. :rfc:`7518#section-3.2`."""

    name: str
    hash: Sha2
    kty: ClassVar[str] = "oct"
    crv: ClassVar[str | None] = None

    def verifier(self, key: PublicKey | bytes) -> Verifier:
        """Bind *key* for verification."""
        make = self.signer(key)

        def check(signature: bytes, message: bytes) -> None:
            if not hmac.compare_digest(make(message), signature):
                raise InvalidSignature("HMAC does not match")

        return check

    def signer(self, key: PublicKey | PrivateKey | bytes) -> Signer:
        """Bind *key*: octets only, for a public key in whatever spelling is no secret."""
        if not isinstance(key, bytes):
            raise InvalidKey("an HMAC algorithm was given a key that is not symmetric")
        if len(key) < self.hash.primitive.digest_size:
            raise InvalidKey("an HMAC key is shorter than the hash, which RFC 7518 section 3.2 forbids")
        begun = hmac.new(key, digestmod=self.hash.name)

        def make(message: bytes) -> bytes:
            mac = begun.copy()
            mac.update(message)
            return mac.digest()

        return make


# A length octet of 128 and more says how many octets of length follow: one, in signatures on P-521.
_DER_LONG_FORM = 0x80

Algorithm = Rsa | Ecdsa | EdDsa | Hmac

_SHA256 = Sha2("sha256", hashlib.sha256, hashes.SHA256())
_SHA384 = Sha2("sha384", hashlib.sha384, hashes.SHA384())
_SHA512 = Sha2("sha512", hashlib.sha512, hashes.SHA512())


def _pss(sha2: Sha2) -> padding.PSS:
    # The salt is as long as the hash, no longer (RFC 7518 §3.5); a library's "maximum" fails other verifiers.
    return padding.PSS(padding.MGF1(sha2.primitive), sha2.primitive.digest_size)


ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {
        algorithm.name: algorithm
        for algorithm in (
            Rsa("RS256", padding.PKCS1v15(), _SHA256),
            Rsa("RS384", padding.PKCS1v15(), _SHA384),
            Rsa("RS512", padding.PKCS1v15(), _SHA512),
            Rsa("PS256", _pss(_SHA256), _SHA256),
            Rsa("PS384", _pss(_SHA384), _SHA384),
            Rsa("PS512", _pss(_SHA512), _SHA512),
            Ecdsa("ES256", "P-256", ec.SECP256R1(), _SHA256),
            Ecdsa("ES384", "P-384", ec.SECP384R1(), _SHA384),
            Ecdsa("ES512", "P-521", ec.SECP521R1(), _SHA512),
            EdDsa("EdDSA", "Ed25519"),
            Hmac("HS256", _SHA256),
            Hmac("HS384", _SHA384),
            Hmac("HS512", _SHA512),
        )
    }
)
"""By the name that ``alg`` carries, case-sensitive."""

SYMMETRIC = frozenset(name for name, algorithm in ALGORITHMS.items() if isinstance(algorithm, Hmac))
"""The names of the algorithms whose verifying key can also sign."""

ASYMMETRIC = frozenset(ALGORITHMS) - SYMMETRIC
"""The names of the algorithms whose public key may be published."""
