"""`Tokens`: what a client has got of one grant, to keep on the server and to use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from authwright.jose.errors import JoseError
from authwright.oauth import claims as members_of
from authwright.oauth.errors import InvalidScope
from authwright.oauth.scope import Scope, parse_scope
from authwright.oauth.types import Secret, Subject, Timestamp

from . import stored_value
from .errors import InvalidStoredValue
from .problems import FOREIGN_TOKENS, MALFORMED_STORED_VALUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """
    The tokens of one grant. Their type is Bearer: whoever has them can use them, so a web application keeps
    them on the server.

    *issuer* is whose they are. *scope* is what the access token may do, which can be less than was asked for.
    *expires_at* is the access token's, None when the server did not say. *claims* are those of the ID token,
    which were checked when it came; empty without one.
    """

    issuer: str
    access_token: Secret
    scope: Scope
    expires_at: Timestamp | None = None
    refresh_token: Secret | None = None
    id_token: Secret | None = None
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @property
    def sub(self) -> Subject | None:
        """Who signed in; None without an ID token. Unique only together with *issuer*."""
        return self.claims.get("sub")

    @property
    def authorization(self) -> Secret:
        """The ``Authorization`` header that carries the access token. :rfc:`6750#section-2.1`."""
        return Secret(f"Bearer {self.access_token.reveal()}")

    def check_issuer(self, issuer: str) -> None:
        """Check that *issuer* made these tokens, and may see them. Raises `InvalidStoredValue`."""
        if self.issuer != issuer:
            raise InvalidStoredValue(FOREIGN_TOKENS, received=self.issuer, expected=issuer)

    def is_fresh(self, now: Timestamp, *, margin: int = 0) -> bool:
        """Whether the access token will be good for another *margin* seconds, as far as is known."""
        return self.expires_at is None or now + margin < self.expires_at

    def serialize(self) -> str:
        """These tokens as text for a server-side session: base64url, not encrypted."""
        return stored_value.dump(
            {
                "issuer": self.issuer,
                "access_token": self.access_token.reveal(),
                "scope": str(self.scope) or None,
                "expires_at": self.expires_at,
                "refresh_token": None if self.refresh_token is None else self.refresh_token.reveal(),
                "id_token": None if self.id_token is None else self.id_token.reveal(),
                "claims": dict(self.claims),
            }
        )

    @classmethod
    def deserialize(cls, text: str) -> "Tokens":
        """The tokens that `serialize` wrote, not checked again. Raises `InvalidStoredValue`."""
        try:
            members = stored_value.load(text)
            return cls(
                issuer=members_of.required_text(members, "issuer"),
                access_token=Secret(members_of.required_text(members, "access_token")),
                scope=parse_scope(members_of.text(members, "scope") or ""),
                expires_at=members_of.timestamp(members, "expires_at"),
                refresh_token=_secret(members, "refresh_token"),
                id_token=_secret(members, "id_token"),
                claims=MappingProxyType(stored_value.inner(members, "claims")),
            )
        except (JoseError, InvalidScope) as error:
            raise InvalidStoredValue(MALFORMED_STORED_VALUE) from error


def _secret(members: Mapping[str, Any], name: str) -> Secret | None:
    value = members_of.text(members, name)
    return None if value is None else Secret(value)
