"""
From the parameters of a JWK to key objects and back. :rfc:`7518#section-6`, :rfc:`8037#section-2`.

A key that comes out of here has been checked, whichever way it came in: sizes and exponents, points on their
curve, and a private half that belongs to the public one. :rfc:`8725#section-3.4`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typing_extensions import assert_never

from . import weak_keys
from .algorithms import PrivateKey, PublicKey
from .encoding import b64url_decode, b64url_encode
from .errors import InvalidKey, MalformedBase64url

_CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_CRV_OF = {curve.name: crv for crv, curve in _CURVES.items()}

_RSA_FACTORS = ("p", "q", "dp", "dq", "qi")
_RSA_PRIVATE = ("d", *_RSA_FACTORS)


@dataclass(frozen=True, slots=True)
class AsymmetricKey:
    """A checked key pair, or the public half of one."""

    public: PublicKey
    private: PrivateKey | None = None


def octets(members: Mapping[str, Any], name: str) -> bytes:
    """The octets of a member that every key of this type has."""
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidKey("a JWK lacks a parameter of its key type, or it is not a string")
    try:
        return b64url_decode(value)
    except MalformedBase64url:
        raise InvalidKey("a JWK parameter is not base64url") from None


def _unsigned(members: Mapping[str, Any], name: str) -> int:
    # Base64urlUInt, RFC 7518 §2: the fewest octets that hold the number.
    value = octets(members, name)
    if value[0] == 0 or len(value) > weak_keys.MAX_RSA_BITS // 8:
        raise InvalidKey("an RSA parameter has a leading zero octet or is too large")
    return int.from_bytes(value, "big")


def _fixed(members: Mapping[str, Any], name: str, size: int) -> bytes:
    value = octets(members, name)
    if len(value) != size:
        raise InvalidKey("a curve parameter does not have the length of its curve")
    return value


def is_private(members: Mapping[str, Any]) -> bool:
    """Whether a JWK of an asymmetric type carries anything that belongs to the private half."""
    return "d" in members or any(name in members for name in (*_RSA_FACTORS, "oth"))


def read(members: Mapping[str, Any]) -> AsymmetricKey | None:
    """The key pair of a JWK, or None when ``kty`` (or ``crv``) is not one of ours."""
    match members.get("kty"), members.get("crv"):
        case "RSA", _:
            return _read_rsa(members)
        case "EC", str(crv) if crv in _CURVES:
            return _read_ec(members, _CURVES[crv])
        case "OKP", "Ed25519":
            return _read_ed25519(members)
        case _:
            return None


def _read_rsa(members: Mapping[str, Any]) -> AsymmetricKey:
    numbers = rsa.RSAPublicNumbers(_unsigned(members, "e"), _unsigned(members, "n"))
    weak_keys.check_rsa(numbers)
    if not is_private(members):
        return AsymmetricKey(numbers.public_key())
    if "oth" in members:
        raise InvalidKey("RSA keys with more than two primes are not supported")
    # RFC 7518 §6.3.2 lets the factors be absent, all together; every key generator writes them.
    d, p, q, dp, dq, qi = (_unsigned(members, name) for name in _RSA_PRIVATE)
    try:
        private = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, numbers).private_key()
    except ValueError:
        raise InvalidKey("an RSA private key is not consistent") from None
    return AsymmetricKey(private.public_key(), private)


def _read_ec(members: Mapping[str, Any], curve: ec.EllipticCurve) -> AsymmetricKey:
    size = (curve.key_size + 7) // 8
    point = b"\x04" + _fixed(members, "x", size) + _fixed(members, "y", size)
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    except ValueError:
        raise InvalidKey("a point is not on its curve") from None
    if not is_private(members):
        return AsymmetricKey(public)
    try:
        private = ec.derive_private_key(int.from_bytes(_fixed(members, "d", size), "big"), curve)
    except ValueError:
        raise InvalidKey("an EC private key is out of range") from None
    if private.public_key() != public:
        raise InvalidKey("an EC private key does not belong to its public key")
    return AsymmetricKey(public, private)


def _read_ed25519(members: Mapping[str, Any]) -> AsymmetricKey:
    encoded = _fixed(members, "x", 32)
    weak_keys.check_ed25519(encoded)
    public = Ed25519PublicKey.from_public_bytes(encoded)
    if not is_private(members):
        return AsymmetricKey(public)
    private = Ed25519PrivateKey.from_private_bytes(_fixed(members, "d", 32))
    if private.public_key() != public:
        raise InvalidKey("an Ed25519 private key does not belong to its public key")
    return AsymmetricKey(public, private)


def _integer(value: int) -> str:
    return b64url_encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def public_members(key: PublicKey) -> dict[str, str]:
    """``kty`` and the public parameters, in the spelling that :rfc:`7638#section-3.3` hashes."""
    match key:
        case rsa.RSAPublicKey():
            numbers = key.public_numbers()
            weak_keys.check_rsa(numbers)
            return {"e": _integer(numbers.e), "kty": "RSA", "n": _integer(numbers.n)}
        case ec.EllipticCurvePublicKey():
            crv = _CRV_OF.get(key.curve.name)
            if crv is None:
                raise InvalidKey("an EC key is on a curve that is not supported")
            point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            size = len(point) // 2
            x, y = b64url_encode(point[1 : 1 + size]), b64url_encode(point[1 + size :])
            return {"crv": crv, "kty": "EC", "x": x, "y": y}
        case Ed25519PublicKey():
            encoded = key.public_bytes_raw()
            weak_keys.check_ed25519(encoded)
            return {"crv": "Ed25519", "kty": "OKP", "x": b64url_encode(encoded)}
        case _ as unreachable:
            assert_never(unreachable)


def private_members(key: PrivateKey) -> dict[str, str]:
    """The parameters that must not be shown. :rfc:`7518#section-6.3.2`, §6.2.2, :rfc:`8037#section-2`."""
    match key:
        case rsa.RSAPrivateKey():
            n = key.private_numbers()
            values = (n.d, n.p, n.q, n.dmp1, n.dmq1, n.iqmp)
            return {name: _integer(value) for name, value in zip(_RSA_PRIVATE, values, strict=True)}
        case ec.EllipticCurvePrivateKey():
            size = (key.curve.key_size + 7) // 8
            return {"d": b64url_encode(key.private_numbers().private_value.to_bytes(size, "big"))}
        case Ed25519PrivateKey():
            return {"d": b64url_encode(key.private_bytes_raw())}
        case _ as unreachable:
            assert_never(unreachable)
