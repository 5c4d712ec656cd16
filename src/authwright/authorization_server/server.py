"""The one object you build: an issuer, its policy, and what it needs of the world."""

from dataclasses import dataclass, field

from authwright.authorization_server.grants import DEFAULT_GRANTS
from authwright.authorization_server.grants.grant_type import AnyGrantType
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.ports import Accounts, ClientKeys, Entropy, Signer
from authwright.authorization_server.storage import Storage
from authwright.authorization_server.verified_tokens import VerifiedTokens
from authwright.oauth.clock import Clock


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the endpoints are: paths below the issuer, published by the metadata documents."""

    authorization: str = "/authorize"
    token: str = "/token"
    userinfo: str = "/userinfo"
    introspection: str = "/introspect"
    revocation: str = "/revoke"
    end_session: str = "/logout"
    jwks: str = "/jwks"


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """
    One issuer. Nothing is shared between two of them, so a process may hold several.

    *issuer* is compared byte for byte by everybody who trusts it (:rfc:`8414#section-2`); endpoint URLs are
    built from it and never from a request's Host.
    """

    issuer: str
    storage: Storage
    signer: Signer
    accounts: Accounts
    client_keys: ClientKeys
    clock: Clock
    entropy: Entropy
    policy: Policy = field(default_factory=Policy)
    grants: tuple[AnyGrantType, ...] = DEFAULT_GRANTS
    endpoints: Endpoints = field(default_factory=Endpoints)
    verified_tokens: VerifiedTokens = field(default_factory=VerifiedTokens, repr=False, compare=False)

    def url(self, path: str) -> str:
        """The absolute URL of one of this issuer's endpoints."""
        return self.issuer.removesuffix("/") + path
