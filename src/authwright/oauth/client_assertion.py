"""
Client authentication with a signed JWT, ``private_key_jwt``: made by the client, checked by the server.

:rfc:`7523#section-3`, OpenID Connect Core §9. The server remembers each ``jti`` for as long as its assertion
would be accepted, so that it counts once; therefore no assertion may live long.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from authwright.jose import jws, jwt
from authwright.jose.algorithms import ASYMMETRIC
from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import JoseError
from authwright.jose.jwk import Jwk
from authwright.jose.jwks import Jwks

from . import claims as read
from .errors import InvalidClient
from .types import ClientId, Seconds, Timestamp

CLIENT_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""``client_assertion_type``, :rfc:`7523#section-2.2`."""

ALGORITHMS: Final = ASYMMETRIC
"""Not HMAC: client_secret_jwt is another method, and needs the secret, of which a server keeps a digest."""

# Most clients still send "JWT"; the explicit type is that of the update of RFC 7523.
_TYPES: Final = (None, "client-authentication+jwt")


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """
    A checked assertion: what must be remembered of it so that it is used once.

    *expires_at* is when it stops being accepted, leeway included.
    """

    jti: str
    expires_at: Timestamp


def make(
    client_id: ClientId, key: Jwk, *, audience: str, jti: str, now: Timestamp, lifetime: Seconds = Seconds(60)
) -> str:
    """
    The assertion of *client_id* for *audience*, signed with the one algorithm of its private *key*.

    *audience* is best the issuer identifier: an assertion for a token endpoint's URL can be lured to another
    server that names the same URL. *jti* must be unguessable or at least unique.
    """
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": jti,
        "iat": now,
        "exp": now + lifetime,
    }
    return jwt.sign(claims, key, typ="JWT")


def unverified_client_id(assertion: str) -> ClientId:
    """
    Who *assertion* says it is from, in order to find the keys that can prove it; nothing is proven yet.

    Raises `InvalidClient` when it is no JWT or names no client.
    """
    try:
        claims = parse_json_object(jws.parse(assertion).unverified_payload)
        return ClientId(read.required_text(claims, "sub"))
    except JoseError as error:
        raise InvalidClient(error.detail) from error


def check(
    assertion: str,
    *,
    client_id: ClientId,
    keys: Jwks,
    audiences: Collection[str],
    now: Timestamp,
    leeway: Seconds = Seconds(60),
    max_lifetime: Seconds = Seconds(3600),
) -> ClientAssertion:
    """
    Check that *assertion* is by *client_id*, for one of *audiences*, and good at *now*.

    :rfc:`7523#section-3`. *leeway* is how far the client's clock may be off, *max_lifetime* how far ahead
    ``exp`` may lie by that clock. Raises `InvalidClient`. That its ``jti`` is used once is for the caller to
    see to.
    """
    try:
        claims = jwt.verify(
            assertion,
            keys,
            algorithms=ALGORITHMS,
            typ=_TYPES,
            issuer=client_id,
            audience=audiences,
            now=now,
            leeway=leeway,
        ).claims
        subject = read.required_text(claims, "sub")
        jti = read.required_text(claims, "jti")
        expires_at = read.required_timestamp(claims, "exp")
    except JoseError as error:
        raise InvalidClient(error.detail) from error
    if subject != client_id:
        raise InvalidClient("the subject of the client_assertion is not its issuer")
    # A client whose clock is ahead sees its own end that much later; Authlib's assertions live just an hour.
    if expires_at > now + max_lifetime + leeway:
        raise InvalidClient("the client_assertion expires too far in the future")
    # One second more, because exp may have had a fraction.
    return ClientAssertion(jti, Timestamp(expires_at + leeway + 1))
