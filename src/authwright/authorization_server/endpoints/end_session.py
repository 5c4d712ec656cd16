"""
The end_session endpoint. OpenID Connect RP-Initiated Logout 1.0.

A logout request is as easy to forge as an image tag (ASVS 10.6.2). Only an ``id_token_hint`` from the very
session that is here proves that the app which asks knows the person who is here; every other request is
answered by a page with a button.
"""

from dataclasses import dataclass

from authwright.authorization_server.endpoints.authorization import SignedIn, signed_in
from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.id_token_hint import read_hint
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.records import Client
from authwright.authorization_server.requests import BrowserRequest
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.writes import EndSession, RecordEvent
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.redirect_uri import add_parameters
from authwright.oauth.types import ClientId, Timestamp
from authwright.oidc.id_token import IdToken
from authwright.oidc.logout import LogoutRequest, parse_logout_request


@dataclass(frozen=True, slots=True)
class Confirm:
    """Ask the person first. *client* is who seems to ask, when that is known."""

    client: Client | None


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Nobody is signed in in this browser any more. *location*: where to go on, None for our own page."""

    location: str | None


async def end_session(
    request: BrowserRequest, server: AuthorizationServer, *, confirmed: bool
) -> Confirm | SignedOut:
    """
    Answer a logout request, by GET or POST (§2). *confirmed*: the person pressed the button of our own page.

    The redirect needs a hint that is ours and a registered ``post_logout_redirect_uri`` (§3). Raises
    `InvalidRequest`, to be shown and never redirected, and then nothing has changed.
    """
    now = server.clock.now()
    logout = parse_logout_request(request.parameters)
    hint = None if logout.id_token_hint is None else read_hint(logout.id_token_hint, server)
    client = await _client(logout, hint, server)
    location = _location(logout, hint, client, server.policy)
    here = await signed_in(request.session, server, now)
    if here is None:
        return SignedOut(location)
    if not confirmed and not _is_from_here(hint, here):
        return Confirm(client)
    await _end(here, request, server, now)
    return SignedOut(location)


def _is_from_here(hint: IdToken | None, here: SignedIn) -> bool:
    return hint is not None and hint.sid == here.session.session_id and hint.subject == here.session.subject


async def _client(logout: LogoutRequest, hint: IdToken | None, server: AuthorizationServer) -> Client | None:
    """§2: with both, ``client_id`` must be the audience of the hint. None for one that is disabled."""
    client_id = logout.client_id
    if hint is not None:
        if client_id is not None and client_id not in hint.audience:
            raise InvalidRequest("the client_id of the logout request is not the audience of id_token_hint")
        client_id = client_id or ClientId(hint.audience[0])
    client = None if client_id is None else await server.storage.client(client_id)
    return None if client is None or client.disabled_at is not None else client


def _location(
    logout: LogoutRequest, hint: IdToken | None, client: Client | None, policy: Policy
) -> str | None:
    uri = logout.post_logout_redirect_uri
    if uri is None or hint is None:
        # Without a hint nobody proved to be the client, so the person stays on our page (§2).
        return None
    if client is None or not policy.is_registered(uri, client.post_logout_redirect_uris, client.client_id):
        raise InvalidRequest("the post_logout_redirect_uri is not registered for the client")
    return uri if logout.state is None else add_parameters(uri, [("state", logout.state)])


async def _end(here: SignedIn, request: BrowserRequest, server: AuthorizationServer, now: Timestamp) -> None:
    session = here.session
    event = Event(
        EventKind.LOGOUT,
        now,
        subject=session.subject,
        session_id=session.session_id,
        network=request.network,
    )
    await server.storage.commit((EndSession(session.session_id, now), RecordEvent(event)))
