"""
/consent: a person says what an app may do. :rfc:`6749#section-3.1`, OpenID Connect Core §3.1.2.4.

The page names the app, where the answer goes, the account, and everything that is asked; the form is bound
to exactly that.
"""

from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.responses import Response

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.records import Consent, ProtectedResource, Step
from authwright.authorization_server.target import Target
from authwright.authorization_server.writes import RecordEvent, SaveConsent
from authwright.idp.web.asking_client import asking_client, destination
from authwright.idp.web.messages import Messages
from authwright.idp.web.person import named
from authwright.idp.web.step_page import StepPage, complete, open_step, refuse
from authwright.idp.web.visit import Visit
from authwright.oauth.scope import Scope
from authwright.oidc.claims import IDENTITY_SCOPE


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    """What is asked at one place: *api* is None for the account itself."""

    api: str | None
    meanings: tuple[Markup, ...]


async def show_consent(visit: Visit) -> Response:
    """The question."""
    page = await open_step(visit, visit.query())
    renderer, proven = visit.renderer, page.progress.proven
    client = asking_client(proven.client)
    return renderer.page(
        "consent.html",
        {
            "client": client,
            "destination": destination(proven),
            "person": named(page.here.person),
            "groups": scope_groups(page.target, renderer.messages),
            "interaction": page.progress.interaction.reveal(),
            "form_token": visit.form_token(*page.about),
        },
        form_targets=(proven.redirect_uri,),
        images=client.images,
    )


async def submit_consent(visit: Visit) -> Response:
    """The answer. Only the value of the Allow button is a yes."""
    form = visit.form()
    page = await open_step(visit, form)
    visit.check_form(form, *page.about)
    if form.get("action") != "allow":
        return await refuse(visit, page.progress)
    consent = await _consent(page)
    event = Event(
        EventKind.CONSENT_GIVEN,
        visit.now,
        client_id=consent.client_id,
        subject=consent.subject,
        session_id=page.here.session.session_id,
        network=visit.incoming.network,
    )
    return await complete(page, Step.CONSENT, SaveConsent(consent), RecordEvent(event))


async def _consent(page: StepPage) -> Consent:
    """What is allowed from now on: what was asked, with what the person had allowed the client before."""
    subject = page.here.session.subject
    client_id = page.progress.proven.client.client_id
    scope, access = page.target.scope, dict(page.target.access)
    earlier = await page.visit.idp.storage.consent(subject, client_id)
    if earlier is not None:
        scope |= earlier.scope
        for resource, allowed in earlier.access.items():
            access[resource] = access.get(resource, Scope()) | allowed
    return Consent(subject, client_id, scope, page.visit.now, access)


def scope_groups(target: Target, messages: Messages) -> tuple[ScopeGroup, ...]:
    """What *target* means to a person, the account's own part first. Nothing that is asked is left out."""
    groups = [ScopeGroup(None, _identity_meanings(target.scope, messages))]
    groups += [
        ScopeGroup(api.name or api.resource, _api_meanings(target.scope, api, messages))
        for api in sorted(target.apis, key=lambda api: api.resource)
    ]
    return tuple(group for group in groups if group.meanings)


def _identity_meanings(scope: Scope, messages: Messages) -> tuple[Markup, ...]:
    # First what every sign-in tells, last what lasts longest.
    asked = sorted(
        scope & IDENTITY_SCOPE, key=lambda name: (name == "offline_access", name != "openid", name)
    )
    return tuple(messages(f"scope.{name}") for name in asked)


def _api_meanings(scope: Scope, api: ProtectedResource, messages: Messages) -> tuple[Markup, ...]:
    meanings = tuple(escape(each.description or each.name) for each in api.scopes if each.name in scope)
    return meanings or (messages("scope.none"),)
