"""The introspection endpoint: an API asks what a token means. :rfc:`7662`."""

from authwright.authorization_server.access_tokens import LiveAccessToken, read_access_token
from authwright.authorization_server.client_authentication import authenticate, use_up
from authwright.authorization_server.records import Client
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.server import AuthorizationServer
from authwright.oauth.errors import InvalidClient, InvalidRequest
from authwright.oauth.introspection import INACTIVE, IntrospectionResponse
from authwright.oauth.types import Secret, Timestamp, digest


async def introspection(request: ClientRequest, server: AuthorizationServer) -> IntrospectionResponse:
    """
    What the asking client may know of ``token``. :rfc:`7662#section-2.1`.

    Only a confidential client may ask, and only of tokens that were issued to it or for an API it acts for;
    of every other token it hears what it would hear of a made-up one (§4: no oracle for token scanning).
    ``token_type_hint`` is not needed to find a token here. Raises `InvalidClient`, `InvalidRequest`.
    """
    now = server.clock.now()
    authenticated = await authenticate(request, server, now)
    if not authenticated.is_confidential:
        raise InvalidClient("introspection was asked by a client that cannot authenticate")
    await use_up(authenticated, server)
    token = request.parameters.get("token")
    if token is None:
        raise InvalidRequest("the introspection request has no token")
    live = await read_access_token(Secret(token), server, now)
    if live is None:
        return await _refresh_token(token, authenticated.client, server, now)
    if not await _may_know(authenticated.client, live, server):
        return INACTIVE
    return _response(live, server)


async def _may_know(client: Client, live: LiveAccessToken, server: AuthorizationServer) -> bool:
    if live.client_id == client.client_id:
        return True
    apis = await server.storage.protected_resources()
    return any(client.client_id in api.introspection_clients for api in apis if api.resource in live.audience)


def _response(live: LiveAccessToken, server: AuthorizationServer) -> IntrospectionResponse:
    person, grant = live.person, live.grant
    claims = {
        "roles": list(live.roles),
        "groups": [] if person is None else list(person.groups),
        **(
            {} if grant is None else {"auth_time": grant.auth_time, "acr": grant.acr, "sid": grant.session_id}
        ),
    }
    username = None if person is None else person.claims.get("preferred_username")
    return IntrospectionResponse(
        active=True,
        scope=live.scope,
        client_id=live.client_id,
        username=username if isinstance(username, str) else None,
        token_type="Bearer",
        expires_at=live.expires_at,
        issued_at=live.issued_at,
        subject=live.subject,
        audience=live.audience,
        issuer=server.issuer,
        jti=live.jti,
        claims={name: value for name, value in claims.items() if value},
    )


async def _refresh_token(
    token: str, client: Client, server: AuthorizationServer, now: Timestamp
) -> IntrospectionResponse:
    """A refresh token is told of to the client that holds it, and to nobody else."""
    stored = await server.storage.refresh_token(digest(token))
    if (
        stored is None
        or stored.grant.client_id != client.client_id
        or stored.grant.revoked_at is not None
        or stored.rotated_at is not None
        or min(stored.expires_at, stored.grant.expires_at) <= now
    ):
        return INACTIVE
    return IntrospectionResponse(
        active=True,
        scope=stored.grant.scope,
        client_id=stored.grant.client_id,
        expires_at=stored.expires_at,
        issued_at=stored.issued_at,
        subject=stored.grant.subject,
        issuer=server.issuer,
    )
