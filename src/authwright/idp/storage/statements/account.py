"""Accounts. The end of one takes everything of the person with it."""

from typing import Final, assert_never

from authwright.idp.records import Account
from authwright.idp.storage.columns import from_list, from_object, to_object, to_tuple
from authwright.idp.storage.statement import Parameters, Row, Statement, Value
from authwright.idp.writes import AddAccount, DeleteAccount, SaveAccount, SetPassword, UsePassword

_COLUMNS: Final = """
    subject, username, normal_username, claims, roles, groups, password_hash, created_at, updated_at,
    disabled_at
"""

BY_SUBJECT: Final = f"SELECT {_COLUMNS} FROM accounts WHERE subject = :subject"  # noqa: S608  # constants

BY_USERNAME: Final = f"""
    SELECT {_COLUMNS} FROM accounts WHERE normal_username = :normal_username
"""  # noqa: S608  # constants

PAGE: Final = f"""
    SELECT {_COLUMNS} FROM accounts WHERE normal_username > :after ORDER BY normal_username LIMIT :limit
"""  # noqa: S608  # constants

_ADD: Final = """
    INSERT INTO accounts (
        subject, username, normal_username, claims, roles, groups, password_hash, created_at, updated_at,
        disabled_at
    )
    VALUES (
        :subject, :username, :normal_username, :claims, :roles, :groups, :password_hash, :created_at,
        :updated_at, :disabled_at
    )
    ON CONFLICT DO NOTHING
"""

_SAVE: Final = """
    UPDATE accounts SET
        username = :username, normal_username = :normal_username, claims = :claims, roles = :roles,
        groups = :groups, password_hash = :password_hash, created_at = :created_at, updated_at = :updated_at,
        disabled_at = :disabled_at
    WHERE subject = :subject AND NOT EXISTS (
        SELECT 1 FROM accounts AS others
        WHERE others.normal_username = :normal_username AND others.subject <> :subject
    )
"""

_SET_PASSWORD: Final = """
    UPDATE accounts SET password_hash = :password_hash, updated_at = :at WHERE subject = :subject
"""

# It writes what is there, for the row must be held until the session is: a new password waits for that.
_USE_PASSWORD: Final = """
    UPDATE accounts SET password_hash = :password_hash
    WHERE subject = :subject AND password_hash = :password_hash AND disabled_at IS NULL
"""

_DELETE: Final = (
    "DELETE FROM accounts WHERE subject = :subject",
    "DELETE FROM sessions WHERE subject = :subject",
    "DELETE FROM consents WHERE subject = :subject",
    "DELETE FROM one_time_links WHERE subject = :subject",
    "DELETE FROM grants WHERE subject = :subject",
)


def statements(
    write: AddAccount | SaveAccount | SetPassword | UsePassword | DeleteAccount,
) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case AddAccount(account):
            return (Statement(_ADD, _to_row(account), guarded=True),)
        case SaveAccount(account):
            return (Statement(_SAVE, _to_row(account), guarded=True),)
        case SetPassword(subject, password_hash, at):
            parameters: Parameters = {"subject": subject, "password_hash": password_hash, "at": at}
            return (Statement(_SET_PASSWORD, parameters, guarded=True),)
        case UsePassword(subject, password_hash):
            used: Parameters = {"subject": subject, "password_hash": password_hash}
            return (Statement(_USE_PASSWORD, used, guarded=True),)
        case DeleteAccount(subject):
            return tuple(Statement(sql, {"subject": subject}) for sql in _DELETE)
        case _:
            assert_never(write)


def _to_row(account: Account) -> dict[str, Value]:
    return {
        "subject": account.subject,
        "username": account.username,
        "normal_username": account.normal_username,
        "claims": from_object(account.claims),
        "roles": from_list(account.roles),
        "groups": from_list(account.groups),
        "password_hash": account.password_hash,
        "created_at": account.created_at,
        "updated_at": account.updated_at,
        "disabled_at": account.disabled_at,
    }


def to_account(row: Row) -> Account:
    """The account in a row of `BY_SUBJECT` and its like."""
    (
        subject,
        username,
        normal_username,
        claims,
        roles,
        groups,
        password_hash,
        created_at,
        updated_at,
        disabled_at,
    ) = row
    return Account(
        subject=subject,
        username=username,
        normal_username=normal_username,
        claims=to_object(claims),
        roles=to_tuple(roles),
        groups=to_tuple(groups),
        password_hash=password_hash,
        created_at=created_at,
        updated_at=updated_at,
        disabled_at=disabled_at,
    )
