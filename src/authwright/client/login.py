"""
`Login`: what a client keeps between the redirect to the authorization server and the callback.

It binds the two to one browser: ``state`` (:rfc:`6749#section-10.12`), ``nonce`` (OpenID Connect Core
§3.1.2.1), ``code_verifier`` (:rfc:`7636#section-4.1`), and the issuer, so that a code is only ever taken to
whom the request went (:rfc:`9700#section-4.4`).
"""

import secrets
from dataclasses import dataclass
from typing import Final

from authwright.jose.errors import JoseError
from authwright.oauth import claims
from authwright.oauth.errors import InvalidScope
from authwright.oauth.scope import Scope, parse_scope
from authwright.oauth.types import Seconds, Secret, Timestamp

from . import stored_value
from .errors import InvalidStoredValue
from .problems import MALFORMED_STORED_VALUE

LOGIN_LIFETIME: Final = Seconds(3600)
"""How long a person may take at the authorization server: long enough to recover a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """
    One login under way in one browser.

    Keep it where only this browser's requests find it and nobody can plant another: in the server-side
    session, or in a cookie that is signed and ``HttpOnly``. Whoever can place a `Login` of their own into
    somebody's browser can sign that person in as somebody else. A browser with several tabs has several: keep
    each under its *state*. Forget it at the callback, whatever the outcome.
    """

    issuer: str
    redirect_uri: str
    state: Secret
    nonce: Secret
    code_verifier: Secret
    scope: Scope
    created_at: Timestamp
    resource: tuple[str, ...] = ()
    max_age: Seconds | None = None

    def serialize(self) -> str:
        """The login as text for a session or cookie: base64url, some 600 characters, not encrypted."""
        return stored_value.dump(
            {
                "issuer": self.issuer,
                "redirect_uri": self.redirect_uri,
                "state": self.state.reveal(),
                "nonce": self.nonce.reveal(),
                "code_verifier": self.code_verifier.reveal(),
                "scope": str(self.scope) or None,
                "created_at": self.created_at,
                "resource": list(self.resource),
                "max_age": self.max_age,
            }
        )

    @classmethod
    def deserialize(cls, text: str) -> "Login":
        """The login that `serialize` wrote. Raises `InvalidStoredValue`."""
        try:
            members = stored_value.load(text)
            max_age = claims.timestamp(members, "max_age")
            return cls(
                issuer=claims.required_text(members, "issuer"),
                redirect_uri=claims.required_text(members, "redirect_uri"),
                state=Secret(claims.required_text(members, "state")),
                nonce=Secret(claims.required_text(members, "nonce")),
                code_verifier=Secret(claims.required_text(members, "code_verifier")),
                scope=parse_scope(claims.text(members, "scope") or ""),
                created_at=claims.required_timestamp(members, "created_at"),
                resource=claims.texts(members, "resource"),
                max_age=None if max_age is None else Seconds(max_age),
            )
        except (JoseError, InvalidScope) as error:
            raise InvalidStoredValue(MALFORMED_STORED_VALUE) from error


def new_login(
    *,
    issuer: str,
    redirect_uri: str,
    scope: Scope,
    resource: tuple[str, ...],
    max_age: Seconds | None,
    now: Timestamp,
) -> Login:
    """A login that begins *now*, with 256 random bits each in ``state``, ``nonce`` and ``code_verifier``."""
    return Login(
        issuer=issuer,
        redirect_uri=redirect_uri,
        state=Secret(secrets.token_urlsafe(32)),
        nonce=Secret(secrets.token_urlsafe(32)),
        code_verifier=Secret(secrets.token_urlsafe(32)),
        scope=scope,
        created_at=now,
        resource=resource,
        max_age=max_age,
    )
