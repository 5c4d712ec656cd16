"""
The refresh token grant. :rfc:`6749#section-6`, :rfc:`9700#section-4.14.2`.

Theory. Refresh tokens of one grant are a family, of which one member at a time is current. Using the
current one *rotates* it: it is marked, and a successor is issued. Should a marked one come again, then
either a thief or the owner holds an old copy, and nobody can tell which: the grant is revoked.

That rule alone signs honest people out: two tabs refresh at the same moment, or the answer with the
successor is lost on the way. So a token rotated less than `Policy.refresh_reuse_leeway` ago is answered
with a *sibling* of its successor, to the same authenticated client only. A thief gains nothing by it that
the theft had not given already, and the window is short.

=====================  =========================  ==========================================
the token              came                       answer
=====================  =========================  ==========================================
current                                           tokens; it is marked rotated
rotated                within the leeway          tokens; a sibling
rotated                after it                   invalid_grant; the grant is revoked
expired or revoked                                invalid_grant
another client's                                  invalid_grant; nothing changes
=====================  =========================  ==========================================
"""

from dataclasses import dataclass

from authwright.authorization_server.decisions import Issue, Refuse
from authwright.authorization_server.events import EventKind, grant_event
from authwright.authorization_server.grants.grant_type import GrantType
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.ports import Accounts
from authwright.authorization_server.records import Client, Person, ProtectedResource, RefreshToken
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.storage import Storage
from authwright.authorization_server.target import narrow_target
from authwright.authorization_server.writes import RecordEvent, RevokeGrant, RotateRefreshToken
from authwright.oauth.errors import InvalidGrant, InvalidRequest
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Timestamp, digest


@dataclass(frozen=True, slots=True)
class RefreshState:
    """What is known of the refresh token that was sent."""

    refresh_token: RefreshToken | None
    person: Person | None
    apis: tuple[ProtectedResource, ...]


async def read(request: ClientRequest, storage: Storage, accounts: Accounts) -> RefreshState:
    """The token with its grant, the person, and the APIs. Raises `InvalidRequest` when none was sent."""
    value = request.parameters.get("refresh_token")
    if value is None:
        raise InvalidRequest("the token request has no refresh_token")
    token = await storage.refresh_token(digest(value))
    person = await accounts.person(token.grant.subject) if token is not None else None
    return RefreshState(token, person, await storage.protected_resources())


def decide(
    request: ClientRequest, client: Client, state: RefreshState, policy: Policy, now: Timestamp
) -> Issue | Refuse:
    """Whether *client* gets new tokens: the table of the module's docstring."""
    token = state.refresh_token
    if token is None:
        raise InvalidGrant("the refresh token is unknown")
    grant = token.grant
    if grant.client_id != client.client_id:
        raise InvalidGrant("the refresh token was issued to another client")
    if grant.revoked_at is not None:
        raise InvalidGrant("the grant of the refresh token is revoked")
    rotation: tuple[RotateRefreshToken, ...] = ()
    if token.rotated_at is None:
        rotation = (RotateRefreshToken(token.refresh_token_digest, now),)
    elif now - token.rotated_at > policy.refresh_reuse_leeway.total_seconds():
        return _reused(request, token, now)
    if min(token.expires_at, grant.expires_at) <= now:
        raise InvalidGrant("the refresh token has expired")
    if state.person is None or not state.person.active:
        raise InvalidGrant("the account of the refresh token is disabled")
    scope = request.parameters.get("scope")
    return Issue(
        client=client,
        grant=grant,
        person=state.person,
        target=narrow_target(
            grant,
            scope=None if scope is None else parse_scope(scope),
            resources=request.parameters.all("resource"),
            client=client,
            apis=state.apis,
        ),
        refreshable=True,
        event=EventKind.TOKEN_REFRESHED,
        writes=rotation,
    )


def _reused(request: ClientRequest, token: RefreshToken, now: Timestamp) -> Refuse:
    grant = token.grant
    event = grant_event(EventKind.REFRESH_TOKEN_REUSED, grant, now, network=request.network)
    error = InvalidGrant("the refresh token was used before; the grant is revoked")
    return Refuse(error, (RevokeGrant(grant.grant_id, now), RecordEvent(event)))


REFRESH_TOKEN = GrantType("refresh_token", read, decide)
