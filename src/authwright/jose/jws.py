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

from .encoding import b64url_decode, b64url_segment, dump_json, parse_json_object
from .errors import InvalidKey, MalformedJws, NoMatchingKey, UnsupportedAlgorithm
from .jwk import Jwk
from .jwks import Jwks

MAX_JWS_BYTES = 16_384
"""Default bound of a token, checked before anything else is done with it."""

# The tokens of an issuer differ in their claims and share a handful of headers. Remembering what a segment
# reads as saves a tenth of a verification; it is a pure function of the bytes, so this changes no outcome.
_known_headers: dict[bytes, Mapping[str, Any]] = {}
_MAX_KNOWN = 128
_MAX_KNOWN_BYTES = 512

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


def sign(payload: bytes, key: Jwk, *, typ: str | None = None, header: Mapping[str, Any] | None = None) -> str:
    """
    The JWS of *payload*, signed with the one algorithm of *key*; ``alg`` and ``kid`` are the key's.

    *header* adds members, such as the ``jwk`` of a DPoP proof; it cannot replace ``alg``, ``kid`` or ``typ``.
    Raises `InvalidKey` when the key cannot sign, or has more than one algorithm to choose from.
    """
    if key.signing is None:
        raise InvalidKey("a key for signing is public, not for signing, or an RSA key without alg")
    alg, signer = key.signing
    protected = _usual_header(alg, key.kid, typ) if header is None else _header(alg, key.kid, typ, header)
    signing_input = protected + b64url_segment(payload)
    return (signing_input + b"." + b64url_segment(signer(signing_input))).decode("ascii")


def _header(alg: str, kid: str | None, typ: str | None, extras: Mapping[str, Any] | None = None) -> bytes:
    # The segment and the dot after it.
    members = {**(extras or {}), "alg": alg, "kid": kid, "typ": typ}
    return (
        b64url_segment(dump_json({name: value for name, value in members.items() if value is not None}))
        + b"."
    )


_usual_header = lru_cache(maxsize=64)(_header)


def parse(token: str | bytes, *, max_bytes: int = MAX_JWS_BYTES) -> UnverifiedJws:
    """
    Take a compact JWS apart. :rfc:`7515#section-5.2`, steps 1 to 7. Proves nothing.

    Raises `Malformed` errors: more than *max_bytes*, not exactly three segments of canonical base64url, a
    header that is not a JSON object with unique members, an ``alg``, ``kid``, ``typ`` or ``cty`` that is not
    a string, or a member that must be understood and is not.
    """
    if len(token) > max_bytes:
        raise MalformedJws("a JWS is longer than allowed")
    if isinstance(token, str):
        try:
            token = token.encode("ascii")
        except UnicodeEncodeError:
            raise MalformedJws("a JWS holds a character beyond ASCII") from None
    signing_input, _, signature = token.rpartition(b".")
    header, dot, payload = signing_input.partition(b".")
    if not dot or b"." in payload:
        raise MalformedJws("a JWS does not have three segments")
    return UnverifiedJws(
        _parse_header(header), b64url_decode(payload), signing_input, b64url_decode(signature)
    )


def _parse_header(segment: bytes) -> Mapping[str, Any]:
    header = _known_headers.get(segment)
    if header is None:
        header = _read_header(segment)
        # Only flat ones are shared, so that none can be changed by who receives it.
        if len(segment) <= _MAX_KNOWN_BYTES and all(type(value) is str for value in header.values()):
            if len(_known_headers) >= _MAX_KNOWN:
                _known_headers.clear()
            _known_headers[segment] = header
    return header


def _read_header(segment: bytes) -> Mapping[str, Any]:
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
    check_signature(jws, keys, algorithms=algorithms)
    return Jws(jws.header, jws.unverified_payload)


def check_signature(jws: UnverifiedJws, keys: Jwk | Jwks, *, algorithms: Collection[str]) -> None:
    """Raise as `verify` does, unless the signature of *jws* is proven."""
    if isinstance(algorithms, str):
        raise TypeError("algorithms is a collection of names; in a string, 'in' would find substrings")
    alg = jws.header["alg"]
    if alg not in algorithms:
        raise UnsupportedAlgorithm("the algorithm of a JWS is not allowed here")
    if isinstance(keys, Jwks):
        key = keys.find(jws.header)
    else:
        key = keys
        if key.kid is not None and jws.header.get("kid", key.kid) != key.kid:
            raise NoMatchingKey("the kid of a JWS is not that of the key")
    verifier = key.verifiers.get(alg)
    if verifier is None:
        raise UnsupportedAlgorithm("the algorithm of a JWS is not that of the key")
    verifier(jws.signature, jws.signing_input)
