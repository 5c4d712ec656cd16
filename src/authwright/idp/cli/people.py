"""Finding people and reading their passwords, for the commands about them."""

import sys
from typing import TYPE_CHECKING, Final

import click

from authwright.idp.cli.failure import CommandFailed, Problem, not_found
from authwright.oauth.types import Secret

if TYPE_CHECKING:
    from authwright.idp.accounts.password_rules import PasswordRefused
    from authwright.idp.provider import IdentityProvider
    from authwright.idp.records import Account

_COMPARED_NAMES: Final = 1000


async def find_person(idp: "IdentityProvider", username: str) -> "Account":
    """The account of *username*, in any spelling. Raises `CommandFailed`, with the nearest name."""
    from authwright.idp.accounts.username import InvalidUsername, normal_form

    try:
        account = await idp.storage.account_by_username(normal_form(username))
    except InvalidUsername:
        account = None
    if account is not None:
        return account
    raise not_found(
        "there is no such person",
        username,
        [known.username for known in await idp.storage.accounts(limit=_COMPARED_NAMES)],
        expected="the username of somebody",
        write="authwright user list",
    )


def read_password(username: str) -> Secret:
    """
    A new password: typed twice without being shown, or the first line of standard input. Never an argument,
    which every user of the machine can read. Raises `CommandFailed`.
    """
    if sys.stdin.isatty():
        return Secret(click.prompt(f"New password of {username}", hide_input=True, confirmation_prompt=True))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandFailed(
            Problem.PASSWORD_REFUSED,
            "no password was given",
            received="an empty first line on standard input",
            expected="the password on it; or --link, for a link by which the person sets one",
            write=f"authwright user set-password {username} --link",
        )
    return Secret(password)


def password_refused(refused: "PasswordRefused") -> CommandFailed:
    """The failure, with what to change."""
    return CommandFailed(
        Problem.PASSWORD_REFUSED,
        "the password is refused",
        received="one that is too weak",
        expected=f"a better one. {refused.advice}",
        write="four unrelated words, or --link to let the person choose",
    )
