"""
What the authorization server remembers. Frozen values; storage maps each to a row.

The `Grant` is the root: code, refresh tokens and opaque access tokens hang from it, and a JWT access token
names it in its ``jti``. Revoking a grant therefore ends everything that it gave, in one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from authwright.jose.jwks import Jwks
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Digest, GrantId, Seconds, SessionId, Subject, Timestamp

TokenEndpointAuthMethod = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
AccessTokenFormat = Literal["jwt", "opaque"]


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client, :rfc:`6749#section-2`, in the words of :rfc:`7591#section-2`."""

    client_id: ClientId
    client_name: str
    token_endpoint_auth_method: TokenEndpointAuthMethod
    grant_types: frozenset[str]
    scope: Scope
    """The most this client may ask for, of identity and of API scopes."""

    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    response_types: frozenset[str] = frozenset({"code"})
    application_type: Literal["web", "native"] = "web"
    client_secret_digests: tuple[Digest, ...] = ()
    """Of generated secrets; two while one replaces the other."""

    jwks: Jwks | None = None
    jwks_uri: str | None = None
    id_token_signed_response_alg: str = "RS256"
    require_pkce: bool = True
    """False is an exception that somebody made for this client, and shows wherever the client is listed."""

    require_consent: bool = False
    """Whether the person is asked before the first token. Always, for clients that registered themselves."""

    default_max_age: Seconds | None = None
    require_auth_time: bool = False
    roles: tuple[str, ...] = ()
    """Roles of the client itself, for tokens that it gets with client_credentials."""

    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    created_at: Timestamp = Timestamp(0)
    disabled_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class ScopeDescription:
    """A scope token of an API and what it means to a person who is asked for consent."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """An API: the ``resource`` of :rfc:`8707` and the ``aud`` of its access tokens."""

    resource: str
    name: str
    scopes: tuple[ScopeDescription, ...]
    access_token_format: AccessTokenFormat = "jwt"
    access_token_signed_response_alg: str = "ES256"
    access_token_lifetime: Seconds | None = None
    """None: the policy's."""

    introspection_clients: frozenset[ClientId] = frozenset()
    """Confidential clients that act for this API at the introspection endpoint (:rfc:`7662#section-2.1`)."""

    scope: Scope = field(init=False, repr=False, compare=False)
    """The names of *scopes*."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "scope", Scope(*(scope.name for scope in self.scopes)))


@dataclass(frozen=True, slots=True)
class Session:
    """
    A sign-in of one person in one browser.

    *secret_digest* is of the cookie's value, which is new with every authentication: a cookie from before
    the sign-in is worth nothing after it. *authenticated_at* is ``auth_time``.
    """

    session_id: SessionId
    secret_digest: Digest
    subject: Subject
    authenticated_at: Timestamp
    expires_at: Timestamp
    acr: str
    amr: tuple[str, ...]
    user_agent: str = ""
    network: str = ""
    ended_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """
    What a person allowed one client at one time.

    *offline*: ``offline_access`` was granted, so the grant outlives the session that made it.
    *expires_at* is hard: no refresh moves it. Without *offline* it is no later than the session's.
    """

    grant_id: GrantId
    client_id: ClientId
    subject: Subject
    session_id: SessionId
    scope: Scope
    resources: tuple[str, ...]
    auth_time: Timestamp
    acr: str
    amr: tuple[str, ...]
    offline: bool
    created_at: Timestamp
    expires_at: Timestamp
    revoked_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """
    :rfc:`6749#section-4.1.2`. *redirect_uri* is as the authorization request sent it, None when it sent none;
    *code_challenge* is None only for a client with the PKCE exception.
    """

    code_digest: Digest
    grant: Grant
    redirect_uri: str | None
    code_challenge: str | None
    nonce: str | None
    issued_at: Timestamp
    expires_at: Timestamp
    redeemed_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """:rfc:`6749#section-1.5`, rotating: *rotated_at* is set when its successor is issued."""

    refresh_token_digest: Digest
    grant: Grant
    issued_at: Timestamp
    expires_at: Timestamp
    rotated_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class OpaqueAccessToken:
    """An access token by reference. *grant* and *subject* are None for client_credentials."""

    access_token_digest: Digest
    grant: Grant | None
    client_id: ClientId
    subject: Subject | None
    scope: Scope
    resources: tuple[str, ...]
    issued_at: Timestamp
    expires_at: Timestamp
    revoked_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """
    A person's remembered yes to one client; a later request inside it is not asked again.

    *scope* is all that was allowed; *access* says at which API which of it, by resource indicator, since the
    scope tokens of two APIs may read alike.
    """

    subject: Subject
    client_id: ClientId
    scope: Scope
    given_at: Timestamp
    access: Mapping[str, Scope] = field(default_factory=lambda: MappingProxyType({}))


class Step(StrEnum):
    """A page that an authorization request may need."""

    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


@dataclass(frozen=True, slots=True)
class Interaction:
    """
    An authorization request on its way through login and consent.

    Bound to one browser by *browser_digest* (of a cookie), so that a link to it is useless elsewhere.
    *parameters* are the request's own, proved anew at every step. *completed* remembers the steps that
    were done for this request, which is how ``prompt=login`` asks exactly once.
    """

    interaction_digest: Digest
    browser_digest: Digest
    parameters: tuple[tuple[str, str], ...]
    created_at: Timestamp
    expires_at: Timestamp
    completed: frozenset[Step] = frozenset()
    ended_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """
    What the authorization server knows of a resource owner: who, the claims, the roles and groups.

    *claims* are standard claims of OpenID Connect Core §5.1 in their JSON types, without ``sub``.
    """

    subject: Subject
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    active: bool = True
