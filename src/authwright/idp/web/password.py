"""
/account/password: a person changes their password. NIST SP 800-63B-4 §3.1.1.2.

The current one is asked for and counted like a login, so that an unattended browser cannot be used to guess
it. Whoever had the old one is signed out.
"""

from starlette.responses import Response
from typing_extensions import assert_never

from authwright.authorization_server.endpoints.authorization import SignedIn
from authwright.idp.accounts.accounts import LoginAttempt, LoginFailed, LoginSucceeded, LoginThrottled
from authwright.idp.accounts.password_rules import PasswordRefused
from authwright.idp.accounts.throttle import network_of
from authwright.idp.records import Account
from authwright.idp.web.errors import Refused
from authwright.idp.web.new_password import NewPasswordProblem, advice, read_new_password
from authwright.idp.web.person import named
from authwright.idp.web.visit import Visit
from authwright.idp.web.waiting import wait
from authwright.idp.writes import ClearAttempts
from authwright.oauth.errors import LoginRequired
from authwright.oauth.types import Seconds, Secret


async def show_password(visit: Visit) -> Response:
    """The form; whoever is not signed in signs in first."""
    here = await visit.person_here()
    return visit.renderer.redirect(visit.renderer.url("/login")) if here is None else _page(visit, here)


async def submit_password(visit: Visit) -> Response:
    """The form comes back."""
    form = visit.form()
    here = await visit.person_here()
    account = None if here is None else await visit.idp.storage.account(here.person.subject)
    if here is None or account is None:
        raise Refused(LoginRequired("a password was to be changed without a session"), "error.form")
    visit.check_form(form, *_about(here))
    try:
        password = read_new_password(form, visit.renderer.messages)
        refused = await _prove_current(visit, here, account, Secret(form.get("password", "")))
        if refused is not None:
            return refused
        await visit.idp.accounts.change_password(
            account, password, now=visit.now, keep=here.session.session_id
        )
    except PasswordRefused as weak:
        return _page(visit, here, problem=advice(weak).problem, at_new=True, status=422)
    except NewPasswordProblem as wrong:
        return _page(visit, here, problem=wrong.problem, at_new=True, status=422)
    return visit.renderer.redirect(visit.renderer.url("/account", done="password_changed"))


async def _prove_current(visit: Visit, here: SignedIn, account: Account, password: Secret) -> Response | None:
    """None when *password* is the current one, else the page that says so."""
    messages = visit.renderer.messages
    known_browser = visit.renderer.cookies.known_browser(visit.cookie_header)
    attempt = LoginAttempt(account.username, password, network_of(visit.incoming.network), known_browser)
    result = await visit.idp.accounts.authenticate(attempt, visit.now)
    match result:
        case LoginSucceeded(writes=writes):
            # The counts only: nobody signed in.
            await visit.idp.storage.commit([w for w in writes if isinstance(w, ClearAttempts)])
            return None
        case LoginFailed():
            return _page(visit, here, problem=messages("password.current_wrong"), status=403)
        case LoginThrottled(retry_after):
            problem = messages("login.throttled", wait=wait(retry_after, messages))
            return _page(visit, here, problem=problem, status=429, retry_after=retry_after)
        case _:
            assert_never(result)


def _page(
    visit: Visit,
    here: SignedIn,
    *,
    problem: str = "",
    at_new: bool = False,
    status: int = 200,
    retry_after: Seconds | None = None,
) -> Response:
    """*at_new*: the *problem* is with the new password and not with the current one."""
    response = visit.renderer.page(
        "password.html",
        {
            "person": named(here.person),
            "problem": problem,
            "at_new": at_new,
            "form_token": visit.form_token(*_about(here)),
        },
        status=status,
        isolated=True,
    )
    if retry_after is not None:
        response.headers["retry-after"] = str(retry_after)
    return response


def _about(here: SignedIn) -> tuple[str, ...]:
    return ("/account/password", here.session.session_id)
