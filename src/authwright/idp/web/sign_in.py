"""
A person signs in: a session begins, or goes on when the same person signs in again in the same browser.

The cookie is a new one either way. One from before the sign-in is worth nothing after it, so whoever planted
or saw it gains nothing (session fixation). When somebody else signs in, the former session is over, and with
it what apps got through it.
"""

from dataclasses import dataclass

from starlette.responses import Response

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.policy import ACR_PASSWORD
from authwright.authorization_server.records import Session
from authwright.authorization_server.writes import AddSession, EndSession, RecordEvent, RenewSession
from authwright.idp.web.visit import Visit
from authwright.idp.writes import Write
from authwright.oauth.types import Secret, SessionId, Subject, Timestamp, whole_seconds

_MAX_USER_AGENT = 300


@dataclass(frozen=True, slots=True)
class NewSession:
    """*writes* make it so; commit them with what else belongs to the sign-in, then set the cookie."""

    secret: Secret
    writes: tuple[Write, ...]

    def set_cookie(self, response: Response, visit: Visit) -> None:
        """The browser has it from now on."""
        response.headers.append("set-cookie", visit.renderer.cookies.set_session(self.secret))


async def new_session(visit: Visit, subject: Subject) -> NewSession:
    """A session of *subject*, who has just proved by a password who they are, in the browser of *visit*."""
    server = visit.idp.server
    secret = Secret(server.entropy.secret())
    former = await _former(visit)
    goes_on = former is not None and former.subject == subject
    session = Session(
        session_id=former.session_id if former and goes_on else SessionId(server.entropy.identifier()),
        secret_digest=secret.digest(),
        subject=subject,
        authenticated_at=visit.now,
        expires_at=Timestamp(visit.now + whole_seconds(server.policy.session_lifetime)),
        acr=ACR_PASSWORD,
        amr=("pwd",),
        user_agent=(visit.incoming.header(b"user-agent") or "")[:_MAX_USER_AGENT],
        network=visit.incoming.network,
    )
    if former is None:
        return NewSession(secret, (AddSession(session),))
    if goes_on:
        return NewSession(secret, (RenewSession(session, former.secret_digest),))
    return NewSession(secret, (*_end(former, visit), AddSession(session)))


async def _former(visit: Visit) -> Session | None:
    """The session that this browser has now, unless it is over."""
    if visit.session is None:
        return None
    former = await visit.idp.storage.session(visit.session.digest())
    if former is None or former.ended_at is not None or former.expires_at <= visit.now:
        return None
    return former


def _end(former: Session, visit: Visit) -> tuple[Write, ...]:
    event = Event(
        EventKind.SESSION_ENDED,
        visit.now,
        subject=former.subject,
        session_id=former.session_id,
        network=visit.incoming.network,
        detail="somebody else signed in in the same browser",
    )
    return (EndSession(former.session_id, visit.now), RecordEvent(event))
