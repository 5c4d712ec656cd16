"""
Every choice that the specifications leave to an authorization server, its default and its reason.

A `Policy` is a frozen value; relaxing one is written out where the server is built and is visible there.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from authwright.oauth.redirect_uri import is_loopback, matches
from authwright.oauth.types import ClientId

ACR_PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
"""A password over a protected channel, by the name that deployed providers give it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """
    The protocol choices of one issuer. All lifetimes are whole seconds.

    The defaults follow OAuth 2.1 and :rfc:`9700`.
    """

    authorization_code_lifetime: timedelta = timedelta(seconds=60)
    """:rfc:`6749#section-4.1.2` allows ten minutes; a browser needs seconds, FAPI 2.0 allows one minute."""

    access_token_lifetime: timedelta = timedelta(minutes=10)
    """For tokens whose API names no lifetime of its own. A JWT cannot be recalled from an API that verifies
    locally, so its lifetime bounds what a thief gains (:rfc:`9700#section-4.10`)."""

    id_token_lifetime: timedelta = timedelta(minutes=10)
    """An ID token is read once, at sign-in; later it serves as ``id_token_hint``, where expiry is ignored."""

    refresh_token_lifetime: timedelta = timedelta(days=30)
    """Sliding: each rotation starts it anew (:rfc:`9700#section-4.14.2`, expiry on inactivity)."""

    grant_lifetime: timedelta = timedelta(days=180)
    """Hard end of a grant, however often it is refreshed."""

    refresh_reuse_leeway: timedelta = timedelta(seconds=30)
    """A rotated refresh token from the same client is answered with a sibling for this long: two tabs that
    refresh at once, or a lost response, are honest. Later, reuse revokes the grant
    (:rfc:`9700#section-4.14.2`)."""

    interaction_lifetime: timedelta = timedelta(minutes=30)
    """How long a person may take between the authorization request and the end of login and consent."""

    session_lifetime: timedelta = timedelta(hours=12)
    """How long a sign-in lasts in a browser, at most."""

    client_assertion_lifetime: timedelta = timedelta(hours=1)
    """The furthest ``exp`` accepted in a client assertion: bounds the memory of used ``jti`` values."""

    clock_leeway: timedelta = timedelta(seconds=60)
    """How far off a client's clock may be, in the times of its assertions, and how far ahead that of another
    node of this server, in ``iat`` of an access token."""

    acr_values_supported: AbstractSet[str] = frozenset({ACR_PASSWORD})
    """Authentication context classes that `Session.acr` may hold."""

    any_loopback_redirect: AbstractSet[ClientId] = frozenset()
    """Clients whose redirect URIs may be any http URI of this machine, beside what they registered: for a
    server that is on this machine itself, for development. It is here and not in `Client`, so that it cannot
    be declared, stored, or copied with the data to a server that other people use."""

    def is_registered(self, received: str, registered: Iterable[str], client_id: ClientId) -> bool:
        """Whether the redirect URI *received* is one of those *registered* for the client."""
        return any(matches(uri, received) for uri in registered) or (
            client_id in self.any_loopback_redirect and is_loopback(received)
        )
