"""
JSON Web Key: parse, generate, export, thumbprint. :rfc:`7517#section-4`, :rfc:`7638`.

What a key may do is settled when it is read: ``kty``, ``crv``, ``alg``, ``use`` and ``key_ops`` must agree,
and from them follow the algorithms it verifies and signs with, each bound to its key object. A token can only
name one of these, so no token can turn a public key into an HMAC secret (:rfc:`8725#section-3.1`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm as _UnsupportedByOpenSsl
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from typing_extensions import assert_never

from . import key_material
from .algorithms import ALGORITHMS, Algorithm, Ecdsa, EdDsa, Hmac, Rsa, Signer, Verifier
from .encoding import b64url_encode, dump_json
from .errors import InvalidKey, UnsupportedAlgorithm
from .key_material import AsymmetricKey

_SIGNATURE_OPERATIONS = frozenset({"sign", "verify"})


@dataclass(frozen=True, slots=True, eq=False)
class Jwk:
    """
    A key that was checked, with everything it can do ready to be called.

    *parameters* are ``kty`` and the public parameters of the key type, canonical; empty of anything secret.
    *verifiers* and *signers* map each algorithm the key may be used with to the operation: one entry for most
    keys, several for an RSA key without ``alg``, none where ``use`` or ``key_ops`` say so.
    """

    parameters: Mapping[str, str]
    kid: str | None
    alg: str | None
    use: str | None
    key_ops: tuple[str, ...] | None
    verifiers: Mapping[str, Verifier] = field(repr=False)
    signers: Mapping[str, Signer] = field(repr=False)
    _private: Mapping[str, str] = field(repr=False)

    @property
    def kty(self) -> str:
        """``kty``: RSA, EC, OKP or oct."""
        return self.parameters["kty"]

    @property
    def is_private(self) -> bool:
        """Whether the key holds something secret."""
        return bool(self._private)

    def public(self) -> "Jwk":
        """The same key without its private half. Raises `InvalidKey` for a symmetric key, which has none."""
        self._check_asymmetric()
        key_ops = self.key_ops
        if key_ops is not None and "sign" in key_ops:
            key_ops = tuple(dict.fromkeys("verify" if op == "sign" else op for op in key_ops))
            return parse_jwk({**self.to_dict(), "key_ops": list(key_ops)})
        return replace(self, signers=_NOTHING, _private=_NOTHING)

    def thumbprint(self) -> str:
        """
        The SHA-256 thumbprint in base64url. :rfc:`7638#section-3`.

        Not for symmetric keys (`InvalidKey`): it would publish a hash of the secret, :rfc:`7638#section-7`.
        """
        self._check_asymmetric()
        return _thumbprint(self.parameters)

    def to_dict(self, *, private: bool = False) -> dict[str, Any]:
        """
        The JWK as a JSON object. Without *private* it can be published.

        Raises `InvalidKey` where *private* asks for what is not there, or a symmetric key is to be published.
        """
        if private and not self._private:
            raise InvalidKey("the private half of a public key was asked for")
        if not private:
            self._check_asymmetric()
        described: dict[str, Any] = {
            "kid": self.kid,
            "alg": self.alg,
            "use": self.use,
            "key_ops": None if self.key_ops is None else list(self.key_ops),
        }
        members = {name: value for name, value in described.items() if value is not None}
        return {**self.parameters, **members, **(self._private if private else {})}

    def _check_asymmetric(self) -> None:
        if self.kty == "oct":
            raise InvalidKey("a symmetric key has no public half")


_NOTHING: Mapping[str, Any] = MappingProxyType({})


def parse_jwk(members: Mapping[str, Any]) -> Jwk:
    """
    The key that a JWK describes, private when it has private parameters. :rfc:`7517#section-4`.

    Members that are not understood are ignored. Raises `UnsupportedAlgorithm` for a ``kty``, ``crv`` or ``alg``
    that is not in the table, `InvalidKey` for a key that is malformed, weak or contradicts itself.
    """
    key = key_material.read(members)
    if key is None:
        if members.get("kty") != "oct":
            raise UnsupportedAlgorithm("the key type or curve of a JWK is not supported")
        return _describe(key_material.octets(members, "k"), members)
    return _describe(key, members)


def generate_jwk(alg: str, *, kid: str | None = None, rsa_bits: int = 2048) -> Jwk:
    """
    A new private key for *alg*; ``kid`` is the thumbprint unless given.

    Takes its randomness from OpenSSL. Raises `UnsupportedAlgorithm` for an *alg* without a key pair.
    """
    algorithm = _algorithm(alg)
    match algorithm:
        case Rsa():
            return _named(rsa.generate_private_key(65_537, rsa_bits), alg, kid)
        case Ecdsa():
            return _named(ec.generate_private_key(algorithm.curve), alg, kid)
        case EdDsa():
            return _named(Ed25519PrivateKey.generate(), alg, kid)
        case Hmac():
            raise UnsupportedAlgorithm("symmetric keys are made from secrets, not generated")
        case _ as unreachable:
            assert_never(unreachable)


def _named(private: key_material.PrivateKey, alg: str, kid: str | None) -> Jwk:
    key = AsymmetricKey(private.public_key(), private)
    kid = kid or _thumbprint(key_material.public_members(key.public))
    return _describe(key, {"alg": alg, "use": "sig", "kid": kid})


def symmetric_jwk(secret: str | bytes, alg: str, *, kid: str | None = None) -> Jwk:
    """
    The HMAC key that a secret is; a string counts as its UTF-8 octets (OpenID Connect Core §10.1).

    Raises `InvalidKey` when the secret is shorter than the hash, :rfc:`7518#section-3.2`.
    """
    octets = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
    return _describe(
        octets, {"alg": alg, "use": "sig"} if kid is None else {"alg": alg, "use": "sig", "kid": kid}
    )


def parse_pem(data: bytes, alg: str, *, kid: str | None = None) -> Jwk:
    """
    The public key of a PEM file (SubjectPublicKeyInfo, or PKCS#1 for RSA), for use with *alg*.

    ``kid`` is the thumbprint unless given. Raises `InvalidKey`.
    """
    try:
        public = load_pem_public_key(data)
    except (ValueError, _UnsupportedByOpenSsl):
        raise InvalidKey("a PEM file does not hold a public key") from None
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey):
        raise InvalidKey("a PEM file holds a public key of a type that is not supported")
    kid = kid or _thumbprint(key_material.public_members(public))
    return _describe(AsymmetricKey(public), {"alg": alg, "use": "sig", "kid": kid})


def _algorithm(alg: str) -> Algorithm:
    try:
        return ALGORITHMS[alg]
    except KeyError:
        raise UnsupportedAlgorithm("an algorithm is not in the table") from None


def _thumbprint(parameters: Mapping[str, str]) -> str:
    # The required members alone, in lexicographic order, without white space: RFC 7638 §3.3.
    return b64url_encode(hashlib.sha256(dump_json(dict(sorted(parameters.items())))).digest())


def _describe(key: AsymmetricKey | bytes, members: Mapping[str, Any]) -> Jwk:
    kid, alg, use = (_optional_string(members, name) for name in ("kid", "alg", "use"))
    key_ops = _operations(members, use)
    parameters = {"kty": "oct"} if isinstance(key, bytes) else key_material.public_members(key.public)
    algorithms = _algorithms_of(parameters, alg)
    verifies = use in (None, "sig") and (key_ops is None or "verify" in key_ops)
    signs = use in (None, "sig") and (key_ops is None or "sign" in key_ops)
    if isinstance(key, bytes):
        public, private = key, key
        secret = {"k": b64url_encode(key)}
    else:
        public, private = key.public, key.private
        secret = {} if private is None else key_material.private_members(private)
    return Jwk(
        parameters=MappingProxyType(parameters),
        kid=kid,
        alg=alg,
        use=use,
        key_ops=key_ops,
        verifiers=MappingProxyType({a.name: a.verifier(public) for a in algorithms} if verifies else {}),
        signers=MappingProxyType(
            {a.name: a.signer(private) for a in algorithms} if signs and private is not None else {}
        ),
        _private=MappingProxyType(secret),
    )


def _algorithms_of(parameters: Mapping[str, str], alg: str | None) -> tuple[Algorithm, ...]:
    kty, crv = parameters["kty"], parameters.get("crv")
    if alg is not None:
        algorithm = _algorithm(alg)
        if (algorithm.kty, algorithm.crv) != (kty, crv):
            raise InvalidKey("the alg of a JWK does not go with its kty or crv")
        return (algorithm,)
    if kty == "oct":
        raise InvalidKey("a symmetric JWK does not say its alg")
    return tuple(a for a in ALGORITHMS.values() if (a.kty, a.crv) == (kty, crv))


def _optional_string(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is None and name not in members:
        return None
    if not isinstance(value, str) or not value:
        raise InvalidKey("kid, alg or use of a JWK is not a string")
    return value


def _operations(members: Mapping[str, Any], use: str | None) -> tuple[str, ...] | None:
    if "key_ops" not in members:
        return None
    value = members["key_ops"]
    if not isinstance(value, list | tuple) or not all(isinstance(op, str) for op in value):
        raise InvalidKey("key_ops of a JWK is not an array of strings")
    operations = tuple(value)
    if len(set(operations)) != len(operations):
        raise InvalidKey("key_ops of a JWK names an operation twice")
    # RFC 7517 §4.3: where both are given, they must agree.
    if use == "sig" and not _SIGNATURE_OPERATIONS.issuperset(operations):
        raise InvalidKey("use and key_ops of a JWK contradict each other")
    if use == "enc" and not _SIGNATURE_OPERATIONS.isdisjoint(operations):
        raise InvalidKey("use and key_ops of a JWK contradict each other: enc")
    return operations
