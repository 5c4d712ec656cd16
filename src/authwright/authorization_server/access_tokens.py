"""
Reading the access tokens that this server issued, at its own endpoints.

Unlike an API that verifies locally, the server can look at the grant: a token whose grant is revoked is
refused at userinfo and introspection at once, JWT or not.
"""

from dataclasses import dataclass

from authwright.authorization_server.issuance import grant_of_jti
from authwright.authorization_server.records import Grant, OpaqueAccessToken, Person
from authwright.authorization_server.server import AuthorizationServer
from authwright.jose.errors import JoseError, NoMatchingKey
from authwright.jose.jwks import Jwks
from authwright.oauth.access_token import AccessToken
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Secret, Subject, Timestamp, whole_seconds


@dataclass(frozen=True, slots=True)
class LiveAccessToken:
    """
    An access token of ours that is good now. *jti* is set for a JWT, *opaque* for one by reference.

    *person* and *grant* are None for client_credentials.
    """

    client_id: ClientId
    subject: Subject
    scope: Scope
    audience: tuple[str, ...]
    issued_at: Timestamp
    expires_at: Timestamp
    grant: Grant | None
    person: Person | None
    roles: tuple[str, ...]
    jti: str | None = None
    opaque: OpaqueAccessToken | None = None


async def read_access_token(
    token: Secret, server: AuthorizationServer, now: Timestamp
) -> LiveAccessToken | None:
    """
    The live token, or None: unknown, forged, expired, revoked, its client disabled, its person gone.

    Two or three reads. A JWT has dots and an opaque token has none, so each is looked at in one way only.
    """
    if "." in token.reveal():
        live = await _jwt(token, server, now)
    else:
        live = await _opaque(token, server, now)
    if live is None or (live.grant is not None and live.grant.revoked_at is not None):
        return None
    client = await server.storage.client(live.client_id)
    if client is None or client.disabled_at is not None:
        return None
    if live.grant is not None and (live.person is None or not live.person.active):
        return None
    return live


async def _jwt(token: Secret, server: AuthorizationServer, now: Timestamp) -> LiveAccessToken | None:
    try:
        verified = await _verified(token, server, now)
    except JoseError:
        return None
    client_id, jti, issued_at = verified.client_id, verified.jti, verified.issued_at
    if client_id is None or jti is None or issued_at is None:
        return None
    grant_id = grant_of_jti(jti)
    if grant_id is None:
        grant, revoked = None, await server.storage.jti_revoked(jti)
    else:
        grant = await server.storage.grant(grant_id, unless_revoked=jti)
        revoked = grant is None
    if revoked:
        return None
    return LiveAccessToken(
        client_id=client_id,
        subject=verified.subject,
        scope=verified.scope,
        audience=verified.audience,
        issued_at=issued_at,
        expires_at=verified.expires_at,
        grant=grant,
        person=None if grant is None else await server.accounts.person(grant.subject),
        roles=verified.roles,
        jti=jti,
    )


async def _verified(token: Secret, server: AuthorizationServer, now: Timestamp) -> AccessToken:
    """The token as signed by this issuer, on whichever node. Raises `JoseError`."""

    def verified_by(keys: Jwks) -> AccessToken:
        leeway = whole_seconds(server.policy.clock_leeway)
        return server.verified_tokens.verify(token, keys, issuer=server.issuer, now=now, clock_leeway=leeway)

    try:
        return verified_by(server.signer.jwks())
    except NoMatchingKey:
        return verified_by(await server.signer.renewed_jwks())


async def _opaque(token: Secret, server: AuthorizationServer, now: Timestamp) -> LiveAccessToken | None:
    stored = await server.storage.opaque_access_token(token.digest())
    if stored is None or stored.revoked_at is not None or stored.expires_at <= now:
        return None
    person = None if stored.subject is None else await server.accounts.person(stored.subject)
    client = await server.storage.client(stored.client_id)
    machine_roles = () if client is None else client.roles
    return LiveAccessToken(
        client_id=stored.client_id,
        subject=Subject(stored.client_id) if stored.subject is None else stored.subject,
        scope=stored.scope,
        audience=stored.resources,
        issued_at=stored.issued_at,
        expires_at=stored.expires_at,
        grant=stored.grant,
        person=person,
        roles=machine_roles if person is None else person.roles,
        opaque=stored,
    )
