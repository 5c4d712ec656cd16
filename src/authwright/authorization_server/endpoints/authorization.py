"""
The authorization endpoint. :rfc:`6749#section-3.1`, OpenID Connect Core §3.1.2.

First half of the authorization code grant; the second is in
`authwright.authorization_server.grants.authorization_code`.

A request travels: prove → validate → `decide` → a page, or a redirect. `decide` is pure and is asked anew
at every step, with the request's own parameters: a page never says "go on", it only changes what `decide`
sees (a session, a consent, a completed step).
"""

from dataclasses import dataclass

from authwright.authorization_server.authorization_request import (
    ProvenRequest,
    ValidRequest,
    prove,
    validate,
)
from authwright.authorization_server.decisions import ErrorPage, Interact, Redirect
from authwright.authorization_server.events import EventKind, grant_event
from authwright.authorization_server.id_token_hint import subject_of_hint
from authwright.authorization_server.records import (
    AuthorizationCode,
    Consent,
    Grant,
    Interaction,
    Person,
    Session,
    Step,
)
from authwright.authorization_server.requests import BrowserRequest
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import (
    AddAuthorizationCode,
    AddGrant,
    AddInteraction,
    EndInteraction,
    RecordEvent,
    Write,
)
from authwright.oauth.errors import (
    AccessDenied,
    ConsentRequired,
    InvalidRequest,
    LoginRequired,
    OAuthError,
    TemporarilyUnavailable,
)
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import ClientId, GrantId, Secret, Subject, Timestamp, whole_seconds
from authwright.oidc.prompt import Prompt, is_older_than

ATTEMPTS = 3

MAX_KEPT = 16_384
"""Characters of a request that is kept until the person has signed in: anybody may begin one."""

Outcome = Interact | Redirect | ErrorPage


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that is alive, of a person who may sign in."""

    session: Session
    person: Person


@dataclass(frozen=True, slots=True)
class Pending:
    """A request in progress, proved anew, for the page that serves it."""

    request: ValidRequest
    interaction: Interaction


async def authorization(request: BrowserRequest, server: AuthorizationServer) -> Outcome:
    """Answer an authorization request, by GET or POST (OpenID Connect Core §3.1.2.1)."""
    return await _answer(request, server, interaction=None, secret=None)


async def resume(request: BrowserRequest, interaction: Secret, server: AuthorizationServer) -> Outcome:
    """Go on with a request in progress, after a page has done its part."""
    try:
        stored = await _interaction(request, interaction, server)
    except OAuthError as error:
        return ErrorPage(error)
    original = BrowserRequest(
        Parameters(stored.parameters), request.session, request.browser, request.network
    )
    return await _answer(original, server, interaction=stored, secret=interaction)


async def pending(request: BrowserRequest, interaction: Secret, server: AuthorizationServer) -> Pending:
    """
    The request in progress that a page is about.

    Raises `OAuthError`, to be shown: it is unknown, over, expired, or began in another browser.
    """
    stored = await _interaction(request, interaction, server)
    proven = await _proven(Parameters(stored.parameters), server)
    return Pending(validate(proven, await server.storage.protected_resources()), stored)


async def deny(request: BrowserRequest, interaction: Secret, server: AuthorizationServer) -> Outcome:
    """The person said no, at login or at consent: the client learns ``access_denied``."""
    try:
        stored = await _interaction(request, interaction, server)
        proven = await _proven(Parameters(stored.parameters), server)
        await server.storage.commit((EndInteraction(stored.interaction_digest, server.clock.now()),))
    except OAuthError as error:
        return ErrorPage(error)
    except Conflict:
        return ErrorPage(InvalidRequest("the authorization request was answered already"))
    return proven.failure(AccessDenied("the person refused"))


async def signed_in(session: Secret | None, server: AuthorizationServer, now: Timestamp) -> SignedIn | None:
    """
    Who the cookie *session* says is here.

    None when the session is unknown, ended or expired, or the person is disabled. Two reads.
    """
    if session is None:
        return None
    stored = await server.storage.session(session.digest())
    if stored is None or stored.ended_at is not None or stored.expires_at <= now:
        return None
    person = await server.accounts.person(stored.subject)
    return SignedIn(stored, person) if person is not None and person.active else None


def decide(
    request: ValidRequest,
    here: SignedIn | None,
    hinted: Subject | None,
    consent: Consent | None,
    completed: frozenset[Step],
    now: Timestamp,
) -> Step | None:
    """
    The page that *request* needs next, or None when it may be answered with a code. Pure.

    *hinted* is whom ``id_token_hint`` names. *completed* are the pages already shown for this request, so
    that ``prompt=login`` asks once and not for ever. Raises the error for the client when ``prompt=none``
    forbids the page, or when somebody else than the hinted person signed in.
    """
    asked = request.authentication.prompt
    silent = Prompt.NONE in asked
    if here is None or _must_authenticate(request, here, hinted, completed, now):
        if silent or (Step.LOGIN in completed and here is not None):
            raise LoginRequired("the person is not signed in as the request demands")
        return Step.LOGIN
    chose = Step.SELECT_ACCOUNT in completed or Step.LOGIN in completed
    if Prompt.SELECT_ACCOUNT in asked and not chose:
        return Step.SELECT_ACCOUNT
    if _must_consent(request, here, consent, completed):
        if silent:
            raise ConsentRequired("the person has not consented to this scope")
        return Step.CONSENT
    return None


def _must_authenticate(
    request: ValidRequest,
    here: SignedIn,
    hinted: Subject | None,
    completed: frozenset[Step],
    now: Timestamp,
) -> bool:
    """Whether the session that is here does not do for *request*."""
    if hinted is not None and hinted != here.session.subject:
        return True
    if Step.LOGIN in completed:
        return False
    return Prompt.LOGIN in request.authentication.prompt or is_older_than(
        here.session.authenticated_at, request.max_age, now
    )


def _must_consent(
    request: ValidRequest, here: SignedIn, consent: Consent | None, completed: frozenset[Step]
) -> bool:
    """Clients that the operator made need none, unless they ask (``prompt=consent``)."""
    covered = (
        consent is not None and consent.subject == here.session.subject and request.target.is_within(consent)
    )
    if Prompt.CONSENT in request.authentication.prompt:
        return not (covered and Step.CONSENT in completed)
    return request.proven.client.require_consent and not covered


async def _answer(
    request: BrowserRequest,
    server: AuthorizationServer,
    *,
    interaction: Interaction | None,
    secret: Secret | None,
) -> Outcome:
    try:
        proven = await _proven(request.parameters, server)
    except OAuthError as error:
        return ErrorPage(error)
    try:
        valid = validate(proven, await server.storage.protected_resources())
        for _ in range(ATTEMPTS):
            try:
                return await _step_or_code(valid, request, server, interaction, secret)
            except Conflict as conflict:
                if isinstance(conflict.write, EndInteraction):
                    return ErrorPage(InvalidRequest("the authorization request is over"))
        raise TemporarilyUnavailable("the authorization request lost every race it ran")
    except OAuthError as error:
        return proven.failure(error)


async def _step_or_code(
    valid: ValidRequest,
    request: BrowserRequest,
    server: AuthorizationServer,
    interaction: Interaction | None,
    secret: Secret | None,
) -> Interact | Redirect:
    now = server.clock.now()
    client = valid.proven.client
    here = await signed_in(request.session, server, now)
    consent = None if here is None else await server.storage.consent(here.session.subject, client.client_id)
    hinted = subject_of_hint(valid.id_token_hint, server, client)
    completed = frozenset[Step]() if interaction is None else interaction.completed
    step = decide(valid, here, hinted, consent, completed, now)
    if step is not None:
        return Interact(step, secret or await _begin(request, server, now))
    if here is None:  # pragma: no cover - decide never lets nobody through
        raise LoginRequired("a code was decided without a session")
    return await _issue_code(valid, here, request, server, interaction, now)


async def _begin(request: BrowserRequest, server: AuthorizationServer, now: Timestamp) -> Secret:
    if request.browser is None:
        raise InvalidRequest("the browser has no cookie to bind the request to")
    pairs = request.parameters.pairs
    if sum(len(name) + len(value) for name, value in pairs) > MAX_KEPT:
        raise InvalidRequest("the authorization request is longer than what is kept while a person signs in")
    secret = Secret(server.entropy.secret())
    interaction = Interaction(
        interaction_digest=secret.digest(),
        browser_digest=request.browser.digest(),
        parameters=pairs,
        created_at=now,
        expires_at=Timestamp(now + whole_seconds(server.policy.interaction_lifetime)),
    )
    await server.storage.commit((AddInteraction(interaction),))
    return secret


async def _issue_code(
    valid: ValidRequest,
    here: SignedIn,
    request: BrowserRequest,
    server: AuthorizationServer,
    interaction: Interaction | None,
    now: Timestamp,
) -> Redirect:
    session, proven, policy = here.session, valid.proven, server.policy
    offline = "offline_access" in valid.target.scope
    expires_at = Timestamp(now + whole_seconds(policy.grant_lifetime))
    if not offline:
        # Nothing is refreshed by it, and what is kept for its sake is kept for every sign-in.
        expires_at = min(expires_at, session.expires_at)
    grant = Grant(
        grant_id=GrantId(server.entropy.identifier()),
        client_id=proven.client.client_id,
        subject=session.subject,
        session_id=session.session_id,
        scope=valid.target.scope,
        resources=valid.target.resources,
        auth_time=session.authenticated_at,
        acr=session.acr,
        amr=session.amr,
        offline=offline,
        created_at=now,
        expires_at=expires_at,
    )
    secret = Secret(server.entropy.secret())
    code = AuthorizationCode(
        code_digest=secret.digest(),
        grant=grant,
        redirect_uri=proven.redirect_uri if proven.redirect_uri_sent else None,
        code_challenge=valid.code_challenge,
        nonce=valid.nonce,
        issued_at=now,
        expires_at=Timestamp(now + whole_seconds(policy.authorization_code_lifetime)),
    )
    event = grant_event(EventKind.CODE_ISSUED, grant, now, network=request.network)
    writes: tuple[Write, ...] = (AddGrant(grant), AddAuthorizationCode(code), RecordEvent(event))
    if interaction is not None:
        writes = (EndInteraction(interaction.interaction_digest, now), *writes)
    await server.storage.commit(writes)
    return proven.success(secret.reveal())


async def _proven(parameters: Parameters, server: AuthorizationServer) -> ProvenRequest:
    client_id = parameters.get("client_id")
    if client_id is None:
        raise InvalidRequest("the authorization request has no client_id")
    client = await server.storage.client(ClientId(client_id))
    if client is not None and client.disabled_at is not None:
        client = None
    return prove(parameters, client, server.issuer, server.policy)


async def _interaction(request: BrowserRequest, secret: Secret, server: AuthorizationServer) -> Interaction:
    stored = await server.storage.interaction(secret.digest())
    if stored is None:
        raise InvalidRequest("the authorization request in progress is unknown")
    if request.browser is None or not request.browser.matches(stored.browser_digest):
        raise InvalidRequest("the authorization request began in another browser")
    if stored.ended_at is not None:
        raise InvalidRequest("the authorization request was answered before")
    if stored.expires_at <= server.clock.now():
        raise InvalidRequest("the authorization request took too long")
    return stored
