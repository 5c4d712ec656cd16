"""
Click to sign in: on a development server the login page has a button for each of its people.

`Settings.dev` is no setting. Only the commands that make a server for this machine alone give it, so no file
and no variable turns this on, and nowhere else is a button shown or its form accepted. The session that comes
of it is the one of a password login, with the same claims: what is being developed meets what it will meet.

Whoever can open the page can be anybody, so the page must be opened by the name of the issuer. A site whose
own name leads to 127.0.0.1 (DNS rebinding) is for the browser the same origin as this server, could read the
form token out of the page and send it back; its name is in ``Host``, which it cannot change.
"""

from typing import Final

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.records import Account
from authwright.idp.web.errors import Refused
from authwright.idp.web.visit import Visit
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters

CHOSEN: Final = "sign_in_as"
"""The parameter that a button sends: a normal username."""

_MOST: Final = 12
"""As many buttons as a page can bear; whoever comes after them types."""


async def people_to_choose(visit: Visit) -> tuple[str, ...]:
    """The usernames to offer; none unless this is a development server."""
    if not _is_allowed(visit):
        return ()
    accounts = await visit.idp.storage.accounts(limit=_MOST)
    return tuple(account.normal_username for account in accounts if account.disabled_at is None)


async def chosen_account(visit: Visit, form: Parameters) -> tuple[Account, RecordEvent]:
    """
    The account whose button was pressed, and what the audit log says of it.

    The caller has checked the form token. Raises `Refused`.
    """
    if not _is_allowed(visit):
        raise Refused(InvalidRequest("a sign-in without a password is for development servers"), "error.form")
    account = await visit.idp.storage.account_by_username(form[CHOSEN])
    if account is None or account.disabled_at is not None:
        raise Refused(InvalidRequest("the chosen account is not there any more"), "error.form")
    event = Event(
        EventKind.LOGIN_SUCCEEDED,
        visit.now,
        subject=account.subject,
        network=visit.incoming.network,
        detail="by a click, on a development server",
    )
    return account, RecordEvent(event)


def _is_allowed(visit: Visit) -> bool:
    settings = visit.idp.settings
    return settings.dev and visit.incoming.header(b"host") == settings.issuer.split("/")[2]
