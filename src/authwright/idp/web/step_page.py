"""
What consent and account selection share: a request in progress, and somebody who is signed in.

OpenID Connect Core §3.1.2.3 and §3.1.2.4. A page changes what `decide` will see and asks it anew; it never
says itself what comes next.
"""

from dataclasses import dataclass

from starlette.responses import Response

from authwright.authorization_server.endpoints.authorization import (
    Outcome,
    SignedIn,
    deny,
    resume,
)
from authwright.authorization_server.records import Step
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.target import Target
from authwright.authorization_server.writes import CompleteStep, Write
from authwright.idp.web.authorize import log_refusal
from authwright.idp.web.errors import Refused
from authwright.idp.web.outcome import respond
from authwright.idp.web.visit import InProgress, Visit
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret


@dataclass(frozen=True, slots=True)
class StepPage:
    """A visit to the page of one step, by the person *here*."""

    visit: Visit
    progress: InProgress
    here: SignedIn

    @property
    def target(self) -> Target:
        """What the client asks for."""
        return self.progress.pending.request.target

    @property
    def about(self) -> tuple[str, ...]:
        """
        What a form of the page is bound to: the request, the session, and everything that it asks for, so
        that a yes cannot be stretched to what was not shown.
        """
        return (
            self.visit.route,
            self.progress.interaction.reveal(),
            self.here.session.session_id,
            str(self.target.scope),
            *self.target.resources,
        )


async def open_step(visit: Visit, parameters: Parameters) -> StepPage:
    """The page. Raises `Refused`, and `SignInFirst` when the person is not signed in any more."""
    progress = await visit.in_progress(parameters)
    if progress is None:
        raise Refused(
            InvalidRequest("a page of an authorization request was visited without one"), "error.interaction"
        )
    return StepPage(visit, progress, await visit.signed_in_person(progress.interaction))


async def complete(page: StepPage, step: Step, *writes: Write) -> Response:
    """The person did *step*: commit that with *writes*, and go on to whatever comes next."""
    done = CompleteStep(page.progress.pending.interaction.interaction_digest, step)
    try:
        await page.visit.idp.storage.commit((done, *writes))
    except Conflict as conflict:
        raise Refused(
            InvalidRequest("the authorization request ended before the step was done"), "error.interaction"
        ) from conflict
    return await go_on(page.visit, page.progress)


async def go_on(visit: Visit, progress: InProgress, *, session: Secret | None = None) -> Response:
    """Ask what comes next; *session* when one has just begun."""
    request = visit.browser_request(session=session)
    return _answer(visit, progress, await resume(request, progress.interaction, visit.idp.server))


async def refuse(visit: Visit, progress: InProgress) -> Response:
    """The person said no: the client learns ``access_denied``."""
    return _answer(
        visit, progress, await deny(visit.browser_request(), progress.interaction, visit.idp.server)
    )


def _answer(visit: Visit, progress: InProgress, outcome: Outcome) -> Response:
    log_refusal(visit, outcome, client_id=progress.proven.client.client_id)
    return respond(visit.renderer, outcome, visit.correlation_id, advice="error.interaction")
