"""
/account/password: a person changes their password. NIST SP 800-63B-4 §3.1.1.2.

The current one is asked for and counted like a login, so that an unattended browser cannot be used to guess
it. Whoever had the old one is signed out.
"""

from typing import assert_never

from starlette.responses import Response

from authwright.authorization_server.endpoints.authorization import SignedIn
from authwright.authorization_server.storage import Conflict
from authwright.idp.accounts.accounts import LoginFailed, LoginSucceeded, LoginThrottled
from authwright.idp.accounts.password_rules import PasswordRefused
from authwright.idp.web.errors import SignInFirst
from authwright.idp.web.new_password import FormProblem, read_new_password
from authwright.idp.web.person import named
from authwright.idp.web.visit import Visit
from authwright.idp.web.waiting import wait
from authwright.idp.writes import ClearAttempts, UsePassword
from authwright.oauth.types import Seconds, Secret


async def show_password(visit: Visit) -> Response:
    """The form; whoever is not signed in signs in first."""
    return _page(visit, await visit.signed_in_person())


async def submit_password(visit: Visit) -> Response:
    """The form comes back."""
    form = visit.form()
    here = await visit.signed_in_person()
    account = await visit.idp.storage.account(here.person.subject)
    if account is None:
        raise SignInFirst
    visit.check_form(form, *_about(here))
    try:
        password = read_new_password(form, visit.renderer.messages)
        proof = await _prove_current(visit, account.username, Secret(form.get("password", "")))
        if not isinstance(proof, UsePassword):
            return _throttled_page(visit, here, proof)
        await visit.idp.accounts.change_password(
            account, password, now=visit.now, keep=here.session.session_id, proof=proof
        )
    except Conflict as conflict:
        # Somebody else set a password meanwhile, which ended the session too.
        raise SignInFirst from conflict
    except PasswordRefused as weak:
        return _page(visit, here, FormProblem.of(weak))
    except FormProblem as problem:
        return _page(visit, here, problem)
    return visit.renderer.redirect(visit.renderer.url("/account", done="password_changed"))


async def _prove_current(visit: Visit, username: str, password: Secret) -> UsePassword | Seconds:
    """
    That *password* is the current one, for the commit of what it allows, or how long to wait. Raises
    `FormProblem` when it is not.
    """
    result = await visit.idp.accounts.authenticate(visit.login_attempt(username, password), visit.now)
    match result:
        case LoginSucceeded(writes=writes):
            # The counts only: nobody signed in.
            cleared = [write for write in writes if isinstance(write, ClearAttempts)]
            await visit.idp.storage.commit(cleared)
            return next(write for write in writes if isinstance(write, UsePassword))
        case LoginFailed():
            raise FormProblem(visit.renderer.messages("password.current_wrong"), "password")
        case LoginThrottled(retry_after):
            return retry_after
        case _:
            assert_never(result)


def _page(
    visit: Visit, here: SignedIn, problem: FormProblem | None = None, *, status: int | None = None
) -> Response:
    return visit.renderer.page(
        "password.html",
        {
            "person": named(here.person),
            "problem": "" if problem is None else problem.problem,
            "at": None if problem is None else problem.at,
            "form_token": visit.form_token(*_about(here)),
        },
        status=status or (200 if problem is None else 422),
        isolated=True,
    )


def _throttled_page(visit: Visit, here: SignedIn, retry_after: Seconds) -> Response:
    messages = visit.renderer.messages
    problem = FormProblem(messages("login.throttled", wait=wait(retry_after, messages)), "password")
    response = _page(visit, here, problem, status=429)
    response.headers["retry-after"] = str(retry_after)
    return response


def _about(here: SignedIn) -> tuple[str, ...]:
    return ("/account/password", here.session.session_id)
