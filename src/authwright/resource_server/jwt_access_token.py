"""
Verifying a JWT access token without asking anybody. :rfc:`9068#section-4`.

The checks are those of `authwright.oauth.access_token` and of the JOSE layer below it; here each of their
refusals gets its code, and an unknown key its second chance.
"""

from typing import Final, cast

from authwright.jose import jws
from authwright.jose.errors import (
    InvalidClaims,
    InvalidSignature,
    JoseError,
    Malformed,
    NoMatchingKey,
    TokenExpired,
    TokenNotYetValid,
    UnsupportedAlgorithm,
    WrongAudience,
    WrongIssuer,
    WrongType,
)
from authwright.jose.jwks import Jwks
from authwright.oauth import access_token
from authwright.oauth.access_token import AccessToken
from authwright.oauth.types import Timestamp

from .expectation import Expectation
from .keys import KeyCache
from .refusals import (
    EXPIRED,
    INVALID_SIGNATURE,
    MALFORMED_TOKEN,
    NOT_YET_VALID,
    PROOF_REQUIRED,
    UNKNOWN_KEY,
    WRONG_ALGORITHM,
    WRONG_AUDIENCE,
    WRONG_CLAIMS,
    WRONG_ISSUER,
    WRONG_TYPE,
    Refused,
)

_BY_FAULT: Final = (
    (Malformed, MALFORMED_TOKEN),
    (UnsupportedAlgorithm, WRONG_ALGORITHM),
    (NoMatchingKey, UNKNOWN_KEY),
    (WrongType, WRONG_TYPE),
    (WrongIssuer, WRONG_ISSUER),
    (WrongAudience, WRONG_AUDIENCE),
    (TokenExpired, EXPIRED),
    (TokenNotYetValid, NOT_YET_VALID),
)

# Of a claim that is missing, malformed or must not be there.
_BY_CLAIM: Final = {"iss": WRONG_ISSUER, "aud": WRONG_AUDIENCE, "cnf": PROOF_REQUIRED}


async def verify_jwt(token: str, keys: KeyCache, expectation: Expectation, *, now: Timestamp) -> AccessToken:
    """
    The access token that *token* is, verified with the issuer's *keys*. Raises `Refused`.

    Does I/O only when there are no fresh keys, or none that the token names.
    """
    try:
        known = await keys.current()
        try:
            return _verify(token, known, expectation, now)
        except (NoMatchingKey, InvalidSignature) as error:
            kid = jws.parse(token).header.get("kid")
            # A token without kid means the issuer's only key, which may have a successor: only its signature
            # shows that it is another (OpenID Connect Core §10.1). Under a name it is forged.
            if isinstance(error, InvalidSignature) and kid is not None:
                raise
            fresher = await keys.after_miss(kid)
            if fresher is known:
                raise
            return _verify(token, fresher, expectation, now)
    except JoseError as error:
        raise refused(error) from error


def _verify(token: str, keys: Jwks, expectation: Expectation, now: Timestamp) -> AccessToken:
    return access_token.verify(
        token,
        keys,
        issuer=expectation.issuer,
        audience=expectation.audience,
        algorithms=expectation.algorithms,
        now=now,
        leeway=expectation.leeway_seconds,
        profile=expectation.profile,
    )


def refused(error: JoseError) -> Refused:
    """The refusal that *error* is to the caller of an API."""
    if isinstance(error, InvalidClaims):
        row = _BY_CLAIM.get(error.claim, WRONG_CLAIMS)
        received = f"claim {error.claim}" if error.received is None else error.received
        expected = _readable(error.expected)
    else:
        row, received, expected = INVALID_SIGNATURE, None, None  # what is no other fault counts as forged
    row = next((row for fault, row in _BY_FAULT if isinstance(error, fault)), row)
    return Refused(row, error.detail, received=received, expected=expected)


def _readable(expected: object) -> object:
    """The accepted types of a profile as a list, where None stands for what has no type of its own."""
    if not isinstance(expected, frozenset):
        return expected
    return sorted(typ or "JWT" for typ in cast("frozenset[str | None]", expected))
