"""
What consent and account selection share: a request in progress, and somebody who is signed in.

OpenID Connect Core §3.1.2.3 and §3.1.2.4. A page changes what `decide` will see and asks it anew; it never
says itself what comes next.
"""

from dataclasses import dataclass

from starlette.responses import Response

from authwright.authorization_server.endpoints.authorization import Pending, SignedIn, deny, resume
from authwright.authorization_server.records import Step
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import CompleteStep, Write
from authwright.idp.web.errors import Refused
from authwright.idp.web.outcome import STEP_PATHS, respond
from authwright.idp.web.visit import Visit, interaction_of
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret


@dataclass(frozen=True, slots=True)
class StepPage:
    """A visit to the page of one step, by the person *here*, for the request *pending*."""

    visit: Visit
    interaction: Secret
    pending: Pending
    here: SignedIn

    @property
    def about(self) -> tuple[str, ...]:
        """
        What a form of the page is bound to: the request, the session, and everything that it asks for, so
        that a yes cannot be stretched to what was not shown.
        """
        target = self.pending.request.target
        return (
            self.visit.route,
            self.interaction.reveal(),
            self.here.session.session_id,
            str(target.scope),
            *target.resources,
        )


async def open_step(visit: Visit, parameters: Parameters) -> StepPage | Response:
    """The page, or the way to sign in for whoever is not signed in any more. Raises `Refused`."""
    interaction = interaction_of(parameters)
    if interaction is None:
        raise Refused(
            InvalidRequest("a page of an authorization request was visited without one"), "error.interaction"
        )
    pending = await visit.request_in_progress(interaction)
    here = await visit.person_here()
    if here is None:
        login = visit.renderer.url(STEP_PATHS[Step.LOGIN], interaction=interaction.reveal())
        return visit.renderer.redirect(login)
    return StepPage(visit, interaction, pending, here)


async def complete(page: StepPage, step: Step, *writes: Write) -> Response:
    """The person did *step*: commit that with *writes*, and go on to whatever comes next."""
    visit = page.visit
    done = CompleteStep(page.pending.interaction.interaction_digest, step)
    try:
        await visit.idp.storage.commit((done, *writes))
    except Conflict as conflict:
        raise Refused(
            InvalidRequest("the authorization request ended before the step was done"), "error.interaction"
        ) from conflict
    outcome = await resume(visit.browser_request(), page.interaction, visit.idp.server)
    return respond(visit.renderer, outcome, visit.correlation_id, advice="error.interaction")


async def refuse(visit: Visit, interaction: Secret) -> Response:
    """The person said no: the client learns ``access_denied``."""
    outcome = await deny(visit.browser_request(), interaction, visit.idp.server)
    return respond(visit.renderer, outcome, visit.correlation_id, advice="error.interaction")
