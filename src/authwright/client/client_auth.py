"""
How a client proves who it is, and the POST that carries the proof.

:rfc:`6749#section-2.3` (secrets), :rfc:`7523#section-2.2` (``private_key_jwt``), OpenID Connect Core §9 (the
names).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from authwright.jose.jwk import Jwk
from authwright.oauth import client_assertion, parameters
from authwright.oauth.client_secret import ClientCredentials, write_basic
from authwright.oauth.http import HttpRequest
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.types import ClientId, Secret, Timestamp


def _check_secret(value: object) -> None:
    """For who has no type checker: a bare string would show in every ``repr``, and fail at the first use."""
    if not isinstance(value, Secret):
        raise TypeError("client_secret is wrapped: Secret(...), of authwright.client")


@dataclass(frozen=True, slots=True)
class NoAuth:
    """A public client, such as a native application: it has ``client_id`` alone."""


@dataclass(frozen=True, slots=True)
class ClientSecretBasic:
    """The secret in the ``Authorization`` header, which every server must support."""

    client_secret: Secret

    def __post_init__(self) -> None:
        _check_secret(self.client_secret)


@dataclass(frozen=True, slots=True)
class ClientSecretPost:
    """The secret in the form, "NOT RECOMMENDED" by :rfc:`6749#section-2.3.1`, for servers that want it so."""

    client_secret: Secret

    def __post_init__(self) -> None:
        _check_secret(self.client_secret)


@dataclass(frozen=True, slots=True)
class PrivateKeyJwt:
    """
    An assertion signed with *key*, whose public half the server holds.

    ``aud`` is the issuer unless *audience* names something else: a fixed value, never one that a metadata
    document supplies, or a dishonest server could obtain an assertion for an honest one.
    """

    key: Jwk = field(repr=False)
    audience: str | None = None


ClientAuth = NoAuth | ClientSecretBasic | ClientSecretPost | PrivateKeyJwt


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredClient:
    """
    What the authorization server has registered of this client. :rfc:`7591#section-2`.

    An ID token signed with any other algorithm than *id_token_signed_response_alg* is refused, and so is one
    that is also for somebody else, unless that is one of *trusted_audiences* (OpenID Connect Core §3.1.3.7,
    rule 3).
    """

    client_id: ClientId
    auth: ClientAuth = field(default_factory=NoAuth)
    id_token_signed_response_alg: str = "RS256"
    trusted_audiences: tuple[str, ...] = ()


def build_authenticated_request(
    metadata: AuthorizationServerMetadata,
    client: RegisteredClient,
    url: str,
    pairs: Iterable[tuple[str, str]],
    *,
    now: Timestamp,
) -> HttpRequest:
    """The POST of the form *pairs* to *url*, an endpoint of *metadata*, with the proof of who *client* is."""
    headers = {"accept": "application/json", "content-type": parameters.FORM}
    form = list(pairs)
    match client.auth:
        case NoAuth():
            form.append(("client_id", client.client_id))
        case ClientSecretBasic(secret):
            headers["authorization"] = write_basic(ClientCredentials(client.client_id, secret))
        case ClientSecretPost(secret):
            form += [("client_id", client.client_id), ("client_secret", secret.reveal())]
        case PrivateKeyJwt(key, audience):
            assertion = client_assertion.make(
                client.client_id,
                key,
                audience=metadata.issuer if audience is None else audience,
                jti=secrets.token_urlsafe(16),
                now=now,
            )
            form += [
                ("client_id", client.client_id),
                ("client_assertion_type", client_assertion.CLIENT_ASSERTION_TYPE),
                ("client_assertion", assertion),
            ]
        case _ as unreachable:
            assert_never(unreachable)
    return HttpRequest("POST", url, headers, parameters.encode(form).encode("ascii"))
