"""``[[user]]``: a person, with the standard claims of OpenID Connect Core §5.1."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.writes import EndSessionsOf, RevokeGrantsOf
from authwright.idp.accounts.username import normal_form
from authwright.idp.desired_state import kinds
from authwright.idp.desired_state.change import Action, Change, Circumstances, defaults
from authwright.idp.desired_state.difference import Difference, choices, differences
from authwright.idp.desired_state.entry import Key, Line, in_toml, read_entry
from authwright.idp.desired_state.secret_file import read_secret_file
from authwright.idp.records import Account
from authwright.idp.writes import AddAccount, SaveAccount, Write
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.types import Secret, Subject
from authwright.oidc.claims import SCOPE_CLAIMS, is_claim

CLAIMS: Final = tuple(
    name
    for names in SCOPE_CLAIMS.values()
    for name in names
    if name not in ("preferred_username", "updated_at")  # the account's own
)
"""The claims that can be declared."""

_FORMS: Final = {
    "email_verified": ("true or false", "true"),
    "phone_number_verified": ("true or false", "true"),
    "address": ("a table with members of OpenID Connect Core §5.1.1", '{ locality = "Vienna" }'),
}


def _username(raw: object) -> str:
    value = kinds.text(raw).strip()
    normal_form(value)
    return value


def _claim(name: str) -> Callable[[object], Any]:
    def read(raw: object) -> Any:
        if not is_claim(name, raw):
            raise InvalidValue("the value does not have the JSON type of the claim")
        return raw

    return read


def _claim_key(name: str) -> Key:
    expected, example = _FORMS.get(name, ("a string", '"…"'))
    return Key(name, _claim(name), expected, example, default=None)


KEYS: Final = (
    Key("username", _username, "what the person types to sign in", '"alice"'),
    Key("roles", kinds.array(kinds.name), "an array of role names", '["admin"]', default=None),
    Key("groups", kinds.array(kinds.name), "an array of group names", '["editors"]', default=None),
    Key("disabled", kinds.flag, "true or false", "true", default=False),
    Key(
        "initial_password_file",
        lambda raw: raw,  # read by `read_secret_file`
        "the path of a file",
        '"secrets/alice"',
        default=None,
    ),
    *(_claim_key(name) for name in CLAIMS),
)


@dataclass(frozen=True, slots=True)
class DesiredPerson:
    """
    A person as declared. None for *roles* or *groups*: not mentioned, so left as they are.

    *claims* has those that were named. *initial_password* counts only when the account is made.
    """

    username: str
    normal_username: str
    claims: Mapping[str, Any]
    roles: tuple[str, ...] | None
    groups: tuple[str, ...] | None
    disabled: bool
    initial_password: Secret | None


def read_person(
    table: Mapping[str, object], directory: Path, where: str, line: Line = in_toml
) -> DesiredPerson:
    """The person that *table* declares. Reads the password's file. Raises `DeclarationError`."""
    values = read_entry(table, KEYS, where, line)
    password = None
    if "initial_password_file" in table:
        file = table["initial_password_file"]
        password = read_secret_file(file, directory, where, "initial_password_file")
    return DesiredPerson(
        username=values["username"],
        normal_username=normal_form(values["username"]),
        claims={name: values[name] for name in CLAIMS if values[name] is not None},
        roles=values["roles"],
        groups=values["groups"],
        disabled=values["disabled"],
        initial_password=password,
    )


def change_person(
    declared: DesiredPerson,
    stored: Account | None,
    circumstances: Circumstances,
    *,
    closing: AbstractSet[str] = frozenset(),
) -> Change | None:
    """From *stored* to *declared*; None when nothing changes. *closing* are groups that are being deleted."""
    if stored is None:
        return _new(declared, circumstances)
    groups = stored.groups if declared.groups is None else declared.groups
    account = replace(
        stored,
        username=declared.username,
        claims={**stored.claims, **declared.claims},
        roles=stored.roles if declared.roles is None else declared.roles,
        groups=tuple(group for group in groups if group not in closing),
        disabled_at=circumstances.disabled_at(stored.disabled_at, disabled=declared.disabled),
    )
    return _update(stored, account, circumstances)


def leave_groups(account: Account, closing: AbstractSet[str], circumstances: Circumstances) -> Change | None:
    """*account* without the groups that are being deleted."""
    groups = tuple(group for group in account.groups if group not in closing)
    return _update(account, replace(account, groups=groups), circumstances)


def _update(stored: Account, account: Account, circumstances: Circumstances) -> Change | None:
    different = differences(_described(stored), _described(account))
    if not different:
        return None
    writes: tuple[Write, ...] = (
        SaveAccount(replace(account, updated_at=circumstances.now)),
        circumstances.event(EventKind.ACCOUNT_SAVED, subject=account.subject),
    )
    if account.disabled_at is not None and stored.disabled_at is None:
        writes += _lock_out(account.subject, circumstances)
    return Change(Action.UPDATE, "user", account.username, different, writes)


def _new(declared: DesiredPerson, circumstances: Circumstances) -> Change:
    account = Account(
        subject=Subject(circumstances.entropy.identifier()),
        username=declared.username,
        normal_username=declared.normal_username,
        claims=declared.claims,
        roles=declared.roles or (),
        groups=declared.groups or (),
        password_hash=circumstances.password_hashes.get(declared.normal_username),
        created_at=circumstances.now,
        updated_at=circumstances.now,
        disabled_at=circumstances.disabled_at(None, disabled=declared.disabled),
    )
    different = choices(_described(account), {**defaults(KEYS), "roles": (), "groups": ()})
    if account.password_hash is not None:
        different += (Difference("password", (), ("that of its file",)),)
    event = circumstances.event(EventKind.ACCOUNT_SAVED, subject=account.subject)
    return Change(Action.CREATE, "user", account.username, different, (AddAccount(account), event))


def _described(account: Account) -> dict[str, Any]:
    return {
        "username": account.username,
        "roles": account.roles,
        "groups": account.groups,
        "disabled": account.disabled_at is not None,
        **account.claims,
    }


def _lock_out(subject: Subject, circumstances: Circumstances) -> tuple[Write, ...]:
    """What a disabled account loses at once: its sessions, and everything that they gave."""
    return (
        EndSessionsOf(subject, circumstances.now),
        RevokeGrantsOf(subject, circumstances.now),
        circumstances.event(EventKind.ACCOUNT_DISABLED, subject=subject),
    )
