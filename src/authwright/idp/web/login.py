"""
/login: a person proves who they are. OpenID Connect Core §3.1.2.3.

With an authorization request in progress, its client is named and the person goes on to it; without one,
to their own account. An unknown username, a wrong password and a disabled account answer alike.

On a development server a click is enough: `authwright.idp.web.development_login`.
"""

from dataclasses import dataclass
from typing import Final, assert_never

from starlette.responses import Response

from authwright.authorization_server.endpoints.authorization import SignedIn
from authwright.authorization_server.id_token_hint import subject_of_hint
from authwright.authorization_server.records import Step
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import CompleteStep
from authwright.idp.accounts.accounts import LoginFailed, LoginSucceeded, LoginThrottled
from authwright.idp.accounts.known_browsers import LIFETIME
from authwright.idp.accounts.username import MAX_LENGTH
from authwright.idp.records import Account
from authwright.idp.web.asking_client import AskingClient, asking_client
from authwright.idp.web.development_login import CHOSEN, chosen_account, people_to_choose
from authwright.idp.web.errors import Refused
from authwright.idp.web.person import named
from authwright.idp.web.sign_in import new_session
from authwright.idp.web.step_page import go_on, refuse
from authwright.idp.web.visit import InProgress, Visit
from authwright.idp.web.waiting import wait
from authwright.idp.writes import UsePassword, Write
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret

OTHER_ACCOUNT: Final = "other_account"
"""The parameter by which a page sends somebody here who wants to be somebody else."""

PASSWORD_WAS_SET: Final = "password_was_set"
"""The parameter by which somebody arrives here who has just set a new password."""


@dataclass(frozen=True, slots=True)
class _LoginPage:
    """What the page is about, the same for showing it and for what is posted from it."""

    visit: Visit
    parameters: Parameters
    progress: InProgress | None
    here: SignedIn | None
    people: tuple[str, ...]

    @property
    def about(self) -> tuple[str, ...]:
        """What the form is bound to. Not to a session: a sign-in in another window shall not spoil it."""
        return ("/login", "" if self.progress is None else self.progress.interaction.reveal())

    @property
    def again(self) -> bool:
        """Whether the person who is here already is asked once more."""
        if self.here is None or self.progress is None or OTHER_ACCOUNT in self.parameters:
            return False
        hint = self.progress.pending.request.id_token_hint
        hinted = subject_of_hint(hint, self.visit.idp.server, self.progress.proven.client)
        return hinted is None or hinted == self.here.session.subject

    def username(self) -> str:
        """What to begin with: the client's hint, or whoever is asked again."""
        if OTHER_ACCOUNT in self.parameters:
            return ""
        if self.progress is not None:
            hint = self.progress.pending.request.authentication.login_hint
            if hint is not None:
                return hint[:MAX_LENGTH]
        return named(self.here.person).username if self.here is not None and self.again else ""

    def render(
        self, username: str, *, problem: str = "", status: int = 200, retry_after: int | None = None
    ) -> Response:
        client: AskingClient | None = None
        targets: tuple[str, ...] = ()
        if self.progress is not None:
            client = asking_client(self.progress.proven.client)
            targets = (self.progress.proven.redirect_uri,)
        response = self.visit.renderer.page(
            "login.html",
            {
                "client": client,
                "again": self.again,
                "username": username,
                "problem": problem,
                "password_was_set": PASSWORD_WAS_SET in self.parameters,
                "other_account": OTHER_ACCOUNT in self.parameters,
                "people": self.people,
                "interaction": None if self.progress is None else self.progress.interaction.reveal(),
                "form_token": self.visit.form_token(*self.about),
            },
            status=status,
            form_targets=targets,
            images=() if client is None else client.images,
        )
        if retry_after is not None:
            response.headers["retry-after"] = str(retry_after)
        return response


async def show_login(visit: Visit) -> Response:
    """The form; whoever is signed in already and has nothing to sign in to goes to their account."""
    page = await _page(visit, visit.query())
    if page.progress is None and page.here is not None:
        return visit.renderer.redirect(visit.renderer.url("/account"))
    return page.render(page.username())


async def submit_login(visit: Visit) -> Response:
    """The form comes back: cancelled, with a username and a password, or, in development, with a choice."""
    form = visit.form()
    page = await _page(visit, form)
    visit.check_form(form, *page.about)
    if page.progress is not None and form.get("action") == "cancel":
        return await refuse(visit, page.progress)
    if CHOSEN in form:
        account, recorded = await chosen_account(visit, form)
        return await _signed_in(page, account, (recorded,))
    username, password = form.get("login", ""), form.get("password", "")
    messages = visit.renderer.messages
    if not username or not password:
        return page.render(username, problem=messages("login.incomplete"), status=422)
    attempt = visit.login_attempt(username, Secret(password))
    result = await visit.idp.accounts.authenticate(attempt, visit.now)
    match result:
        case LoginSucceeded():
            return await _succeed(page, result)
        case LoginFailed():
            return page.render(username, problem=messages("login.failed"), status=403)
        case LoginThrottled(retry_after):
            problem = messages("login.throttled", wait=wait(retry_after, messages))
            return page.render(username, problem=problem, status=429, retry_after=retry_after)
        case _:
            assert_never(result)


async def _page(visit: Visit, parameters: Parameters) -> _LoginPage:
    progress = await visit.in_progress(parameters)
    here = await visit.person_here()
    return _LoginPage(visit, parameters, progress, here, await people_to_choose(visit))


async def _succeed(page: _LoginPage, result: LoginSucceeded) -> Response:
    try:
        response = await _signed_in(page, result.account, result.writes)
    except Conflict:
        # It was the account's when it was looked at, and is not any more: the wrong password.
        problem = page.visit.renderer.messages("login.failed")
        return page.render(page.parameters.get("login", ""), problem=problem, status=403)
    cookies = page.visit.renderer.cookies
    response.headers.append("set-cookie", cookies.set_known_browser(result.known_browser_cookie, LIFETIME))
    return response


async def _signed_in(page: _LoginPage, account: Account, about_it: tuple[Write, ...]) -> Response:
    """
    Begin the session of *account*, in one commit with what is to be written *about_it*, and go on.

    Raises `Conflict` when *about_it* holds a `UsePassword` that does not hold any more.
    """
    visit = page.visit
    session = await new_session(visit, account.subject)
    writes: tuple[Write, ...] = (*about_it, *session.writes)
    if page.progress is not None:
        digest = page.progress.pending.interaction.interaction_digest
        writes = (CompleteStep(digest, Step.LOGIN), *writes)
    try:
        await visit.idp.storage.commit(writes)
    except Conflict as conflict:
        if isinstance(conflict.write, UsePassword):
            raise
        raise Refused(
            InvalidRequest("the authorization request ended while the person signed in"), "error.interaction"
        ) from conflict
    if page.progress is None:
        response = visit.renderer.redirect(visit.renderer.url("/account"))
    else:
        response = await go_on(visit, page.progress, session=session.secret)
    session.set_cookie(response, visit)
    return response
