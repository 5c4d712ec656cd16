"""
Every change that the product asks for, beside those of `authwright.authorization_server.writes`.

One commit takes both.
"""

from dataclasses import dataclass

from authwright.authorization_server.writes import Write as ProtocolWrite
from authwright.idp.records import Account, Group, OneTimeLink, StoredSigningKey
from authwright.oauth.types import Digest, Seconds, Subject, Timestamp


@dataclass(frozen=True, slots=True)
class AddAccount:
    """Guard: neither the subject nor the normal form of the username exists."""

    account: Account


@dataclass(frozen=True, slots=True)
class SaveAccount:
    """Replaces all but the subject. Guard: the subject exists, and nobody else has the username."""

    account: Account


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Guard: the subject exists."""

    subject: Subject
    password_hash: str
    at: Timestamp


@dataclass(frozen=True, slots=True)
class UsePassword:
    """
    The person proved who they are by the password with this hash. Guard: it is the account's still, and the
    account is not disabled. Changes nothing.

    A password takes its time to be hashed. Whoever set a new one meanwhile, or disabled the account, ended
    its sessions and means none to begin by the old one. It comes first in its commit: sessions are locked
    after the account, as by whoever sets a password.
    """

    subject: Subject
    password_hash: str


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """The account with its sessions, consents, grants and all that hangs from them. No error when absent."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class SaveGroup:
    """Insert or replace."""

    group: Group


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    """No error when absent."""

    name: str


@dataclass(frozen=True, slots=True)
class AddSigningKey:
    """
    Guard: *successor_of* is the newest key of the same ``alg`` (None: there is none yet), so that of two
    nodes that rotate at once only one does. *predecessor_removes_at* becomes its ``removes_at``.
    """

    key: StoredSigningKey
    successor_of: str | None
    predecessor_removes_at: Timestamp | None


@dataclass(frozen=True, slots=True)
class DeleteSigningKey:
    """No error when absent."""

    kid: str


@dataclass(frozen=True, slots=True)
class CountAttempt:
    """
    One more attempt under *key* in the window that began with its first. Guard: fewer than *limit* so far.

    Counting and checking are one statement, so that parallel guesses cannot all pass before one is counted.
    """

    key: str
    at: Timestamp
    window: Seconds
    limit: int


@dataclass(frozen=True, slots=True)
class ClearAttempts:
    """Forget *key*: the person proved who they are."""

    key: str


@dataclass(frozen=True, slots=True)
class AddOneTimeLink:
    """Replaces every unused link of the same purpose and subject."""

    link: OneTimeLink


@dataclass(frozen=True, slots=True)
class UseOneTimeLink:
    """Guard: exists, not used, and not expired at *at*."""

    link_digest: Digest
    at: Timestamp


@dataclass(frozen=True, slots=True)
class TakeLease:
    """
    *holder* does the work called *name* until *until*, and nobody else. Guard: at *at* nobody else does.

    A holder takes it again to keep it, and takes it with an *until* that is over to give it up. A lease
    spares work; it does not keep nodes apart whose clocks differ, so what is done under it must bear to be
    done twice.
    """

    name: str
    holder: str
    at: Timestamp
    until: Timestamp


ProductWrite = (
    AddAccount
    | SaveAccount
    | SetPassword
    | UsePassword
    | DeleteAccount
    | SaveGroup
    | DeleteGroup
    | AddSigningKey
    | DeleteSigningKey
    | CountAttempt
    | ClearAttempts
    | AddOneTimeLink
    | UseOneTimeLink
    | TakeLease
)

Write = ProtocolWrite | ProductWrite
"""Closed, as the protocol's own."""
