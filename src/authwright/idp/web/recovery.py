"""/recover/…: a new password for an account whose own is lost, by a link from an administrator's terminal."""

from starlette.responses import Response

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import EndSessionsOf, RecordEvent
from authwright.idp.accounts.password_rules import PasswordRefused
from authwright.idp.records import Account, OneTimeLink
from authwright.idp.web.login import PASSWORD_WAS_SET
from authwright.idp.web.new_password import FormProblem, read_new_password
from authwright.idp.web.one_time_links import about, link_over_page, open_link
from authwright.idp.web.visit import Visit
from authwright.idp.writes import SetPassword, UseOneTimeLink


async def show_recovery(visit: Visit) -> Response:
    """The form. The link stays good."""
    opened = await _open(visit)
    return opened if isinstance(opened, Response) else _page(visit, *opened)


async def submit_recovery(visit: Visit) -> Response:
    """The password is set, the link used up and everybody signed out, together or not at all."""
    form = visit.form()
    opened = await _open(visit)
    if isinstance(opened, Response):
        return opened
    link, account = opened
    visit.check_form(form, *about(visit, link))
    try:
        password = read_new_password(form, visit.renderer.messages)
        password_hash = await visit.idp.accounts.new_hash(account, password)
    except PasswordRefused as weak:
        return _page(visit, link, account, FormProblem.of(weak))
    except FormProblem as problem:
        return _page(visit, link, account, problem)
    event = Event(
        EventKind.ADMIN_RECOVERED,
        visit.now,
        subject=account.subject,
        network=visit.incoming.network,
        detail="a new password, by a one-time link",
    )
    try:
        await visit.idp.storage.commit(
            (
                UseOneTimeLink(link.link_digest, visit.now),
                SetPassword(account.subject, password_hash, visit.now),
                EndSessionsOf(account.subject, visit.now),
                RecordEvent(event),
            )
        )
    except Conflict:
        return link_over_page(visit)
    # Signing in with it shows at once that it works, and lets a password manager keep it.
    return visit.renderer.redirect(visit.renderer.url("/login", **{PASSWORD_WAS_SET: "1"}))


async def _open(visit: Visit) -> tuple[OneTimeLink, Account] | Response:
    link = await open_link(visit, "recovery")
    if isinstance(link, Response):
        return link
    account = None if link.subject is None else await visit.idp.storage.account(link.subject)
    return link_over_page(visit) if account is None or account.disabled_at is not None else (link, account)


def _page(visit: Visit, link: OneTimeLink, account: Account, problem: FormProblem | None = None) -> Response:
    return visit.renderer.page(
        "recover.html",
        {
            "action": visit.incoming.path,
            "username": account.username,
            "problem": "" if problem is None else problem.problem,
            "form_token": visit.form_token(*about(visit, link)),
        },
        status=200 if problem is None else 422,
        isolated=True,
    )
