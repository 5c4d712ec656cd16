"""
How the access tokens of other issuers differ from :rfc:`9068`.

RFC 9068 came late, and the largest issuers mark and fill their JWT access tokens in their own ways. A
`TokenProfile` says by name which deviation an API accepts: it stands in the API's configuration and is
never guessed from a token.

Theory. What tells an access token from an ID token in RFC 9068 is the header ``typ: at+jwt``
(:rfc:`9068#section-2.1`). An issuer that writes ``typ: JWT`` into both needs another mark, or a login at any
of its clients would open the API (:rfc:`9068#section-5`, :rfc:`8725#section-3.12`). A profile therefore
names claims that only access tokens have (*required_claims*, *required_values*) and claims that they never
have (*forbidden_claims*).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

ClaimPath = tuple[str, ...]
"""The way to a claim through JSON objects: ``("realm_access", "roles")``."""

AUDIENCE: Final = "{audience}"
"""Stands in a `ClaimPath` for the API's own audience."""

_AT_JWT: Final = frozenset[str | None]({"at+jwt"})
_AT_JWT_OR_JWT: Final = frozenset[str | None]({"at+jwt", None})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProfile:
    """
    Where one issuer's access tokens hold what an API needs.

    *client_id*, *scope*: the first of these claims that is present is read. *roles*, *groups*: all are read
    and joined. To vary a profile, for instance by the namespaced claim of a tenant, use
    `dataclasses.replace`.
    """

    name: str
    types: frozenset[str | None] = _AT_JWT
    """Header ``typ`` values accepted. None stands for ``JWT`` and for no ``typ`` at all."""

    client_id: tuple[str, ...] = ("client_id",)
    scope: tuple[str, ...] = ("scope",)
    roles: tuple[ClaimPath, ...] = (("roles",),)
    groups: tuple[ClaimPath, ...] = (("groups",),)
    requires_client_id: bool = True
    required_claims: frozenset[str] = frozenset()
    """Beyond ``iss``, ``sub``, ``aud`` and ``exp``, which every profile requires."""

    required_values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Claims that must have just this value."""

    forbidden_claims: frozenset[str] = frozenset({"nonce", "at_hash", "c_hash", "events"})
    """Claims of ID tokens (Core §2, §3.3.2.11) and of security event tokens (:rfc:`8417#section-2.2`)."""


RFC_9068: Final = TokenProfile(name="RFC 9068", required_claims=frozenset({"iat", "jti"}))
""":rfc:`9068#section-2.2`: authwright, and every issuer that says ``at+jwt``."""

KEYCLOAK: Final = TokenProfile(
    name="Keycloak",
    types=_AT_JWT_OR_JWT,
    client_id=("client_id", "azp"),
    roles=(("realm_access", "roles"), ("resource_access", AUDIENCE, "roles"), ("roles",)),
    required_values=MappingProxyType({"typ": "Bearer"}),
    # Older releases put the nonce into access tokens too; the claim typ tells the kinds apart.
    forbidden_claims=frozenset({"at_hash", "c_hash", "events"}),
)
"""
Keycloak. The kind of each token is in a *claim* ``typ``; realm roles and the API's client roles are joined.
"""

AUTH0: Final = TokenProfile(
    name="Auth0",
    types=_AT_JWT_OR_JWT,
    client_id=("client_id", "azp"),
    roles=(("permissions",), ("roles",)),
)
"""Auth0, its own dialect and its RFC 9068 dialect. ID tokens have the client, never an API, as audience."""

ENTRA: Final = TokenProfile(
    name="Microsoft Entra ID",
    types=_AT_JWT_OR_JWT,
    client_id=("azp", "appid"),
    scope=("scp",),
    required_claims=frozenset({"ver", "iat"}),
)
"""Entra ID; the client is ``azp`` in version 2.0 and ``appid`` in version 1.0, and in ID tokens neither."""

OPENID_CONNECT: Final = TokenProfile(
    name="OpenID Connect",
    types=_AT_JWT_OR_JWT,
    client_id=("client_id", "azp", "cid"),
    scope=("scope", "scp"),
    requires_client_id=False,
)
"""Any other issuer of JWT access tokens. The least strict; an issuer's own profile is better."""
