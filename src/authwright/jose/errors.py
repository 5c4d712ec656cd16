"""
What can be wrong with a JOSE object, one class for each kind of fault.

``detail`` is a constant sentence, unique in the code base, for the log: it never holds a token, a key or
anything else that was received. The errors about claims also say which claim, what it held and what was
wanted, so that a resource server can tell people what to change; these are public values of a token whose
signature was good.
"""

from typing import Any


class JoseError(Exception):
    """Any refusal of this package. Catch this to refuse a token whatever was wrong with it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Malformed(JoseError):
    """The bytes do not have the form that the specification gives them."""


class MalformedBase64url(Malformed):
    """:rfc:`7515#section-2`: not base64url without padding, or not its one canonical spelling."""


class MalformedJson(Malformed):
    """:rfc:`8259`: not a JSON object in UTF-8 with unique member names, within the bounds."""


class MalformedJws(Malformed):
    """:rfc:`7515#section-5.2`: not a JWS in compact serialization, or a header that must be refused."""


class UnsupportedAlgorithm(JoseError):
    """The algorithm is not in the table, not allowed here, or not the algorithm of the key."""


class InvalidKey(JoseError):
    """The key is malformed, weak, inconsistent, or may not be used for this."""


class NoMatchingKey(JoseError):
    """No key, or no single key, of the set is the one the header asks for. A fresher key set may have it."""


class InvalidSignature(JoseError):
    """:rfc:`7515#section-5.2`: the signature is not that of this key over these bytes."""


class InvalidClaims(JoseError):
    """
    :rfc:`7519#section-7.2`: the token is authentic, and not for this use.

    *claim* is the name of the claim (or of the header member ``typ``); *received* and *expected* are its
    value and the value wanted, where there are any.
    """

    def __init__(self, detail: str, *, claim: str, received: Any = None, expected: Any = None) -> None:
        super().__init__(detail)
        self.claim = claim
        self.received = received
        self.expected = expected


class MissingClaim(InvalidClaims):
    """A required claim is absent."""


class MalformedClaim(InvalidClaims):
    """A registered claim has another JSON type than :rfc:`7519#section-4.1` gives it."""


class WrongType(InvalidClaims):
    """:rfc:`8725#section-3.11`: ``typ`` is not that of the kind of token expected."""


class WrongIssuer(InvalidClaims):
    """:rfc:`8725#section-3.8`: ``iss`` is not the issuer expected."""


class WrongAudience(InvalidClaims):
    """:rfc:`8725#section-3.9`: ``aud`` does not contain this recipient."""


class TokenExpired(InvalidClaims):
    """:rfc:`7519#section-4.1.4`: ``exp`` has passed, leeway included."""


class TokenNotYetValid(InvalidClaims):
    """:rfc:`7519#section-4.1.5`: ``nbf``, or ``iat``, lies ahead, leeway included."""
