"""
People as the storage keeps them: who they are, and whether they are who they say.

`StoredAccounts` is the `Accounts` port of the authorization server and what the login page asks.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, final

from typing_extensions import override

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.ports import Accounts, Entropy
from authwright.authorization_server.records import Person
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import EndSessionsOf, RecordEvent, RevokeGrantsOf
from authwright.idp.accounts.known_browsers import KnownBrowsers
from authwright.idp.accounts.password import PasswordHashes
from authwright.idp.accounts.password_rules import check_new_password
from authwright.idp.accounts.throttle import Buckets, ThrottlePolicy, buckets
from authwright.idp.accounts.username import InvalidUsername, normal_form
from authwright.idp.records import Account
from authwright.idp.storage.port import ProductStorage
from authwright.idp.writes import AddAccount, CountAttempt, SaveAccount, SetPassword, UsePassword, Write
from authwright.oauth.types import Seconds, Secret, SessionId, Subject, Timestamp

_NO_CLAIMS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """
    What came from the login page.

    *network* is `network_of` the peer's address; *known_browser_cookie* the cookie of `KnownBrowsers`, or "".
    """

    username: str
    password: Secret
    network: str
    known_browser_cookie: str = ""


@dataclass(frozen=True, slots=True)
class LoginSucceeded:
    """
    The password is right and the account is active.

    *writes* belong into the commit that adds the session, before it: the password is the account's still, the
    counts are cleared, an outdated hash is replaced, and the event is recorded, if and only if the person is
    signed in. *known_browser_cookie* is the cookie's next value.
    """

    account: Account
    writes: tuple[Write, ...]
    known_browser_cookie: str


@dataclass(frozen=True, slots=True)
class LoginFailed:
    """Unknown, disabled, without a password, or the wrong one: the caller cannot tell and must not."""


@dataclass(frozen=True, slots=True)
class LoginThrottled:
    """Too many attempts. The password was not looked at. *retry_after* is the longest it can take."""

    retry_after: Seconds


LoginResult = LoginSucceeded | LoginFailed | LoginThrottled


class UsernameTaken(Exception):
    """Another account has the username, in this or in another spelling."""


@final
class StoredAccounts(Accounts):
    """Accounts in a `ProductStorage`. All methods do I/O."""

    def __init__(
        self,
        storage: ProductStorage,
        *,
        hashes: PasswordHashes,
        known_browsers: KnownBrowsers,
        entropy: Entropy,
        issuer: str,
        throttle: ThrottlePolicy = ThrottlePolicy(),  # noqa: B008 - frozen
    ) -> None:
        self._storage = storage
        self._hashes = hashes
        self._known_browsers = known_browsers
        self._entropy = entropy
        self._issuer = issuer
        self._throttle = throttle

    @override
    async def person(self, subject: Subject) -> Person | None:
        account = await self._storage.account(subject)
        return None if account is None else await self._person(account)

    async def authenticate(self, attempt: LoginAttempt, now: Timestamp) -> LoginResult:
        """
        Whether the attempt proves who the person is. Raises `TemporarilyUnavailable` under overload.

        Counted before it is answered. Unknown, disabled and wrong take the same steps and the same time. A
        failure or a refusal is recorded at once, a success by the caller's commit.
        """
        account, normal_username = await self._find(attempt.username)
        known_browser = self._known_browsers.recognise(
            attempt.known_browser_cookie, account.subject if account else Subject(""), now
        )
        counts = buckets(
            self._throttle,
            normal_username=normal_username,
            network=attempt.network,
            known_browser=known_browser,
            now=now,
        )
        throttled = await self._count(counts)
        if throttled is not None:
            await self._record_throttled(throttled, account, attempt)
            return LoginThrottled(throttled.window)
        password_hash = account.password_hash if account else None
        right = await self._hashes.verify(password_hash, attempt.password)
        if account is None or not right or account.disabled_at is not None:
            # The subject, never the username as typed: it may be a password.
            subject = account.subject if account else None
            event = Event(
                EventKind.LOGIN_FAILED, now, subject=subject, network=attempt.network, detail=_reason(account)
            )
            await self._storage.commit((RecordEvent(event),))
            return LoginFailed()
        return await self._succeed(account, attempt, counts, now)

    async def add(
        self,
        username: str,
        *,
        password: Secret | None = None,
        claims: Mapping[str, Any] = _NO_CLAIMS,
        roles: tuple[str, ...] = (),
        groups: tuple[str, ...] = (),
        now: Timestamp,
    ) -> Account:
        """
        Make an account.

        Raises `InvalidUsername`, `PasswordRefused`, `UsernameTaken` and `TemporarilyUnavailable`.
        """
        account = Account(
            subject=Subject(self._entropy.identifier()),
            username=username.strip(),
            normal_username=normal_form(username),
            claims=claims,
            roles=roles,
            groups=groups,
            created_at=now,
            updated_at=now,
        )
        if password is not None:
            account = replace(account, password_hash=await self.new_hash(account, password))
        event = Event(EventKind.ACCOUNT_SAVED, now, subject=account.subject)
        try:
            await self._storage.commit((AddAccount(account), RecordEvent(event)))
        except Conflict:
            raise UsernameTaken from None
        return account

    async def change_password(
        self,
        account: Account,
        password: Secret,
        *,
        now: Timestamp,
        keep: SessionId | None = None,
        proof: UsePassword | None = None,
    ) -> None:
        """
        Set a new password, and end every session but *keep*: who had the old one is out.

        *proof*: by which password the person may do so, if by one; else that is the caller's question. Raises
        `PasswordRefused`, `TemporarilyUnavailable`, and `Conflict` when *proof* is none any more.
        """
        new_hash = await self.new_hash(account, password)
        event = Event(EventKind.PASSWORD_CHANGED, now, subject=account.subject)
        await self._storage.commit(
            (
                *(() if proof is None else (proof,)),
                SetPassword(account.subject, new_hash, now),
                EndSessionsOf(account.subject, now, keep=keep),
                RecordEvent(event),
            )
        )

    async def disable(self, account: Account, *, now: Timestamp) -> None:
        """Nobody signs in as *account* any more, and all that it has given and is signed in to is over."""
        await self._storage.commit(
            (
                SaveAccount(replace(account, disabled_at=now, updated_at=now)),
                EndSessionsOf(account.subject, now),
                RevokeGrantsOf(account.subject, now),
                RecordEvent(Event(EventKind.ACCOUNT_DISABLED, now, subject=account.subject)),
            )
        )

    async def new_hash(self, account: Account, password: Secret) -> str:
        """The hash of a *password* that is good enough for *account*. Raises as `change_password` does."""
        email = str(account.claims.get("email", ""))
        context = (account.username, email.partition("@")[0], self._issuer)
        await asyncio.to_thread(check_new_password, password, context=context)
        return await self._hashes.make(password)

    async def _find(self, username: str) -> tuple[Account | None, str]:
        try:
            normal_username = normal_form(username)
        except InvalidUsername:
            # No account can have it; it is counted and answered as an unknown one.
            return None, username
        return await self._storage.account_by_username(normal_username), normal_username

    async def _count(self, counts: Buckets) -> CountAttempt | None:
        """Count the attempt everywhere or nowhere; the count that was full, if one was."""
        try:
            await self._storage.commit(counts.attempts)
        except Conflict as conflict:
            if isinstance(conflict.write, CountAttempt):
                return conflict.write
            raise
        return None

    async def _record_throttled(
        self, full: CountAttempt, account: Account | None, attempt: LoginAttempt
    ) -> None:
        # Once for each count and window: whoever goes on guessing must not fill the audit log.
        once = CountAttempt(f"{full.key}:recorded", full.at, full.window, limit=1)
        subject = account.subject if account else None
        event = Event(
            EventKind.LOGIN_THROTTLED,
            full.at,
            subject=subject,
            network=attempt.network,
            detail="too many login attempts",
        )
        with suppress(Conflict):
            await self._storage.commit((once, RecordEvent(event)))

    async def _succeed(
        self, account: Account, attempt: LoginAttempt, counts: Buckets, now: Timestamp
    ) -> LoginSucceeded:
        proof = UsePassword(account.subject, account.password_hash or "")
        writes: list[Write] = [proof, *counts.cleared_by_success]
        if account.password_hash is not None and self._hashes.is_outdated(account.password_hash):
            account = replace(account, password_hash=await self._hashes.make(attempt.password))
            writes.append(SetPassword(account.subject, account.password_hash or "", now))
        event = Event(EventKind.LOGIN_SUCCEEDED, now, subject=account.subject, network=attempt.network)
        cookie = self._known_browsers.remember(attempt.known_browser_cookie, account.subject, now)
        return LoginSucceeded(account, (*writes, RecordEvent(event)), cookie)

    async def _person(self, account: Account) -> Person:
        roles = set(account.roles)
        if account.groups:
            members_of = set(account.groups)
            roles.update(
                role
                for group in await self._storage.groups()
                if group.name in members_of
                for role in group.roles
            )
        own: dict[str, Any] = {"preferred_username": account.username}
        if account.updated_at:
            own["updated_at"] = account.updated_at
        return Person(
            subject=account.subject,
            claims=MappingProxyType({**own, **account.claims}),
            roles=tuple(sorted(roles)),
            groups=tuple(sorted(account.groups)),
            active=account.disabled_at is None,
        )


def _reason(account: Account | None) -> str:
    if account is None:
        return "no account has this username"
    if account.disabled_at is not None:
        return "the account is disabled"
    if account.password_hash is None:
        return "the account has no password"
    return "the password is wrong"
