"""
JSON Web Signature, compact serialization: sign, verify. :rfc:`7515#section-3.1`, §5.

The JSON serializations, detached and unencoded payloads (:rfc:`7797`) and extensions named by ``crit`` are
not understood and are refused. ``jwk``, ``jku``, ``x5u`` and ``x5c`` are carried, never used: keys come from
the caller (:rfc:`8725#section-3.10`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from .algorithms import ALGORITHMS
from .encoding import b64url_decode, b64url_segment, dump_json, parse_json_object
from .errors import InvalidKey, MalformedJws, NoMatchingKey, UnsupportedAlgorithm
from .jwk import Jwk
from .jwks import Jwks

MAX_JWS_BYTES = 16_384
"""Default bound of a token, checked before anything else is done with it."""

# `crit` promises extensions that must be understood (RFC 7515 §4.1.11), and none is; `b64` would change what
# is signed (RFC 7797); `enc` and `zip` belong to JWE (RFC 7516 §4.1).
_REFUSED_MEMBERS = frozenset({"crit", "b64", "enc", "zip"})


@dataclass(frozen=True, slots=True)
class UnverifiedJws:
    """
    A JWS of good form, of which nothing is proven. `verify` takes it.

    *header* and *unverified_payload* are for one purpose: to learn whose key to verify with.
    """

    header: Mapping[str, Any] = field(repr=False)
    unverified_payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Jws:
    """A JWS whose signature was good. *header* is read-only."""

    header: Mapping[str, Any]
    payload: bytes = field(repr=False)


_NO_EXTRAS: Mapping[str, Any] = MappingProxyType({})


def sign(payload: bytes, key: Jwk, *, typ: str | None = None, header: Mapping[str, Any] = _NO_EXTRAS) -> str:
    """
    The JWS of *payload*, signed with the one algorithm of *key*; ``alg`` and ``kid`` are the key's.

    *header* adds members, such as the ``jwk`` of a DPoP proof; it cannot replace ``alg``, ``kid`` or ``typ``.
    Raises `InvalidKey` when the key cannot sign, or has more than one algorithm to choose from.
    """
    if len(key.signers) != 1:
        raise InvalidKey("a key for signing is public, not for signing, or an RSA key without alg")
    ((alg, signer),) = key.signers.items()
    if header:
        protected = _header_segment(alg, key.kid, typ, **header)
    else:
        protected = _plain_header_segment(alg, key.kid, typ)
    signing_input = protected + b"." + b64url_segment(payload)
    return (signing_input + b"." + b64url_segment(signer(signing_input))).decode("ascii")


def _header_segment(alg: str, kid: str | None, typ: str | None, **extras: Any) -> bytes:
    members = {"alg": alg, "kid": kid, "typ": typ, **extras}
    return b64url_segment(dump_json({name: value for name, value in members.items() if value is not None}))


_plain_header_segment = lru_cache(maxsize=64)(_header_segment)


def parse(token: str | bytes, *, max_bytes: int = MAX_JWS_BYTES) -> UnverifiedJws:
    """
    Take a compact JWS apart. :rfc:`7515#section-5.2`, steps 1 to 7. Proves nothing.

    Raises `Malformed` errors: more than *max_bytes*, not exactly three segments of canonical base64url, a
    header that is not a JSON object with unique members, an ``alg``, ``kid``, ``typ`` or ``cty`` that is not a
    string, or a member that must be understood and is not.
    """
    if len(token) > max_bytes:
        raise MalformedJws("a JWS is longer than allowed")
    if isinstance(token, str):
        try:
            token = token.encode("ascii")
        except UnicodeEncodeError:
            raise MalformedJws("a JWS holds a character beyond ASCII") from None
    segments = token.split(b".", 3)
    if len(segments) != 3:
        raise MalformedJws("a JWS does not have three segments")
    header, payload, signature = segments
    return UnverifiedJws(
        header=_parse_header(header),
        unverified_payload=b64url_decode(payload),
        signing_input=token[: len(header) + 1 + len(payload)],
        signature=b64url_decode(signature),
    )


def _parse_header(segment: bytes) -> Mapping[str, Any]:
    members = parse_json_object(b64url_decode(segment))
    if not _REFUSED_MEMBERS.isdisjoint(members):
        raise MalformedJws("a JWS header has a member that must be understood and is not")
    if not isinstance(members.get("alg"), str):
        raise MalformedJws("a JWS header has no alg, or it is not a string")
    for name in ("kid", "typ", "cty"):
        if name in members and not isinstance(members[name], str):
            raise MalformedJws("kid, typ or cty of a JWS header is not a string")
    return MappingProxyType(members)


def verify(token: str | bytes | UnverifiedJws, keys: Jwk | Jwks, *, algorithms: Collection[str]) -> Jws:
    """
    The header and payload of *token*, once its signature is proven. :rfc:`7515#section-5.2`.

    *algorithms* are those allowed here; the algorithm used is the key's, and the header must name it. Raises
    `Malformed`, `UnsupportedAlgorithm`, `NoMatchingKey`, `InvalidSignature`.
    """
    jws = token if isinstance(token, UnverifiedJws) else parse(token)
    alg = jws.header["alg"]
    if isinstance(algorithms, str):
        raise TypeError("algorithms is a collection of names: in a string, 'in' would find substrings")
    if alg not in algorithms or alg not in ALGORITHMS:
        raise UnsupportedAlgorithm("the algorithm of a JWS is not allowed here")
    if isinstance(keys, Jwks):
        key = keys.find(jws.header)
    else:
        key = keys
        kid = jws.header.get("kid")
        if kid is not None and key.kid is not None and kid != key.kid:
            raise NoMatchingKey("the kid of a JWS is not that of the key")
        if alg not in key.verifiers:
            raise UnsupportedAlgorithm("the algorithm of a JWS is not that of the key")
    key.verifiers[alg](jws.signature, jws.signing_input)
    return Jws(jws.header, jws.unverified_payload)
