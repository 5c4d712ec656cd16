"""
JSON Web Key: parse, generate, export, thumbprint. :rfc:`7517#section-4`, :rfc:`7638`.

What a key may do is settled when it is read: ``kty``, ``crv``, ``alg``, ``use`` and ``key_ops`` must agree,
and from them follow the algorithms it verifies and signs with, each bound to its key object. A token can only
name one of these, so no token can turn a public key into an HMAC secret (:rfc:`8725#section-3.1`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, assert_never, cast

from cryptography.exceptions import UnsupportedAlgorithm as _UnsupportedByOpenSsl
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from . import key_material
from .algorithms import ALGORITHMS, Algorithm, Ecdsa, EdDsa, Hmac, PrivateKey, Rsa, Signer, Verifier
from .encoding import b64url_encode, dump_json
from .errors import InvalidKey, UnsupportedAlgorithm
from .key_material import KeyMaterial, KeyPair, Octets

_SIGNATURE_OPERATIONS = frozenset({"sign", "verify"})


@dataclass(frozen=True, slots=True, eq=False)
class Jwk:
    """
    A key that was checked, with everything it can do ready to be called.

    *parameters* are ``kty`` and the public parameters of the key type, canonical, and nothing secret.
    *verifiers* has an entry for each algorithm that the key may verify: one for most keys, several for an RSA
    key without ``alg``, none where ``use`` or ``key_ops`` say so. *signing* is the one algorithm it signs
    with; None for a public key, and where there would be a choice.
    """

    parameters: Mapping[str, str] = field(repr=False)
    kid: str | None
    alg: str | None
    use: str | None
    key_ops: tuple[str, ...] | None
    verifiers: Mapping[str, Verifier] = field(repr=False)
    signing: tuple[str, Signer] | None = field(repr=False)
    _material: KeyMaterial = field(repr=False)

    @property
    def kty(self) -> str:
        """``kty``: RSA, EC, OKP or oct."""
        return self.parameters["kty"]

    @property
    def is_private(self) -> bool:
        """Whether the key holds something secret."""
        return self._material.private is not None

    def public(self) -> "Jwk":
        """The same key without its private half. Raises `InvalidKey` for a symmetric key, which has none."""
        members = self.to_dict()
        if self.key_ops is not None:
            # What the private half signs, the public half verifies.
            operations = dict.fromkeys("verify" if op == "sign" else op for op in self.key_ops)
            members["key_ops"] = list(operations)
        return _assemble(KeyPair(self._asymmetric().public), members)

    def thumbprint(self) -> str:
        """
        The SHA-256 thumbprint in base64url. :rfc:`7638#section-3`.

        Not for symmetric keys (`InvalidKey`): it would publish a hash of the secret, :rfc:`7638#section-7`.
        """
        return _thumbprint(self._asymmetric())

    def to_dict(self, *, private: bool = False) -> dict[str, Any]:
        """
        The JWK as a JSON object. Without *private* it can be published.

        Raises `InvalidKey` where *private* asks for what is not there, or a symmetric key is to be published.
        """
        material = self._material if private else self._asymmetric()
        members: dict[str, Any] = {**material.public_members()}
        described = {"kid": self.kid, "alg": self.alg, "use": self.use}
        members.update((name, value) for name, value in described.items() if value is not None)
        if self.key_ops is not None:
            members["key_ops"] = list(self.key_ops)
        return members | (material.private_members() if private else {})

    def _asymmetric(self) -> KeyPair:
        if isinstance(self._material, Octets):
            raise InvalidKey("a symmetric key has no public half")
        return self._material


def parse_jwk(members: Mapping[str, Any]) -> Jwk:
    """
    The key that a JWK describes, private when it has private parameters. :rfc:`7517#section-4`.

    Members that are not understood are ignored. Raises `UnsupportedAlgorithm` for a ``kty``, ``crv`` or
    ``alg`` that is not in the table, `InvalidKey` for a key that is malformed, weak or contradicts itself.
    """
    return _assemble(key_material.read(members), members)


def generate_jwk(alg: str, *, kid: str | None = None, rsa_bits: int = 2048) -> Jwk:
    """
    A new private key for *alg*; ``kid`` is the thumbprint unless given.

    Takes its randomness from OpenSSL. Raises `UnsupportedAlgorithm` for an *alg* that has no key pair.
    """
    algorithm = _algorithm(alg)
    match algorithm:
        case Rsa():
            private: PrivateKey = rsa.generate_private_key(65_537, rsa_bits)
        case Ecdsa():
            private = ec.generate_private_key(algorithm.curve)
        case EdDsa():
            private = Ed25519PrivateKey.generate()
        case Hmac():
            raise UnsupportedAlgorithm("symmetric keys are made from secrets, not generated")
        case _ as unreachable:
            assert_never(unreachable)
    return _for_signatures(KeyPair(private.public_key(), private), alg, kid)


def parse_pem(data: bytes, alg: str, *, kid: str | None = None) -> Jwk:
    """
    The public key of a PEM file (SubjectPublicKeyInfo, or PKCS#1 for RSA), for use with *alg*.

    ``kid`` is the thumbprint unless given. Raises as `parse_jwk` does.
    """
    try:
        public = load_pem_public_key(data)
    except (ValueError, _UnsupportedByOpenSsl):
        raise InvalidKey("a PEM file does not hold a public key") from None
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey):
        raise InvalidKey("a PEM file holds a public key of a type that is not supported")
    return _for_signatures(KeyPair(public), alg, kid)


def symmetric_jwk(secret: str | bytes, alg: str, *, kid: str | None = None) -> Jwk:
    """
    The HMAC key that a secret is; a string counts as its UTF-8 octets (OpenID Connect Core §10.1).

    Raises `InvalidKey` when the secret is shorter than the hash, :rfc:`7518#section-3.2`.
    """
    octets = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
    members = {"alg": alg, "use": "sig"}
    return _assemble(Octets(octets), members if kid is None else {**members, "kid": kid})


def _for_signatures(key: KeyPair, alg: str, kid: str | None) -> Jwk:
    return _assemble(key, {"alg": alg, "use": "sig", "kid": _thumbprint(key) if kid is None else kid})


def _thumbprint(key: KeyPair) -> str:
    # The required members alone, in lexicographic order, without white space: RFC 7638 §3.3.
    members = dict(sorted(key.public_members().items()))
    return b64url_encode(hashlib.sha256(dump_json(members)).digest())


def _assemble(material: KeyMaterial, members: Mapping[str, Any]) -> Jwk:
    kid, alg, use = (_optional_string(members, name) for name in ("kid", "alg", "use"))
    key_ops = _operations(members, use)
    parameters = material.public_members()
    algorithms = _algorithms(parameters, alg)
    verifies = use in (None, "sig") and (key_ops is None or "verify" in key_ops)
    signs = use in (None, "sig") and (key_ops is None or "sign" in key_ops)
    signing = None
    if signs and material.private is not None and len(algorithms) == 1:
        signing = (algorithms[0].name, algorithms[0].signer(material.private))
    return Jwk(
        parameters=MappingProxyType(parameters),
        kid=kid,
        alg=alg,
        use=use,
        key_ops=key_ops,
        verifiers=MappingProxyType(
            {a.name: a.verifier(material.public) for a in algorithms} if verifies else {}
        ),
        signing=signing,
        _material=material,
    )


def _algorithm(alg: str) -> Algorithm:
    try:
        return ALGORITHMS[alg]
    except KeyError:
        raise UnsupportedAlgorithm("an algorithm is not in the table") from None


def _algorithms(parameters: Mapping[str, str], alg: str | None) -> tuple[Algorithm, ...]:
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
    if name not in members:
        return None
    value = members[name]
    if not isinstance(value, str) or not value:
        raise InvalidKey("kid, alg or use of a JWK is not a string")
    return value


def _operations(members: Mapping[str, Any], use: str | None) -> tuple[str, ...] | None:
    if "key_ops" not in members:
        return None
    value: object = members["key_ops"]
    if not isinstance(value, list):
        raise InvalidKey("key_ops of a JWK is not an array")
    operations = tuple(op for op in cast("list[object]", value) if isinstance(op, str))
    if len(set(operations)) != len(cast("list[object]", value)):
        raise InvalidKey("key_ops of a JWK names an operation twice, or holds something else")
    # RFC 7517 §4.3: where both are given, they must agree.
    if use == "sig" and not _SIGNATURE_OPERATIONS.issuperset(operations):
        raise InvalidKey("use and key_ops of a JWK contradict each other: sig")
    if use == "enc" and not _SIGNATURE_OPERATIONS.isdisjoint(operations):
        raise InvalidKey("use and key_ops of a JWK contradict each other: enc")
    return operations
