"""What the identity provider remembers beside the authorization server's own records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from authwright.oauth.types import Digest, Subject, Timestamp


@dataclass(frozen=True, slots=True)
class Account:
    """
    A person who can sign in.

    *username* is what they type, as they spell it; accounts are looked up by its normal form
    (`authwright.idp.accounts.username`). *claims* are standard claims of OpenID Connect Core §5.1.
    *password_hash* is a PHC string, or None when the account has no password yet.
    """

    subject: Subject
    username: str
    normal_username: str
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    password_hash: str | None = None
    created_at: Timestamp = Timestamp(0)
    updated_at: Timestamp = Timestamp(0)
    disabled_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """People together; *roles* go to each of them."""

    name: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredSigningKey:
    """
    A signing key at rest: *sealed_private_jwk* is encrypted under the key-encryption key.

    Its life: published from *created_at*; signs from *activates_at* until a newer key of the same *alg*
    activates; published until *removes_at*, which is None while it has no successor.
    """

    kid: str
    alg: str
    sealed_private_jwk: bytes
    created_at: Timestamp
    activates_at: Timestamp
    removes_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link that works once: the first administrator's, or a recovery's. No *subject*: makes an account."""

    link_digest: Digest
    purpose: Literal["first_admin", "recovery"]
    subject: Subject | None
    expires_at: Timestamp
    used_at: Timestamp | None = None
