"""
From the parameters of a JWK to key objects and back. :rfc:`7518#section-6`, :rfc:`8037#section-2`.

A key that comes out of here has been checked, whichever way it came in: sizes and exponents, points on their
curve, and a private half that belongs to the public one. :rfc:`8725#section-3.4`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .algorithms import PrivateKey, PublicKey
from .encoding import b64url_decode, b64url_encode
from .errors import InvalidKey, MalformedBase64url, UnsupportedAlgorithm
from .weak_keys import MAX_RSA_BITS, check_ed25519, check_rsa

_CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_CRV_OF = {curve.name: crv for crv, curve in _CURVES.items()}

_RSA_PRIVATE = ("d", "p", "q", "dp", "dq", "qi")
_PRIVATE = frozenset({*_RSA_PRIVATE, "oth"})


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The key objects of an asymmetric key, or of the public half of one. Checked when made."""

    public: PublicKey
    private: PrivateKey | None = None

    def __post_init__(self) -> None:
        match self.public:
            case rsa.RSAPublicKey():
                check_rsa(self.public.public_numbers())
            case ec.EllipticCurvePublicKey():
                if self.public.curve.name not in _CRV_OF:
                    raise UnsupportedAlgorithm("an EC key is on a curve that is not supported")
            case Ed25519PublicKey():
                check_ed25519(self.public.public_bytes_raw())
            case _ as unreachable:
                assert_never(unreachable)

    def public_members(self) -> dict[str, str]:
        """``kty`` and the public parameters, in the spelling that :rfc:`7638#section-3.3` hashes."""
        match self.public:
            case rsa.RSAPublicKey():
                numbers = self.public.public_numbers()
                return {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}
            case ec.EllipticCurvePublicKey():
                point = self.public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
                size = len(point) // 2
                x, y = b64url_encode(point[1 : 1 + size]), b64url_encode(point[1 + size :])
                return {"kty": "EC", "crv": _CRV_OF[self.public.curve.name], "x": x, "y": y}
            case Ed25519PublicKey():
                return {"kty": "OKP", "crv": "Ed25519", "x": b64url_encode(self.public.public_bytes_raw())}
            case _ as unreachable:
                assert_never(unreachable)

    def private_members(self) -> dict[str, str]:
        """
        What must not be shown. :rfc:`7518#section-6.3.2`, §6.2.2, :rfc:`8037#section-2`.

        Raises `InvalidKey` when there is no private half.
        """
        match self.private:
            case None:
                raise InvalidKey("the private half of a public key was asked for")
            case rsa.RSAPrivateKey():
                n = self.private.private_numbers()
                values = (n.d, n.p, n.q, n.dmp1, n.dmq1, n.iqmp)
                return {name: _integer(value) for name, value in zip(_RSA_PRIVATE, values, strict=True)}
            case ec.EllipticCurvePrivateKey():
                value = self.private.private_numbers().private_value
                return {"d": b64url_encode(value.to_bytes(_octets_of(self.private.curve), "big"))}
            case Ed25519PrivateKey():
                return {"d": b64url_encode(self.private.private_bytes_raw())}
            case _ as unreachable:
                assert_never(unreachable)


@dataclass(frozen=True, slots=True)
class Octets:
    """A symmetric key. It verifies and signs with the same octets."""

    private: bytes

    @property
    def public(self) -> bytes:
        """What verifies: the secret itself. Not public in any other sense."""
        return self.private

    def public_members(self) -> dict[str, str]:
        """``kty`` alone."""
        return {"kty": "oct"}

    def private_members(self) -> dict[str, str]:
        """The secret. :rfc:`7518#section-6.4`."""
        return {"k": b64url_encode(self.private)}


KeyMaterial = KeyPair | Octets


def is_private(members: Mapping[str, Any]) -> bool:
    """Whether a JWK of an asymmetric type carries anything that belongs to the private half."""
    return not _PRIVATE.isdisjoint(members)


def read(members: Mapping[str, Any]) -> KeyMaterial:
    """
    The key that the parameters of a JWK describe.

    Raises `UnsupportedAlgorithm` for a ``kty`` or ``crv`` that is not one of ours, `InvalidKey` for a key
    that is not what it claims to be.
    """
    match members.get("kty"), members.get("crv"):
        case "RSA", _:
            return _read_rsa(members)
        case "EC", ("P-256" | "P-384" | "P-521") as crv:
            return _read_ec(members, _CURVES[crv])
        case "OKP", "Ed25519":
            return _read_ed25519(members)
        case "oct", _:
            return Octets(_octets(members, "k"))
        case _:
            raise UnsupportedAlgorithm("the key type or curve of a JWK is not supported")


def _read_rsa(members: Mapping[str, Any]) -> KeyPair:
    numbers = rsa.RSAPublicNumbers(_unsigned(members, "e"), _unsigned(members, "n"))
    try:
        public = KeyPair(numbers.public_key())
    except ValueError:
        raise InvalidKey("RSA parameters are not a public key") from None
    if not is_private(members):
        return public
    if "oth" in members:
        raise InvalidKey("RSA keys with more than two primes are not supported")
    # RFC 7518 §6.3.2 lets all but `d` be absent; those who generate keys write them.
    d, p, q, dp, dq, qi = (_unsigned(members, name) for name in _RSA_PRIVATE)
    try:
        private = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, numbers).private_key()
    except ValueError:
        raise InvalidKey("an RSA private key is not consistent") from None
    return KeyPair(private.public_key(), private)


def _read_ec(members: Mapping[str, Any], curve: ec.EllipticCurve) -> KeyPair:
    size = _octets_of(curve)
    point = b"\x04" + _fixed(members, "x", size) + _fixed(members, "y", size)
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    except ValueError:
        raise InvalidKey("a point is not on its curve") from None
    if not is_private(members):
        return KeyPair(public)
    try:
        private = ec.derive_private_key(int.from_bytes(_fixed(members, "d", size), "big"), curve)
    except ValueError:
        raise InvalidKey("an EC private key is out of range") from None
    if private.public_key() != public:
        raise InvalidKey("an EC private key does not belong to its public key")
    return KeyPair(public, private)


def _read_ed25519(members: Mapping[str, Any]) -> KeyPair:
    size = 32
    public = Ed25519PublicKey.from_public_bytes(_fixed(members, "x", size))
    if not is_private(members):
        return KeyPair(public)
    private = Ed25519PrivateKey.from_private_bytes(_fixed(members, "d", size))
    if private.public_key() != public:
        raise InvalidKey("an Ed25519 private key does not belong to its public key")
    return KeyPair(public, private)


def _octets(members: Mapping[str, Any], name: str) -> bytes:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidKey("a JWK lacks a parameter of its key type, or it is not a string")
    try:
        return b64url_decode(value)
    except MalformedBase64url:
        raise InvalidKey("a JWK parameter is not base64url") from None


def _unsigned(members: Mapping[str, Any], name: str) -> int:
    # Base64urlUInt, RFC 7518 §2: the fewest octets that hold the number.
    value = _octets(members, name)
    if value[0] == 0 or len(value) > MAX_RSA_BITS // 8:
        raise InvalidKey("an RSA parameter has a leading zero octet or is too large")
    return int.from_bytes(value, "big")


def _fixed(members: Mapping[str, Any], name: str, size: int) -> bytes:
    value = _octets(members, name)
    if len(value) != size:
        raise InvalidKey("a curve parameter does not have the length of its curve")
    return value


def _integer(value: int) -> str:
    return b64url_encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _octets_of(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8
