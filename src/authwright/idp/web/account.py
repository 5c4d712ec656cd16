"""
/account: what a person can see and take back. Sessions, connected apps, the way to a new password.

Everything that is listed can be ended here, and each button is bound to the session that shows it.
"""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from authwright.authorization_server.endpoints.authorization import SignedIn
from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.records import Session
from authwright.authorization_server.writes import DisconnectClient, EndSession, EndSessionsOf, RecordEvent
from authwright.idp.web.asking_client import AskingClient
from authwright.idp.web.connected_apps import ConnectedApp, connected_apps
from authwright.idp.web.consent import ScopeGroup, scope_groups
from authwright.idp.web.device import device
from authwright.idp.web.person import named
from authwright.idp.web.visit import Visit
from authwright.idp.web.waiting import ago, iso
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import ClientId, SessionId

DONE: Final = frozenset({"disconnected", "session_ended", "others_ended", "password_changed", "created"})
"""What ``/account?done=`` may report; each has a text."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as the page lists it. *since* and *at* are one time, in words and for machines."""

    session_id: SessionId
    device: str
    network: str
    since: str
    at: str
    current: bool


@dataclass(frozen=True, slots=True)
class AppRow:
    """A connected app as the page lists it. *since* and *at* are one time, as in `SessionRow`."""

    client_id: ClientId
    client: AskingClient
    groups: tuple[ScopeGroup, ...]
    since: str
    at: str
    offline: bool


async def show_account(visit: Visit) -> Response:
    """The page; whoever is not signed in signs in first."""
    here = await visit.signed_in_person()
    done = visit.query().get("done")
    sessions = await _live_sessions(visit, here)
    renderer = visit.renderer
    apps = await _apps(visit, sessions, here)
    return renderer.page(
        "account.html",
        {
            "person": named(here.person),
            "apps": [_app_row(visit, app) for app in apps],
            "sessions": [_session_row(visit, session, here) for session in sessions],
            "done": done if done in DONE else None,
            "form_token": visit.form_token(*_about(here)),
        },
        images=[app.client.logo for app in apps if app.client.logo is not None],
        isolated=True,
    )


async def disconnect_app(visit: Visit) -> Response:
    """The app's consent is forgotten, and every token that it holds is worth nothing; if it is connected."""
    form, here = await _checked_form(visit)
    client_id, subject = ClientId(form.get("client_id", "")), here.person.subject
    sessions = await _live_sessions(visit, here)
    if any(app.client_id == client_id for app in await _apps(visit, sessions, here)):
        event = Event(
            EventKind.CONSENT_REVOKED,
            visit.now,
            client_id=client_id,
            subject=subject,
            session_id=here.session.session_id,
            network=visit.incoming.network,
        )
        await visit.idp.storage.commit((DisconnectClient(subject, client_id, visit.now), RecordEvent(event)))
    return _done(visit, "disconnected")


async def end_session(visit: Visit) -> Response:
    """One session ends, if it is the person's own. It may be the one of this browser."""
    form, here = await _checked_form(visit)
    session_id = SessionId(form.get("session_id", ""))
    if any(session.session_id == session_id for session in await _live_sessions(visit, here)):
        event = _session_event(visit, here, session_id, "the person ended it on their account page")
        await visit.idp.storage.commit((EndSession(session_id, visit.now), RecordEvent(event)))
    if session_id == here.session.session_id:
        return visit.renderer.redirect(visit.renderer.url("/logout"))
    return _done(visit, "session_ended")


async def end_other_sessions(visit: Visit) -> Response:
    """Every session but this one ends."""
    _, here = await _checked_form(visit)
    keep = here.session.session_id
    event = _session_event(visit, here, keep, "the person ended every session but this one")
    await visit.idp.storage.commit(
        (EndSessionsOf(here.person.subject, visit.now, keep=keep), RecordEvent(event))
    )
    return _done(visit, "others_ended")


def _about(here: SignedIn) -> tuple[str, ...]:
    """One token for all buttons of the page: each says in its own field what it ends."""
    return ("/account", here.session.session_id)


async def _checked_form(visit: Visit) -> tuple[Parameters, SignedIn]:
    form = visit.form()
    here = await visit.signed_in_person()
    visit.check_form(form, *_about(here))
    return form, here


async def _live_sessions(visit: Visit, here: SignedIn) -> list[Session]:
    sessions = await visit.idp.storage.sessions_of(here.person.subject)
    live = [session for session in sessions if session.expires_at > visit.now]
    return sorted(live, key=lambda session: session.session_id != here.session.session_id)


async def _apps(visit: Visit, sessions: list[Session], here: SignedIn) -> tuple[ConnectedApp, ...]:
    live = frozenset(session.session_id for session in sessions)
    return await connected_apps(visit.idp.storage, here.person.subject, live, visit.now)


def _app_row(visit: Visit, app: ConnectedApp) -> AppRow:
    messages = visit.renderer.messages
    return AppRow(
        client_id=app.client_id,
        client=app.client,
        groups=scope_groups(app.target, messages),
        since=ago(app.since, visit.now, messages),
        at=iso(app.since),
        offline=app.offline,
    )


def _session_row(visit: Visit, session: Session, here: SignedIn) -> SessionRow:
    messages = visit.renderer.messages
    return SessionRow(
        session_id=session.session_id,
        device=device(session.user_agent, messages),
        network=session.network,
        since=ago(session.authenticated_at, visit.now, messages),
        at=iso(session.authenticated_at),
        current=session.session_id == here.session.session_id,
    )


def _session_event(visit: Visit, here: SignedIn, session_id: SessionId, detail: str) -> Event:
    return Event(
        EventKind.SESSION_ENDED,
        visit.now,
        subject=here.person.subject,
        session_id=session_id,
        network=visit.incoming.network,
        detail=detail,
    )


def _done(visit: Visit, what: str) -> Response:
    return visit.renderer.redirect(visit.renderer.url("/account", done=what))
