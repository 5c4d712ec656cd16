"""The introspection response, written by the server and parsed by the API. :rfc:`7662#section-2.2`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import JoseError, MalformedClaim

from . import claims
from .errors import InvalidScope
from .invalid_value import InvalidValue
from .scope import Scope, parse_scope
from .types import ClientId, Subject, Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class IntrospectionResponse:
    """
    What the authorization server says of a token.

    *claims* is the whole response, with members of other specifications such as ``roles`` and ``groups``.
    """

    active: bool
    scope: Scope = field(default_factory=Scope)
    client_id: ClientId | None = None
    username: str | None = None
    token_type: str | None = None
    expires_at: Timestamp | None = None
    issued_at: Timestamp | None = None
    not_before: Timestamp | None = None
    subject: Subject | None = None
    audience: tuple[str, ...] = ()
    issuer: str | None = None
    jti: str | None = None
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def to_dict(self) -> dict[str, Any]:
        """
        The JSON response: *claims* with the named members over them.

        An inactive token is told of in one word, since anything else would inform whoever guesses.
        """
        if not self.active:
            return {"active": False}
        named = {
            "scope": str(self.scope) or None,
            "client_id": self.client_id,
            "username": self.username,
            "token_type": self.token_type,
            "exp": self.expires_at,
            "iat": self.issued_at,
            "nbf": self.not_before,
            "sub": self.subject,
            "aud": claims.write_audience(self.audience),
            "iss": self.issuer,
            "jti": self.jti,
        }
        present = {name: value for name, value in named.items() if value is not None}
        return {**self.claims, **present, "active": True}


INACTIVE: Final = IntrospectionResponse(active=False)
"""Unknown, expired, revoked, malformed, or not for the asker: all the same to whoever asks."""


def parse_introspection_response(body: bytes) -> IntrospectionResponse:
    """Read a response. Raises `InvalidValue`."""
    try:
        members = parse_json_object(body)
    except JoseError:
        raise InvalidValue("the introspection response is not a JSON object") from None
    # Servers write null for what they do not know; RFC 7662 would have them leave it out.
    members = {name: value for name, value in members.items() if value is not None}
    active = members.get("active")
    if not isinstance(active, bool):
        raise InvalidValue("the introspection response does not say whether the token is active")
    try:
        return _read_active(members) if active else INACTIVE
    except MalformedClaim:
        raise InvalidValue("the introspection response has a member of the wrong type") from None
    except InvalidScope:
        raise InvalidValue("the introspection response holds a malformed scope") from None


def _read_active(members: Mapping[str, Any]) -> IntrospectionResponse:
    client_id, subject = claims.text(members, "client_id"), claims.text(members, "sub")
    return IntrospectionResponse(
        active=True,
        scope=parse_scope(" ".join(claims.texts(members, "scope"))),
        client_id=None if client_id is None else ClientId(client_id),
        username=claims.text(members, "username"),
        token_type=claims.text(members, "token_type"),
        expires_at=claims.timestamp(members, "exp"),
        issued_at=claims.timestamp(members, "iat"),
        not_before=claims.timestamp(members, "nbf"),
        subject=None if subject is None else Subject(subject),
        audience=claims.texts(members, "aud"),
        issuer=claims.text(members, "iss"),
        jti=claims.text(members, "jti"),
        claims=MappingProxyType(members),
    )
