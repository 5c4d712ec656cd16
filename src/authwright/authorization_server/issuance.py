"""
From a yes to tokens: what is signed, what is stored, what is answered. :rfc:`6749#section-5.1`.

Signing happens before the commit and outside every transaction; should the commit fail, the tokens were
never shown to anybody.
"""

from dataclasses import dataclass
from typing import Any

from authwright.authorization_server.decisions import Issue
from authwright.authorization_server.events import grant_event
from authwright.authorization_server.records import (
    Grant,
    OpaqueAccessToken,
    RefreshToken,
)
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.writes import (
    AddOpaqueAccessToken,
    AddRefreshToken,
    RecordEvent,
    Write,
)
from authwright.oauth.access_token import TYP, AccessTokenClaims
from authwright.oauth.errors import InvalidTarget
from authwright.oauth.types import ClientId, GrantId, Seconds, Secret, Subject, Timestamp, whole_seconds
from authwright.oidc.id_token import IdTokenClaims, at_hash

ISSUER_ACCESS_TOKEN_ALG = "ES256"
"""For access tokens to the issuer itself: its userinfo endpoint, which verifies every token it is shown."""


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """
    :rfc:`6749#section-5.1`. Members are Secrets until they are written to the wire.

    *client_id* and *subject* say whose tokens they are; they are not part of the message.
    """

    client_id: ClientId
    subject: Subject | None
    access_token: Secret
    expires_in: Seconds
    scope: str
    refresh_token: Secret | None = None
    id_token: Secret | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON response."""
        response: dict[str, Any] = {
            "access_token": self.access_token.reveal(),
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope,
        }
        if self.refresh_token is not None:
            response["refresh_token"] = self.refresh_token.reveal()
        if self.id_token is not None:
            response["id_token"] = self.id_token.reveal()
        return response


@dataclass(frozen=True, slots=True)
class Issued:
    """The answer, and what must be stored before it is given."""

    response: TokenResponse
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class _Recipient:
    """How the APIs of one access token want it."""

    audience: tuple[str, ...]
    opaque: bool
    alg: str
    lifetime: Seconds


async def issue(decision: Issue, server: AuthorizationServer, now: Timestamp, *, network: str) -> Issued:
    """Make the tokens of *decision*. Signs; stores nothing. Raises `InvalidTarget`."""
    recipient = _recipient(decision, server)
    writes: list[Write] = []
    expires_at = Timestamp(now + recipient.lifetime)
    if recipient.opaque:
        access_token = Secret(server.entropy.secret())
        writes.append(AddOpaqueAccessToken(_opaque(decision, recipient, access_token, now, expires_at)))
    else:
        access_token = await _jwt_access_token(decision, recipient, server, now, expires_at)
    refresh_token = None
    if decision.refreshable and decision.grant is not None:
        refresh_token = Secret(server.entropy.secret())
        writes.append(AddRefreshToken(_refresh_token(decision.grant, refresh_token, server, now)))
    id_token = None
    if decision.grant is not None and "openid" in decision.target.scope:
        id_token = await _id_token(decision, decision.grant, access_token, server, now)
    if decision.event is not None and decision.grant is not None:
        writes.append(RecordEvent(grant_event(decision.event, decision.grant, now, network=network)))
    response = TokenResponse(
        client_id=decision.client.client_id,
        subject=None if decision.grant is None else decision.grant.subject,
        access_token=access_token,
        expires_in=recipient.lifetime,
        scope=str(decision.target.scope),
        refresh_token=refresh_token,
        id_token=id_token,
    )
    return Issued(response, tuple(writes))


def jti_of_grant(grant_id: GrantId, identifier: str) -> str:
    """
    The ``jti`` of a JWT access token under a grant: unique, and it names the grant.

    So this server can refuse the token once the grant is revoked, without having stored the token.
    """
    return f"{grant_id}.{identifier}"


def grant_of_jti(jti: str) -> GrantId | None:
    """The grant that `jti_of_grant` put in; None for tokens of client_credentials."""
    grant_id, dot, _ = jti.partition(".")
    return GrantId(grant_id) if dot else None


def _recipient(decision: Issue, server: AuthorizationServer) -> _Recipient:
    default = whole_seconds(server.policy.access_token_lifetime)
    chosen = decision.target.apis
    if not chosen:
        return _Recipient((server.issuer,), opaque=False, alg=ISSUER_ACCESS_TOKEN_ALG, lifetime=default)
    format_, alg = chosen[0].access_token_format, chosen[0].access_token_signed_response_alg
    for api in chosen[1:]:
        if api.access_token_format != format_ or api.access_token_signed_response_alg != alg:
            raise InvalidTarget("the resources want access tokens of different kinds; one must be chosen")
    lifetime = min([api.access_token_lifetime or default for api in chosen])
    return _Recipient(decision.target.resources, opaque=format_ == "opaque", alg=alg, lifetime=lifetime)


async def _jwt_access_token(
    decision: Issue,
    recipient: _Recipient,
    server: AuthorizationServer,
    now: Timestamp,
    expires_at: Timestamp,
) -> Secret:
    """:rfc:`9068#section-2`."""
    grant, client, person = decision.grant, decision.client, decision.person
    identifier = server.entropy.identifier()
    claims = AccessTokenClaims(
        issuer=server.issuer,
        # Without a person the subject is the client itself (RFC 9068 §2.2).
        subject=Subject(client.client_id) if grant is None else grant.subject,
        audience=recipient.audience,
        client_id=client.client_id,
        jti=identifier if grant is None else jti_of_grant(grant.grant_id, identifier),
        issued_at=now,
        expires_at=expires_at,
        scope=decision.target.scope,
        auth_time=None if grant is None else grant.auth_time,
        acr=None if grant is None else grant.acr,
        amr=() if grant is None else grant.amr,
        roles=client.roles if person is None else person.roles,
        groups=() if person is None else person.groups,
    )
    return Secret(await server.signer.sign(claims.to_dict(), alg=recipient.alg, typ=TYP))


def _opaque(
    decision: Issue, recipient: _Recipient, secret: Secret, now: Timestamp, expires_at: Timestamp
) -> OpaqueAccessToken:
    grant = decision.grant
    return OpaqueAccessToken(
        access_token_digest=secret.digest(),
        grant=grant,
        client_id=decision.client.client_id,
        subject=None if grant is None else grant.subject,
        scope=decision.target.scope,
        resources=recipient.audience,
        issued_at=now,
        expires_at=expires_at,
    )


def _refresh_token(grant: Grant, secret: Secret, server: AuthorizationServer, now: Timestamp) -> RefreshToken:
    slides_to = now + whole_seconds(server.policy.refresh_token_lifetime)
    return RefreshToken(
        refresh_token_digest=secret.digest(),
        grant=grant,
        issued_at=now,
        expires_at=Timestamp(min(slides_to, grant.expires_at)),
    )


async def _id_token(
    decision: Issue, grant: Grant, access_token: Secret, server: AuthorizationServer, now: Timestamp
) -> Secret:
    """
    OpenID Connect Core §2. Claims about the person are at userinfo, as §5.4 has it for the code flow.

    ``auth_time`` is that of the sign-in also at refresh (§12.2), and ``nonce`` only comes with the code.
    """
    alg = decision.client.id_token_signed_response_alg
    claims = IdTokenClaims(
        issuer=server.issuer,
        subject=grant.subject,
        audience=decision.client.client_id,
        issued_at=now,
        expires_at=Timestamp(now + whole_seconds(server.policy.id_token_lifetime)),
        auth_time=grant.auth_time,
        nonce=decision.nonce,
        acr=grant.acr,
        amr=grant.amr,
        at_hash=at_hash(alg, access_token.reveal()),
        sid=grant.session_id,
    )
    return Secret(await server.signer.sign(claims.to_dict(), alg=alg, typ="JWT"))
