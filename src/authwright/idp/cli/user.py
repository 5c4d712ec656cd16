"""`authwright user`: the people who can sign in."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.opening import config_option, work_on
from authwright.idp.cli.people import find_person, password_refused, read_password

if TYPE_CHECKING:
    from authwright.idp.desired_state.person import DesiredPerson
    from authwright.idp.provider import IdentityProvider
    from authwright.idp.records import Account
    from authwright.oauth.types import Secret, Timestamp

_username_argument = click.argument("username")
_email_option = click.option("--email", metavar="ADDRESS", help="The claim email.")
_name_option = click.option("--name", metavar="NAME", help="The claim name: how the person is called.")
_link_option = click.option(
    "--link", is_flag=True, help="No password, but a link by which the person sets one: once, in 24 hours."
)


@click.group("user")
def command() -> None:
    """People who can sign in."""


@command.command("add")
@_username_argument
@_name_option
@_email_option
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="Can be given again.")
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="Can be given again.")
@_link_option
@config_option
def add(
    username: str,
    name: str | None,
    email: str | None,
    roles: tuple[str, ...],
    groups: tuple[str, ...],
    config: Path | None,
    *,
    link: bool,
) -> None:
    """
    Add a person. The password is asked for, or read from standard input when that is no terminal.

    With --link nobody but the person ever knows it.
    """
    person = _declared("add", username, {"roles": [*roles], "groups": [*groups], **_claims(name, email)})

    async def work(idp: "IdentityProvider") -> str | None:
        from authwright.idp.desired_state.current import read_current
        from authwright.idp.desired_state.document import DesiredState
        from authwright.idp.desired_state.references import check_references

        desired = DesiredState(people=(person,))
        current = await read_current(idp.storage, desired, prune=False)
        check_references(desired, current, prune=False)
        if current.people:
            raise _username_taken(username)
        await _add(idp, person, None if link else read_password(username))
        return await _link(idp, username) if link else None

    address = work_on(config, work)
    terminal.say(f"Added {terminal.printable(person.username)}.")
    if address is not None:
        terminal.say(address)


@command.command("list")
@config_option
def list_people(config: Path | None) -> None:
    """Everybody, by username."""

    async def work(idp: "IdentityProvider") -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        after = ""
        while page := await idp.storage.accounts(after=after, limit=500):
            rows.extend(_row(account) for account in page)
            after = page[-1].normal_username
        return rows

    rows = work_on(config, work)
    if not rows:
        terminal.say("Nobody yet. The first administrator's link: authwright admin recover")
        return
    for line in terminal.table(("username", "name", "roles", "groups", ""), rows):
        terminal.say(line)


@command.command("show")
@_username_argument
@config_option
def show(username: str, config: Path | None) -> None:
    """One person, with all claims."""

    async def work(idp: "IdentityProvider") -> "Account":
        return await find_person(idp, username)

    for line in terminal.facts(_facts(work_on(config, work))):
        terminal.say(line)


@command.command("change")
@_username_argument
@_name_option
@_email_option
@click.option("--add-role", "new_roles", multiple=True, metavar="ROLE", help="Can be given again.")
@click.option("--remove-role", "old_roles", multiple=True, metavar="ROLE", help="Can be given again.")
@click.option("--add-group", "new_groups", multiple=True, metavar="GROUP", help="Can be given again.")
@click.option("--remove-group", "old_groups", multiple=True, metavar="GROUP", help="Can be given again.")
@config_option
def change(
    username: str,
    name: str | None,
    email: str | None,
    new_roles: tuple[str, ...],
    old_roles: tuple[str, ...],
    new_groups: tuple[str, ...],
    old_groups: tuple[str, ...],
    config: Path | None,
) -> None:
    """Change what is known about a person. Tokens have it from the next refresh on."""
    from authwright.idp.cli.declaring import declare
    from authwright.idp.cli.plan_output import plan_lines
    from authwright.idp.desired_state.document import DesiredState
    from authwright.idp.desired_state.plan import Plan

    async def work(idp: "IdentityProvider") -> Plan:
        account = await find_person(idp, username)
        table = {
            "roles": _changed(account.roles, new_roles, old_roles),
            "groups": _changed(account.groups, new_groups, old_groups),
            "disabled": account.disabled_at is not None,
            **_claims(name, email),
        }
        return await declare(idp, DesiredState(people=(_declared("change", account.username, table),)))

    plan = work_on(config, work)
    if not plan.changes:
        terminal.say("Nothing to change.")
    for line in plan_lines(plan, undeclared=False):
        terminal.say(line)


@command.command("set-password")
@_username_argument
@_link_option
@config_option
def set_password(username: str, config: Path | None, *, link: bool) -> None:
    """Set a person's password, and sign them out everywhere. It is asked for, or read from standard input."""

    async def work(idp: "IdentityProvider") -> str:
        from authwright.idp.accounts.password_rules import PasswordRefused

        account = await find_person(idp, username)
        if link:
            return await _link(idp, username)
        password = read_password(account.username)
        try:
            await idp.accounts.change_password(account, password, now=idp.server.clock.now())
        except PasswordRefused as refused:
            raise password_refused(refused) from None
        return f"The password of {terminal.printable(account.username)} is set."

    terminal.say(work_on(config, work))


@command.command("disable")
@_username_argument
@config_option
def disable(username: str, config: Path | None) -> None:
    """Let a person sign in no more, and end all sessions and grants at once."""

    async def work(idp: "IdentityProvider") -> str:
        account = await find_person(idp, username)
        await idp.accounts.disable(account, now=idp.server.clock.now())
        return f"{terminal.printable(account.username)} is disabled and signed out everywhere."

    terminal.say(work_on(config, work))


@command.command("enable")
@_username_argument
@config_option
def enable(username: str, config: Path | None) -> None:
    """Let a disabled person sign in again."""
    from authwright.idp.cli.declaring import declare
    from authwright.idp.desired_state.document import DesiredState

    async def work(idp: "IdentityProvider") -> str:
        account = await find_person(idp, username)
        await declare(idp, DesiredState(people=(_declared("enable", account.username, {}),)))
        return f"{terminal.printable(account.username)} can sign in."

    terminal.say(work_on(config, work))


@command.command("delete")
@_username_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def delete(username: str, config: Path | None, *, yes: bool) -> None:
    """Delete a person with all sessions, consents and grants. `disable` can be taken back; this cannot."""

    async def work(idp: "IdentityProvider") -> str:
        from authwright.authorization_server.events import Event, EventKind
        from authwright.authorization_server.writes import RecordEvent
        from authwright.idp.writes import DeleteAccount

        account = await find_person(idp, username)
        if not yes:
            terminal.confirm(f"Delete {terminal.printable(account.username)} for good?")
        event = Event(EventKind.ACCOUNT_DELETED, idp.server.clock.now(), subject=account.subject)
        await idp.storage.commit((DeleteAccount(account.subject), RecordEvent(event)))
        return f"Deleted {terminal.printable(account.username)}."

    terminal.say(work_on(config, work))


def _declared(what: str, username: str, table: Mapping[str, object]) -> "DesiredPerson":
    from authwright.idp.cli.declaring import as_change, as_option
    from authwright.idp.desired_state.person import read_person

    line = as_option if what == "add" else as_change
    return read_person({"username": username, **table}, Path(), f"authwright user {what}", line)


def _claims(name: str | None, email: str | None) -> dict[str, str]:
    given = {"name": name, "email": email}
    return {key: value for key, value in given.items() if value is not None}


def _changed(values: Iterable[str], new: Iterable[str], old: Iterable[str]) -> list[str]:
    gone = set(old)
    return [value for value in dict.fromkeys((*values, *new)) if value not in gone]


async def _add(idp: "IdentityProvider", person: "DesiredPerson", password: "Secret | None") -> None:
    from authwright.idp.accounts.accounts import UsernameTaken
    from authwright.idp.accounts.password_rules import PasswordRefused

    try:
        await idp.accounts.add(
            person.username,
            password=password,
            claims=person.claims,
            roles=person.roles or (),
            groups=person.groups or (),
            now=idp.server.clock.now(),
        )
    except UsernameTaken:
        raise _username_taken(person.username) from None
    except PasswordRefused as refused:
        raise password_refused(refused) from None


def _username_taken(username: str) -> CommandFailed:
    return CommandFailed(
        Problem.ALREADY_EXISTS,
        "the username is taken",
        received=username,
        expected="a username that nobody has, in any spelling",
        write=f"authwright user show {username}",
    )


async def _link(idp: "IdentityProvider", username: str) -> str:
    from authwright.idp.cli.one_time_links import add_link

    return await add_link(idp, subject=(await find_person(idp, username)).subject)


def _row(account: "Account") -> tuple[str, ...]:
    return (
        account.username,
        str(account.claims.get("name", "")),
        ", ".join(account.roles),
        ", ".join(account.groups),
        _state(account),
    )


def _state(account: "Account") -> str:
    if account.disabled_at is not None:
        return "disabled"
    return "" if account.password_hash else "no password yet"


def _facts(account: "Account") -> Iterable[tuple[str, str]]:
    yield "username", account.username
    yield "sub", account.subject
    yield "roles", ", ".join(account.roles) or "none"
    yield "groups", ", ".join(account.groups) or "none"
    yield "state", _state(account) or "active"
    yield "created", _date(account.created_at)
    yield "changed", _date(account.updated_at)
    for claim, value in sorted(account.claims.items()):
        yield claim, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _date(at: "Timestamp") -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
