"""Records for storage tests: each valid, each with every member set, told apart by a name."""

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.records import (
    AuthorizationCode,
    Client,
    Consent,
    Grant,
    Interaction,
    OpaqueAccessToken,
    ProtectedResource,
    RefreshToken,
    ScopeDescription,
    Session,
    Step,
)
from authwright.authorization_server.writes import AddAuthorizationCode, AddGrant, AddSession
from authwright.idp.records import Account, Group, OneTimeLink, StoredSigningKey
from authwright.jose.jwks import parse_jwks
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Digest, GrantId, Seconds, SessionId, Subject, Timestamp

NOW = Timestamp(1_800_000_000)

ALICE = Subject("alice")
APP = ClientId("app")

JWKS = parse_jwks(
    {
        "keys": [
            {
                # RFC 8037 appendix A.2
                "kty": "OKP",
                "crv": "Ed25519",
                "kid": "app-1",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }
        ]
    }
)


def later(seconds: int) -> Timestamp:
    return Timestamp(NOW + seconds)


def client(client_id: str = APP, **changed) -> Client:
    members = {
        "client_id": ClientId(client_id),
        "client_name": "Ünïcode ✓",
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": frozenset({"authorization_code", "refresh_token"}),
        "scope": Scope("openid", "items:read"),
        "redirect_uris": ("https://app.example.com/b", "https://app.example.com/a"),
        "post_logout_redirect_uris": ("https://app.example.com/bye",),
        "response_types": frozenset({"code"}),
        "application_type": "native",
        "client_secret_digests": (Digest("old"), Digest("new")),
        "jwks_uri": "https://app.example.com/jwks",
        "id_token_signed_response_alg": "PS256",
        "require_pkce": False,
        "require_consent": True,
        "default_max_age": Seconds(3600),
        "require_auth_time": True,
        "roles": ("worker", "auditor"),
        "client_uri": "https://app.example.com/",
        "logo_uri": "https://app.example.com/logo",
        "policy_uri": "https://app.example.com/policy",
        "tos_uri": "https://app.example.com/tos",
        "created_at": NOW,
        "disabled_at": later(1),
    }
    return Client(**(members | changed))


def protected_resource(resource: str = "https://api.example.com", **changed) -> ProtectedResource:
    members = {
        "resource": resource,
        "name": "Items",
        "scopes": (ScopeDescription("items:write", "Change"), ScopeDescription("items:read", "Read")),
        "access_token_format": "opaque",
        "access_token_signed_response_alg": "RS256",
        "access_token_lifetime": Seconds(60),
        "introspection_clients": frozenset({ClientId("api"), ClientId("gateway")}),
    }
    return ProtectedResource(**(members | changed))


def session(name: str = "session", **changed) -> Session:
    members = {
        "session_id": SessionId(name),
        "secret_digest": Digest(f"{name}-secret"),
        "subject": ALICE,
        "authenticated_at": NOW,
        "expires_at": later(43_200),
        "acr": "urn:authwright:acr:password",
        "amr": ("pwd", "otp"),
        "user_agent": "Browser",
        "network": "192.0.2.0/24",
    }
    return Session(**(members | changed))


def grant(name: str = "grant", **changed) -> Grant:
    members = {
        "grant_id": GrantId(name),
        "client_id": APP,
        "subject": ALICE,
        "session_id": SessionId("session"),
        "scope": Scope("openid", "items:read"),
        "resources": ("https://api.example.com", "https://another.example.com"),
        "auth_time": NOW,
        "acr": "urn:authwright:acr:password",
        "amr": ("pwd", "otp"),
        "offline": False,
        "created_at": NOW,
        "expires_at": later(86_400),
    }
    return Grant(**(members | changed))


def code(name: str = "code", **changed) -> AuthorizationCode:
    members = {
        "code_digest": Digest(name),
        "grant": grant(),
        "redirect_uri": "https://app.example.com/a",
        "code_challenge": "challenge",
        "nonce": "nonce",
        "issued_at": NOW,
        "expires_at": later(60),
    }
    return AuthorizationCode(**(members | changed))


def refresh_token(name: str = "refresh", **changed) -> RefreshToken:
    members = {
        "refresh_token_digest": Digest(name),
        "grant": grant(),
        "issued_at": NOW,
        "expires_at": later(3600),
    }
    return RefreshToken(**(members | changed))


def access_token(name: str = "access", **changed) -> OpaqueAccessToken:
    members = {
        "access_token_digest": Digest(name),
        "grant": grant(),
        "client_id": APP,
        "subject": ALICE,
        "scope": Scope("items:read"),
        "resources": ("https://api.example.com",),
        "issued_at": NOW,
        "expires_at": later(600),
    }
    return OpaqueAccessToken(**(members | changed))


def machine_token(name: str = "machine", **changed) -> OpaqueAccessToken:
    """By client_credentials: nobody's, and of no grant."""
    return access_token(name, **({"grant": None, "subject": None} | changed))


def consent(**changed) -> Consent:
    members = {
        "subject": ALICE,
        "client_id": APP,
        "scope": Scope("openid"),
        "given_at": NOW,
        "access": {"https://api.example.com": Scope("items:read"), "https://none.example.com": Scope()},
    }
    return Consent(**(members | changed))


def interaction(name: str = "interaction", **changed) -> Interaction:
    members = {
        "interaction_digest": Digest(name),
        "browser_digest": Digest("browser"),
        "parameters": (("state", "a b"), ("client_id", "app"), ("empty", "")),
        "created_at": NOW,
        "expires_at": later(1800),
        "completed": frozenset({Step.LOGIN}),
    }
    return Interaction(**(members | changed))


def event(detail: str = "", **changed) -> Event:
    members = {
        "kind": EventKind.CODE_ISSUED,
        "at": NOW,
        "client_id": APP,
        "subject": ALICE,
        "session_id": SessionId("session"),
        "grant_id": GrantId("grant"),
        "network": "192.0.2.0/24",
        "detail": detail,
    }
    return Event(**(members | changed))


def account(name: str = "alice", **changed) -> Account:
    members = {
        "subject": Subject(name),
        "username": name.capitalize(),
        "normal_username": name,
        "claims": {"name": "Alice Ä", "email_verified": True, "address": {"country": "SE"}, "updated_at": 7},
        "roles": ("admin",),
        "groups": ("editors", "authors"),
        "password_hash": "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA",
        "created_at": NOW,
        "updated_at": NOW,
        "disabled_at": later(1),
    }
    return Account(**(members | changed))


def group(name: str = "editors", **changed) -> Group:
    return Group(**({"name": name, "roles": ("writer", "reader")} | changed))


def signing_key(kid: str = "key-1", **changed) -> StoredSigningKey:
    members = {
        "kid": kid,
        "alg": "ES256",
        "sealed_private_jwk": b"\x00sealed\xff",
        "created_at": NOW,
        "activates_at": later(86_400),
    }
    return StoredSigningKey(**(members | changed))


def one_time_link(name: str = "link", **changed) -> OneTimeLink:
    members = {
        "link_digest": Digest(name),
        "purpose": "recovery",
        "subject": ALICE,
        "expires_at": later(600),
    }
    return OneTimeLink(**(members | changed))


SIGNED_IN = (AddSession(session()),)
GRANTED = (*SIGNED_IN, AddGrant(grant()))
CODE_ISSUED = (*GRANTED, AddAuthorizationCode(code()))
