"""/first/…: the first administrator makes their own account, so that no default password is left in place."""

from dataclasses import replace
from typing import Final

from markupsafe import escape
from starlette.responses import Response

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.accounts.password_rules import PasswordRefused
from authwright.idp.accounts.username import InvalidUsername, normal_form
from authwright.idp.records import Account, OneTimeLink
from authwright.idp.web.new_password import FormProblem, read_new_password
from authwright.idp.web.one_time_links import about, link_over_page, open_link
from authwright.idp.web.sign_in import NewSession, new_session
from authwright.idp.web.visit import Visit
from authwright.idp.writes import AddAccount, UseOneTimeLink
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Subject

ADMIN_ROLE: Final = "admin"


async def show_first_admin(visit: Visit) -> Response:
    """The form. The link stays good."""
    link = await open_link(visit, "first_admin")
    return link if isinstance(link, Response) else _page(visit, link)


async def submit_first_admin(visit: Visit) -> Response:
    """The account is made, the link used up and the person signed in, together or not at all."""
    form = visit.form()
    link = await open_link(visit, "first_admin")
    if isinstance(link, Response):
        return link
    visit.check_form(form, *about(visit, link))
    try:
        account = await _account(visit, form)
        session = await new_session(visit, account.subject)
        made = await _make(visit, link, account, session)
    except FormProblem as problem:
        return _page(visit, link, form.get("login", ""), problem)
    if not made:
        return link_over_page(visit)
    response = visit.renderer.redirect(visit.renderer.url("/account", done="created"))
    session.set_cookie(response, visit)
    return response


async def _account(visit: Visit, form: Parameters) -> Account:
    """The account as typed. Raises `FormProblem`."""
    username = form.get("login", "")
    try:
        normal_username = normal_form(username)
    except InvalidUsername as invalid:
        raise FormProblem(escape(invalid.detail), "username") from invalid
    password = read_new_password(form, visit.renderer.messages)
    account = Account(
        subject=Subject(visit.idp.server.entropy.identifier()),
        username=username.strip(),
        normal_username=normal_username,
        roles=(ADMIN_ROLE,),
        created_at=visit.now,
        updated_at=visit.now,
    )
    try:
        return replace(account, password_hash=await visit.idp.accounts.new_hash(account, password))
    except PasswordRefused as weak:
        raise FormProblem.of(weak) from weak


async def _make(visit: Visit, link: OneTimeLink, account: Account, session: NewSession) -> bool:
    """False when the link was used in the meantime. Raises `FormProblem` when the username was taken."""
    event = Event(
        EventKind.ACCOUNT_SAVED,
        visit.now,
        subject=account.subject,
        network=visit.incoming.network,
        detail="the first administrator, by a one-time link",
    )
    used = UseOneTimeLink(link.link_digest, visit.now)
    try:
        await visit.idp.storage.commit((used, AddAccount(account), RecordEvent(event), *session.writes))
    except Conflict as conflict:
        if isinstance(conflict.write, AddAccount):
            raise FormProblem(visit.renderer.messages("first.username_taken"), "username") from conflict
        return False
    return True


def _page(
    visit: Visit, link: OneTimeLink, username: str = "", problem: FormProblem | None = None
) -> Response:
    return visit.renderer.page(
        "first_admin.html",
        {
            "action": visit.incoming.path,
            "username": username,
            "problem": "" if problem is None else problem.problem,
            "at": None if problem is None else problem.at,
            "form_token": visit.form_token(*about(visit, link)),
        },
        status=200 if problem is None else 422,
        isolated=True,
    )
