"""What the authorization server needs of the world beside storage and the time (`authwright.oauth.clock`)."""

from collections.abc import Mapping
from typing import Any, Protocol

from authwright.authorization_server.records import Client, Person
from authwright.jose.jwks import Jwks
from authwright.oauth.types import Subject


class Entropy(Protocol):
    """Makes values that nobody can guess, from the operating system's generator."""

    def secret(self) -> str:
        """256 bits as 43 characters of unpadded base64url: codes, tokens, cookies."""
        ...

    def identifier(self) -> str:
        """128 bits as 22 characters of unpadded base64url: names that need to be unique, not secret."""
        ...


class Signer(Protocol):
    """Holds the issuer's private keys. They never leave it, so an HSM can stand behind it."""

    async def sign(self, claims: Mapping[str, Any], *, alg: str, typ: str | None) -> str:
        """
        A compact JWS of *claims* by the active key for *alg*, with its ``kid`` in the header.

        Raises `LookupError` when there is no key for *alg*.
        """
        ...

    def jwks(self) -> Jwks:
        """
        The public keys that verifiers need: active, not yet active, not yet outlived by their tokens.

        The same object as long as they are the same keys, for what is remembered of tokens is of one of them.
        """
        ...

    async def renewed_jwks(self) -> Jwks:
        """
        `jwks` after asking whether another node has made a key that this one has not heard of: for a token
        whose key is unknown here. Does I/O, and no more of it however many ask at once.
        """
        ...


class Accounts(Protocol):
    """Knows the people."""

    async def person(self, subject: Subject) -> Person | None:
        """The person now, disabled ones included (``active`` is False). Does I/O."""
        ...


class ClientKeys(Protocol):
    """Finds the public keys with which a client signs its assertions."""

    async def keys(self, client: Client, *, kid: str | None) -> Jwks:
        """
        The client's registered ``jwks``, or those behind its ``jwks_uri``, by I/O through the guarded
        transport and cached; fetched again, at most once a minute, when none has *kid*.
        Empty when there are none or they cannot be had.
        """
        ...
