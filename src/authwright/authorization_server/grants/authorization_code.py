"""
The authorization code grant, second half: the code is exchanged for tokens. :rfc:`6749#section-4.1.3`.

The first half is in `authwright.authorization_server.endpoints.authorization`.
"""

from dataclasses import dataclass

from authwright.authorization_server.decisions import Issue, Refuse
from authwright.authorization_server.events import EventKind, grant_event
from authwright.authorization_server.grants.grant_type import GrantType
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.ports import Accounts
from authwright.authorization_server.records import AuthorizationCode, Client, Person, ProtectedResource
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.storage import Storage
from authwright.authorization_server.target import narrow_target
from authwright.authorization_server.writes import RecordEvent, RedeemCode, RevokeGrant
from authwright.oauth.errors import InvalidGrant, InvalidRequest
from authwright.oauth.pkce import verifies
from authwright.oauth.types import Timestamp, digest


@dataclass(frozen=True, slots=True)
class CodeState:
    """What is known of the code that was sent."""

    code: AuthorizationCode | None
    person: Person | None
    apis: tuple[ProtectedResource, ...]


async def read(request: ClientRequest, storage: Storage, accounts: Accounts) -> CodeState:
    """The code with its grant, the person, and the APIs. Raises `InvalidRequest` when no code was sent."""
    value = request.parameters.get("code")
    if value is None:
        raise InvalidRequest("the token request has no code")
    code = await storage.authorization_code(digest(value))
    person = await accounts.person(code.grant.subject) if code is not None else None
    return CodeState(code, person, await storage.protected_resources())


def decide(
    request: ClientRequest, client: Client, state: CodeState, policy: Policy, now: Timestamp
) -> Issue | Refuse:
    """
    Whether *client* gets tokens for the code.

    The order matters. Somebody else's code tells nothing and changes nothing. A code that comes twice was
    stolen by the first or by the second (:rfc:`6749#section-4.1.2`), so all that it gave is revoked, before
    anything else about the request is looked at. A wrong verifier does not spend the code: whoever only saw
    the code could otherwise stop its owner.
    """
    del policy
    code = state.code
    if code is None:
        raise InvalidGrant("the code is unknown")
    if code.grant.client_id != client.client_id:
        raise InvalidGrant("the code was issued to another client")
    if code.redeemed_at is not None:
        return _replayed(request, code, now)
    if code.grant.revoked_at is not None:
        raise InvalidGrant("the grant of the code is revoked")
    if code.expires_at <= now:
        raise InvalidGrant("the code has expired")
    _check_redirect_uri(request, code)
    _check_code_verifier(request, code)
    if state.person is None or not state.person.active:
        raise InvalidGrant("the account of the code is disabled")
    grant = code.grant
    return Issue(
        client=client,
        grant=grant,
        person=state.person,
        target=narrow_target(
            grant,
            scope=None,
            resources=request.parameters.all("resource"),
            client=client,
            apis=state.apis,
        ),
        nonce=code.nonce,
        refreshable=grant.offline and "refresh_token" in client.grant_types,
        event=EventKind.TOKEN_ISSUED,
        writes=(RedeemCode(code.code_digest, now),),
    )


def _replayed(request: ClientRequest, code: AuthorizationCode, now: Timestamp) -> Refuse:
    grant = code.grant
    event = grant_event(EventKind.CODE_REPLAYED, grant, now, network=request.network)
    error = InvalidGrant("the code was redeemed before; everything it gave is revoked")
    return Refuse(error, (RevokeGrant(grant.grant_id, now), RecordEvent(event)))


def _check_redirect_uri(request: ClientRequest, code: AuthorizationCode) -> None:
    """:rfc:`6749#section-4.1.3`: identical to the authorization request's, when that had one."""
    received = request.parameters.get("redirect_uri")
    if code.redirect_uri is None:
        return
    if received is None:
        raise InvalidGrant("redirect_uri is missing; the authorization request had one")
    if received != code.redirect_uri:
        raise InvalidGrant("redirect_uri differs from that of the authorization request")


def _check_code_verifier(request: ClientRequest, code: AuthorizationCode) -> None:
    """
    :rfc:`7636#section-4.6`, and :rfc:`9700#section-4.8.2`: a verifier where there was no challenge is
    refused too, since it shows that somebody removed the challenge.
    """
    verifier = request.parameters.get("code_verifier")
    if code.code_challenge is None:
        if verifier is not None:
            raise InvalidGrant("code_verifier was sent, but the authorization request had no code_challenge")
        return
    if verifier is None:
        raise InvalidGrant("code_verifier is missing")
    if not verifies(verifier, code.code_challenge):
        raise InvalidGrant("code_verifier does not match the code_challenge")


AUTHORIZATION_CODE = GrantType("authorization_code", read, decide)
