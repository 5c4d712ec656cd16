"""The token endpoint. :rfc:`6749#section-3.2`: authenticate, read, decide, issue, commit."""

from authwright.authorization_server.client_authentication import authenticate, use_up, used_before
from authwright.authorization_server.decisions import Issue, Refuse
from authwright.authorization_server.grants.grant_type import AnyGrantType
from authwright.authorization_server.issuance import TokenResponse, issue
from authwright.authorization_server.records import Client
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import ClaimJti
from authwright.oauth.errors import (
    InvalidRequest,
    InvalidTarget,
    OAuthError,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from authwright.oauth.types import Timestamp

ATTEMPTS = 3
"""How often a request that lost a race is decided anew; the second time it sees the winner's mark."""


async def token(request: ClientRequest, server: AuthorizationServer) -> TokenResponse:
    """
    Answer a token request, or raise an `OAuthError`. :rfc:`6749#section-5`.

    When it returns, everything it issued is durable.
    """
    now = server.clock.now()
    authenticated = await authenticate(request, server, now)
    for _ in range(ATTEMPTS):
        decision = await _decide(request, authenticated.client, server, now)
        try:
            match decision:
                case Issue():
                    try:
                        issued = await issue(decision, server, now, network=request.network)
                    except InvalidTarget:
                        await use_up(authenticated, server)
                        raise
                    if writes := (*authenticated.writes, *decision.writes, *issued.writes):
                        await server.storage.commit(writes)
                    return issued.response
                case Refuse():
                    await server.storage.commit((*authenticated.writes, *decision.writes))
        except Conflict as conflict:
            if isinstance(conflict.write, ClaimJti):
                raise used_before() from None
        else:
            raise decision.error
    raise TemporarilyUnavailable("the token request lost every race it ran", headers={"retry-after": "1"})


async def _decide(
    request: ClientRequest,
    client: Client,
    server: AuthorizationServer,
    now: Timestamp,
) -> Issue | Refuse:
    """A refusal that is raised becomes one that is remembered: a used client assertion stays used."""
    try:
        grant_type = _grant_type(request, client, server)
        state = await grant_type.read(request, server.storage, server.accounts)
        return grant_type.decide(request, client, state, server.policy, now)
    except OAuthError as error:
        return Refuse(error, ())


def _grant_type(request: ClientRequest, client: Client, server: AuthorizationServer) -> AnyGrantType:
    name = request.parameters.get("grant_type")
    if name is None:
        raise InvalidRequest("the token request has no grant_type")
    for grant_type in server.grants:
        if grant_type.grant_type == name:
            if name not in client.grant_types:
                raise UnauthorizedClient("the grant_type is not registered for the client")
            return grant_type
    raise UnsupportedGrantType("the grant_type is not one of this server's")
