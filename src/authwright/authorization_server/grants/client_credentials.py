"""The client credentials grant: a machine asks on its own behalf. :rfc:`6749#section-4.4`."""

from authwright.authorization_server.decisions import Issue
from authwright.authorization_server.grants.grant_type import GrantType
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.ports import Accounts
from authwright.authorization_server.records import Client, ProtectedResource
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.storage import Storage
from authwright.authorization_server.target import machine_target
from authwright.oauth.errors import UnauthorizedClient
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Timestamp


async def read(request: ClientRequest, storage: Storage, accounts: Accounts) -> tuple[ProtectedResource, ...]:
    """The APIs that a token could be for."""
    del request, accounts
    return await storage.protected_resources()


def decide(
    request: ClientRequest,
    client: Client,
    apis: tuple[ProtectedResource, ...],
    policy: Policy,
    now: Timestamp,
) -> Issue:
    """Whether *client* gets a token. No refresh token comes with it (:rfc:`6749#section-4.4.3`)."""
    del policy, now
    if client.token_endpoint_auth_method == "none":
        raise UnauthorizedClient("client_credentials needs a client that can authenticate")
    scope = request.parameters.get("scope")
    return Issue(
        client=client,
        target=machine_target(
            None if scope is None else parse_scope(scope), request.parameters.all("resource"), client, apis
        ),
    )


CLIENT_CREDENTIALS = GrantType("client_credentials", read, decide)
