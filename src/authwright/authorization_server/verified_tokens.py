"""
What this issuer has verified of its own JWT access tokens lately.

An API that asks about every call shows the same token again and again, and so does an app at userinfo; to
prove its signature anew is more than half of what the answer costs. The proof is a function of the token and
the keys alone, so it may be remembered. Nothing that can change is: the time is looked at here, and the
grant, the revocation, the client and the person by who asks.
"""

from typing import Final, final

from authwright.jose.algorithms import ASYMMETRIC
from authwright.jose.jwks import Jwks
from authwright.oauth.access_token import AccessToken, check_own_times, verify_own
from authwright.oauth.types import Digest, Seconds, Secret, Timestamp

MOST: Final = 4_096
"""Some ten megabytes when full. Only what this issuer signed gets in, so strangers cannot fill it."""


@final
class VerifiedTokens:
    """Remembers of one issuer. By digest, so that the tokens themselves are not kept."""

    __slots__ = ("_keys", "_verified")

    def __init__(self) -> None:
        self._keys: Jwks | None = None
        self._verified: dict[Digest, AccessToken] = {}

    def verify(
        self, token: Secret, keys: Jwks, *, issuer: str, now: Timestamp, clock_leeway: Seconds
    ) -> AccessToken:
        """
        As `verify_own`, and raises as it does.

        *keys* are compared by identity: with any other set everything is forgotten, so that a token of a key
        that was withdrawn is refused as soon as the key is.
        """
        if keys is not self._keys:
            self._keys = keys
            self._verified.clear()
        digest = token.digest()
        known = self._verified.get(digest)
        if known is not None:
            check_own_times(known, now=now, clock_leeway=clock_leeway)
            return known
        verified = verify_own(
            token.reveal(), keys, issuer=issuer, algorithms=ASYMMETRIC, now=now, clock_leeway=clock_leeway
        )
        if len(self._verified) >= MOST:
            # The oldest: dictionaries keep the order of insertion.
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = verified
        return verified
