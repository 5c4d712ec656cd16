"""JSON Web Key Set: parsing, and the choice of the one key a token asks for. :rfc:`7517#section-5`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from . import key_material
from .encoding import parse_json_object
from .errors import InvalidKey, JoseError, NoMatchingKey, UnsupportedAlgorithm
from .jwk import Jwk, parse_jwk


@dataclass(frozen=True, slots=True)
class Jwks:
    """
    Keys of one issuer. Symmetric and asymmetric keys are not mixed (`InvalidKey`).

    A client's secrets may stand in a set of their own; next to published keys they would make the kind of key
    a question that the token answers.
    """

    keys: tuple[Jwk, ...]
    _usable: Mapping[tuple[str | None, str], tuple[Jwk, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len({key.kty == "oct" for key in self.keys}) > 1:
            raise InvalidKey("a key set mixes symmetric and asymmetric keys")
        # What a header can ask for: an algorithm of a named key, or of any key when it names none.
        usable: dict[tuple[str | None, str], tuple[Jwk, ...]] = {}
        for key in self.keys:
            for wanted in {(kid, alg) for kid in (key.kid, None) for alg in key.verifiers}:
                usable[wanted] = (*usable.get(wanted, ()), key)
        object.__setattr__(self, "_usable", MappingProxyType(usable))

    def find(self, header: Mapping[str, Any]) -> Jwk:
        """
        The one key that verifies a JWS with this header: by ``kid``, and by what the key may do with ``alg``.

        Without ``kid``, the only key that fits (OpenID Connect Core §10.1). Raises `NoMatchingKey` when there
        is none, or more than one: trying keys in turn would let the attacker choose. Raises
        `UnsupportedAlgorithm` when the key that ``kid`` names is not for ``alg``: a newer set will not help.
        """
        kid: str | None = header.get("kid")
        usable = self._usable.get((kid, header["alg"]), ())
        if len(usable) == 1:
            return usable[0]
        if usable:
            raise NoMatchingKey("several keys of the set fit the header")
        if kid is not None and any(key.kid == kid for key in self.keys):
            raise UnsupportedAlgorithm("the key that kid names is not for this algorithm")
        raise NoMatchingKey("no key of the set fits the header")

    def to_dict(self) -> dict[str, Any]:
        """The set to publish: public halves only."""
        return {"keys": [key.to_dict() for key in self.keys]}


def parse_jwks(document: Mapping[str, Any] | bytes) -> Jwks:
    """
    The usable keys of a published key set. :rfc:`7517#section-5`.

    Keys that are not understood, incomplete, weak or contradictory are left out, as are symmetric keys and
    private keys: what is published proves nothing about who signed. Raises `MalformedJson`, or `InvalidKey`
    when there is no array ``keys``.
    """
    read = map(_published, _entries(document))
    return Jwks(tuple(key for key in read if isinstance(key, Jwk)))


def why_unusable(document: Mapping[str, Any] | bytes) -> tuple[str, ...]:
    """
    Why the keys of a published key set verify nothing, each reason once: the details of their `JoseError`.

    For who has to explain a set of which `parse_jwks` leaves nothing. Raises as that does.
    """
    reasons = [
        key.detail if isinstance(key, JoseError) else "a key is not for signatures"
        for key in map(_published, _entries(document))
        if isinstance(key, JoseError) or not key.verifiers
    ]
    return tuple(dict.fromkeys(reasons))


def _entries(document: Mapping[str, Any] | bytes) -> list[object]:
    members = parse_json_object(document) if isinstance(document, bytes) else document
    if not isinstance(members.get("keys"), list):
        raise InvalidKey("a key set has no array of keys")
    return cast("list[object]", members["keys"])


def _published(entry: object) -> Jwk | JoseError:
    """The key, or what keeps it from being used."""
    if not isinstance(entry, Mapping):
        return InvalidKey("an entry of a key set is not an object")
    members = cast("Mapping[str, Any]", entry)
    if members.get("kty") == "oct" or key_material.is_private(members):
        return InvalidKey("a key that is published is symmetric or private")
    try:
        return parse_jwk(members)
    except JoseError as error:
        return error
