"""
Every table that makes up a realm, with its columns: what a copy takes.

A closed list and not what the database says of itself, so that the order of columns and of rows, and with it
the digests, is the same in every kind of database; and so that a new table is not forgotten: a test holds the
list against the schema.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Table:
    """
    One table: its *columns*, and the *key* that puts its rows in order.

    *seeded*: the schema itself makes its one row, so that a row there does not mean that the database is in
    use; a copy replaces it.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    seeded: bool = False


SIGNING_KEYS: Final = Table(
    "signing_keys",
    ("position",),
    ("position", "kid", "alg", "sealed_private_jwk", "created_at", "activates_at", "removes_at"),
)

TABLES: Final = (
    Table("registry_version", ("version",), ("version",), seeded=True),
    Table(
        "clients",
        ("client_id",),
        (
            "client_id",
            "client_name",
            "token_endpoint_auth_method",
            "grant_types",
            "scope",
            "redirect_uris",
            "post_logout_redirect_uris",
            "response_types",
            "application_type",
            "client_secret_digests",
            "jwks",
            "jwks_uri",
            "id_token_signed_response_alg",
            "require_pkce",
            "require_consent",
            "default_max_age",
            "require_auth_time",
            "roles",
            "client_uri",
            "logo_uri",
            "policy_uri",
            "tos_uri",
            "created_at",
            "disabled_at",
        ),
    ),
    Table(
        "protected_resources",
        ("resource",),
        (
            "resource",
            "name",
            "scopes",
            "access_token_format",
            "access_token_signed_response_alg",
            "access_token_lifetime",
            "introspection_clients",
        ),
    ),
    Table("groups", ("name",), ("name", "roles")),
    Table(
        "accounts",
        ("subject",),
        (
            "subject",
            "username",
            "normal_username",
            "claims",
            "roles",
            "groups",
            "password_hash",
            "created_at",
            "updated_at",
            "disabled_at",
        ),
    ),
    SIGNING_KEYS,
    Table(
        "sessions",
        ("session_id",),
        (
            "session_id",
            "secret_digest",
            "subject",
            "authenticated_at",
            "expires_at",
            "acr",
            "amr",
            "user_agent",
            "network",
            "ended_at",
        ),
    ),
    Table(
        "interactions",
        ("interaction_digest",),
        (
            "interaction_digest",
            "browser_digest",
            "parameters",
            "created_at",
            "expires_at",
            "completed",
            "ended_at",
        ),
    ),
    Table("consents", ("subject", "client_id"), ("subject", "client_id", "scope", "given_at", "access")),
    Table(
        "grants",
        ("grant_id",),
        (
            "grant_id",
            "client_id",
            "subject",
            "session_id",
            "scope",
            "resources",
            "auth_time",
            "acr",
            "amr",
            "offline",
            "created_at",
            "expires_at",
            "revoked_at",
        ),
    ),
    Table(
        "authorization_codes",
        ("code_digest",),
        (
            "code_digest",
            "grant_id",
            "redirect_uri",
            "code_challenge",
            "nonce",
            "issued_at",
            "expires_at",
            "redeemed_at",
        ),
    ),
    Table(
        "refresh_tokens",
        ("refresh_token_digest",),
        ("refresh_token_digest", "grant_id", "issued_at", "expires_at", "rotated_at"),
    ),
    Table(
        "opaque_access_tokens",
        ("access_token_digest",),
        (
            "access_token_digest",
            "grant_id",
            "client_id",
            "subject",
            "scope",
            "resources",
            "issued_at",
            "expires_at",
            "revoked_at",
        ),
    ),
    Table("revoked_jtis", ("jti",), ("jti", "expires_at")),
    Table("claimed_jtis", ("client_id", "jti"), ("client_id", "jti", "expires_at")),
    Table("attempts", ("attempt_key",), ("attempt_key", "made", "window_ends_at")),
    Table(
        "one_time_links",
        ("link_digest",),
        ("link_digest", "purpose", "subject", "expires_at", "used_at"),
    ),
    Table(
        "events",
        ("position",),
        (
            "position",
            "kind",
            "at",
            "client_id",
            "subject",
            "session_id",
            "grant_id",
            "network",
            "detail",
        ),
    ),
)
"""In an order in which every row finds the one it refers to."""

NOT_COPIED: Final = frozenset({"schema_version", "readiness", "leases"})
"""
Tables that tell of the database and not of the realm: its migrations, the counter of the health check, and
which node does the background work.
"""
