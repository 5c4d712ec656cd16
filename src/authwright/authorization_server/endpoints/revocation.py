"""The revocation endpoint: a client gives up a token. :rfc:`7009`."""

from authwright.authorization_server.access_tokens import LiveAccessToken, read_access_token
from authwright.authorization_server.client_authentication import authenticate, use_up
from authwright.authorization_server.events import Event, EventKind, grant_event
from authwright.authorization_server.records import Client, RefreshToken
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.writes import (
    RecordEvent,
    RevokeGrant,
    RevokeJti,
    RevokeOpaqueAccessToken,
    Write,
)
from authwright.oauth.errors import InvalidRequest, UnauthorizedClient
from authwright.oauth.types import Secret, Timestamp


async def revocation(request: ClientRequest, server: AuthorizationServer) -> None:
    """
    Revoke ``token``. When it returns, the token is refused everywhere that asks this server.

    A refresh token takes its whole grant along (:rfc:`7009#section-2.1`), an access token only itself. A
    token that is unknown or over already is no error (§2.2). Raises `InvalidClient`, `InvalidRequest`, and
    `UnauthorizedClient` for another client's token.
    """
    now = server.clock.now()
    authenticated = await authenticate(request, server, now)
    await use_up(authenticated, server)
    value = request.parameters.get("token")
    if value is None:
        raise InvalidRequest("the revocation request has no token")
    token, client = Secret(value), authenticated.client
    refresh_token = await server.storage.refresh_token(token.digest())
    if refresh_token is not None:
        writes = _revoke_refresh_token(refresh_token, client, request, now)
    else:
        live = await read_access_token(token, server, now)
        writes = () if live is None else _revoke_access_token(live, client, request, now)
    if writes:
        await server.storage.commit(writes)


def _revoke_refresh_token(
    token: RefreshToken, client: Client, request: ClientRequest, now: Timestamp
) -> tuple[Write, ...]:
    """A rotated one counts too: whoever gives up an old copy means the family."""
    grant = token.grant
    if grant.client_id != client.client_id:
        raise UnauthorizedClient("the refresh token to be revoked was issued to another client")
    event = grant_event(EventKind.TOKEN_REVOKED, grant, now, network=request.network, detail="refresh_token")
    return (RevokeGrant(grant.grant_id, now), RecordEvent(event))


def _revoke_access_token(
    live: LiveAccessToken, client: Client, request: ClientRequest, now: Timestamp
) -> tuple[Write, ...]:
    if live.client_id != client.client_id:
        raise UnauthorizedClient("the access token to be revoked was issued to another client")
    event = Event(
        EventKind.TOKEN_REVOKED,
        now,
        client_id=client.client_id,
        subject=live.subject,
        grant_id=None if live.grant is None else live.grant.grant_id,
        network=request.network,
        detail="access_token",
    )
    revoked: tuple[Write, ...] = ()
    if live.opaque is not None:
        revoked = (RevokeOpaqueAccessToken(live.opaque.access_token_digest, now),)
    elif live.jti is not None:
        revoked = (RevokeJti(live.jti, live.expires_at),)
    return (*revoked, RecordEvent(event))
