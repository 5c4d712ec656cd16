"""
The issuer's signing keys: made, sealed, rotated, and used to sign.

A key's life has three stages, so that no verifier meets a key that it could not have fetched (OpenID Connect
Core §10.1.1)::

    published ──24 h──▶ signs ──90 days──▶ published only ──longest token + 1 h──▶ gone
                                  │
                                  └─ 24 h before the end its successor is published

Which key signs follows from the stored times alone, so every node knows it without asking. Of two nodes that
make a successor at once, the guard of `AddSigningKey` lets one through; the other reads what the first wrote.
The first key of an algorithm signs at once: nobody has fetched anything yet. A key made in haste signs after
two seconds, when every node publishes it: whoever meets it may fetch the keys from any of them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, final

from typing_extensions import override

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.ports import Signer
from authwright.authorization_server.storage import Conflict, StorageUnavailable
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.configuration_error import ConfigurationError, Problem
from authwright.idp.key_encryption import KeyEncryptionKey, WrongKey
from authwright.idp.kid import next_kids
from authwright.idp.records import StoredSigningKey
from authwright.idp.storage.port import ProductStorage
from authwright.idp.writes import AddSigningKey, DeleteSigningKey, Write
from authwright.jose import jwt
from authwright.jose.algorithms import ASYMMETRIC
from authwright.jose.encoding import dump_json, parse_json_object
from authwright.jose.jwk import Jwk, generate_jwk, parse_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.clock import Clock
from authwright.oauth.types import Timestamp, whole_seconds

DEFAULT_ALGORITHMS: Final = ("ES256", "RS256")
"""ES256 for access tokens, RS256 for ID tokens (OpenID Connect Core §15.1 makes it mandatory)."""

PUBLISHED_BEFORE_USE: Final = timedelta(hours=24)
PUBLISHED_BEFORE_USE_IN_HASTE: Final = timedelta(seconds=2)
PUBLISHED_AFTER_LAST_TOKEN: Final = timedelta(hours=1)
"""Clocks differ, and a token is used until its last second."""

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class _Key:
    stored: StoredSigningKey
    private: Jwk


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A key to be made: its predecessor, and from when it signs."""

    alg: str
    predecessor: StoredSigningKey | None
    activates_at: Timestamp


class UnknownKey(Exception):
    """No signing key has this ``kid``."""


@final
class Keyring(Signer):
    """
    The `Signer` over a `ProductStorage`. Build it with `open`.

    Private keys are in memory, and in the storage sealed under the key-encryption key with their ``kid`` as
    associated data, so that no row can be passed for another. Call `look` a few times a second, to learn what
    other nodes did, and let one node call `maintain` every few minutes.
    """

    def __init__(
        self,
        storage: ProductStorage,
        key_encryption_key: KeyEncryptionKey,
        clock: Clock,
        *,
        policy: Policy,
        signing_key_lifetime: timedelta,
    ) -> None:
        self._storage = storage
        self._key_encryption_key = key_encryption_key
        self._clock = clock
        self._policy = policy
        self._signing_key_lifetime = signing_key_lifetime
        self._keys: tuple[_Key, ...] = ()
        self._jwks = Jwks(())
        self._version = -1
        self._reading = asyncio.Lock()
        self._looks_begun = 0
        self._last_look_done = 0
        self._making = asyncio.Lock()

    @classmethod
    async def open(
        cls,
        storage: ProductStorage,
        key_encryption_key: KeyEncryptionKey,
        clock: Clock,
        *,
        policy: Policy,
        signing_key_lifetime: timedelta = timedelta(days=90),
        algorithms: Sequence[str] = DEFAULT_ALGORITHMS,
    ) -> "Keyring":
        """
        The keyring with what is stored, and with a key for each of *algorithms* that had none.

        Raises `ConfigurationError` when the key-encryption key is not the one that sealed the stored keys.
        """
        keyring = cls(
            storage, key_encryption_key, clock, policy=policy, signing_key_lifetime=signing_key_lifetime
        )
        await keyring.refresh()
        await keyring.provide(algorithms)
        return keyring

    @override
    async def sign(self, claims: Mapping[str, Any], *, alg: str, typ: str | None) -> str:
        # Whoever wants a signature now comes to this line first, then all sign, then all go on: one after the
        # other they find in the processor's caches what they need (docs/adr/0062).
        await asyncio.sleep(0)
        signed = await self._sign(claims, alg=alg, typ=typ)
        await asyncio.sleep(0)
        return signed

    async def _sign(self, claims: Mapping[str, Any], *, alg: str, typ: str | None) -> str:
        key = self._active(alg)
        if key is None:
            # The first token for an API or a client with an algorithm of its own.
            await self.provide((alg,))
            key = self._active(alg)
        if key is None:
            raise LookupError("no signing key for the algorithm is active")
        return jwt.sign(claims, key.private, typ=typ)

    @override
    def jwks(self) -> Jwks:
        return self._jwks

    @override
    async def renewed_jwks(self) -> Jwks:
        await self.look()
        return self._jwks

    async def refresh(self) -> None:
        """Read the storage again: what other nodes made is used from now on."""
        async with self._reading:
            await self._read(await self._storage.registry_version())

    async def look(self) -> None:
        """
        As `refresh`, when there is something new: one small read tells. Publishes what its time has come for.

        One look is under way at any time, and who asks meanwhile shares the next: tokens of keys that nobody
        has cost no more, however many they are, and none that is good is refused because somebody else asked.
        """
        begun = self._looks_begun
        async with self._reading:
            if self._last_look_done > begun:
                return
            self._looks_begun += 1
            version = await self._storage.registry_version()
            if version != self._version:
                await self._read(version)
            else:
                self._publish()
            self._last_look_done = self._looks_begun

    async def _read(self, version: int) -> None:
        """*version* was read before: what is read now is of this one or of a later one."""
        known = {key.stored.kid: key.private for key in self._keys}
        stored = await self._storage.signing_keys()
        self._keys = tuple(_Key(each, known.get(each.kid) or self._unseal(each)) for each in stored)
        self._version = version
        self._publish()

    def _publish(self) -> None:
        now = self._clock.now()
        published = [key for key in self._keys if not _is_over(key.stored, now)]
        active = {key.stored.kid for alg in ASYMMETRIC if (key := self._active(alg)) is not None}
        # Keys that sign come first, then the newest: what a verifier with a small cache needs most.
        published.sort(key=lambda key: (key.stored.kid not in active, -key.stored.activates_at))
        if [key.stored.kid for key in published] != [key.kid for key in self._jwks.keys]:
            self._jwks = Jwks(tuple(key.private.public() for key in published))

    async def provide(self, algorithms: Sequence[str]) -> None:
        """
        See that there is a key for each of *algorithms*; one that is made now signs at once.

        Raises `LookupError` for what is not an asymmetric algorithm of the table.
        """
        if not ASYMMETRIC.issuperset(algorithms):
            raise LookupError("no signing key can be made for the algorithm")
        async with self._making:
            for _ in range(_ATTEMPTS):
                missing = [alg for alg in algorithms if self._newest(alg) is None]
                if not missing or await self._make(
                    [_Wanted(alg, None, self._clock.now()) for alg in missing]
                ):
                    return

    async def rotate(self, now: Timestamp, *, immediately: bool) -> tuple[str, ...]:
        """
        Make a successor for every key that signs; the ``kid`` values that were made.

        It signs after 24 hours, or, when the old key may be known to somebody, *immediately*, which is when
        every node publishes it: verifiers then meet a ``kid`` that they have to fetch. Where a successor is
        waiting already, and there is no haste, none is made; nor is one when another node has just done it.
        """
        async with self._making:
            await self.refresh()
            wanted: list[_Wanted] = []
            for newest in self._newest_of_each():
                if immediately:
                    wanted.append(_Wanted(newest.alg, newest, _after(now, PUBLISHED_BEFORE_USE_IN_HASTE)))
                elif newest.activates_at <= now:
                    wanted.append(_Wanted(newest.alg, newest, _after(now, PUBLISHED_BEFORE_USE)))
            return await self._make(wanted)

    async def withdraw(self, kid: str, now: Timestamp) -> tuple[str, ...]:
        """
        Take away the key *kid*, because somebody else may have it; the successor's ``kid``, if one was made.

        From now on nothing that it signed is good here, and it is not published. Verifiers elsewhere go on
        accepting it until they fetch the keys again. Raises `UnknownKey`.
        """
        recorded = RecordEvent(Event(EventKind.KEY_WITHDRAWN, now, detail=kid))
        deletion = (DeleteSigningKey(kid), recorded)
        async with self._making:
            await self.refresh()
            if self._key(kid) is None:
                raise UnknownKey
            for _ in range(_ATTEMPTS):
                key = self._key(kid)
                if key is None:
                    # Another node has just done it.
                    return ()
                newest = self._newest(key.stored.alg)
                if newest is not key.stored and self._active(key.stored.alg) is not key:
                    await self._storage.commit(deletion)
                    await self.refresh()
                    return ()
                # At once, also when a later one waits: until that begins nobody would sign.
                made = await self._make([_Wanted(key.stored.alg, newest, now)], deletion)
                if made:
                    return made
        raise StorageUnavailable("other nodes go on changing the signing keys")

    async def maintain(self, now: Timestamp) -> None:
        """Make the successors that are due, delete what nobody verifies with any more."""
        async with self._making:
            await self.refresh()
            until_successor = self._signing_key_lifetime - PUBLISHED_BEFORE_USE
            due = [
                _Wanted(newest.alg, newest, _after(now, PUBLISHED_BEFORE_USE))
                for newest in self._newest_of_each()
                if _after(newest.activates_at, until_successor) <= now
            ]
            await self._make(due)
            over = [DeleteSigningKey(key.stored.kid) for key in self._keys if _is_over(key.stored, now)]
            if over:
                await self._storage.commit(over)
                await self.refresh()

    async def _make(self, wanted: Sequence[_Wanted], beside: Sequence[Write] = ()) -> tuple[str, ...]:
        """
        Generate, seal and add, and do what is to be done *beside* it; then read again.

        Empty when another node was first, and then nothing was done.
        """
        if not wanted:
            return ()
        now = self._clock.now()
        kids = next_kids([key.stored.kid for key in self._keys], now, len(wanted))
        # RSA takes a tenth of a second or two; OpenSSL lets the event loop run meanwhile.
        made = await asyncio.gather(
            *(
                asyncio.to_thread(generate_jwk, each.alg, kid=kid)
                for each, kid in zip(wanted, kids, strict=True)
            )
        )
        outlive = await self._longest_token_lifetime() + PUBLISHED_AFTER_LAST_TOKEN
        writes: list[Write] = []
        for each, kid, private in zip(wanted, kids, made, strict=True):
            sealed = self._key_encryption_key.seal(dump_json(private.to_dict(private=True)), name=kid)
            predecessor = each.predecessor
            writes += (
                AddSigningKey(
                    StoredSigningKey(kid, each.alg, sealed, created_at=now, activates_at=each.activates_at),
                    successor_of=predecessor.kid if predecessor else None,
                    predecessor_removes_at=_after(each.activates_at, outlive) if predecessor else None,
                ),
                RecordEvent(Event(EventKind.KEY_ROTATED, now, detail=f"{each.alg} {kid}")),
            )
        try:
            await self._storage.commit((*writes, *beside))
        except Conflict:
            kids = ()
        await self.refresh()
        return kids

    async def _longest_token_lifetime(self) -> timedelta:
        """
        How long after its signature a token may have to be verified.

        An ID token counts as long as a session: it is the ``id_token_hint`` of its logout, where expiry is
        ignored (OpenID Connect RP-Initiated Logout §2) and the signature is not.
        """
        of_apis = [
            timedelta(seconds=resource.access_token_lifetime)
            for resource in await self._storage.protected_resources()
            if resource.access_token_lifetime is not None
        ]
        policy = self._policy
        return max(policy.access_token_lifetime, policy.id_token_lifetime, policy.session_lifetime, *of_apis)

    def _active(self, alg: str) -> _Key | None:
        # By order of making, not of activation: a key made in haste is used although an earlier one waits.
        now, first = self._clock.now(), None
        for key in reversed(self._keys):
            if key.stored.alg == alg:
                if key.stored.activates_at <= now:
                    return key
                first = key
        # A clock that was set back may leave none that has begun; the first one has been fetched by now.
        return first

    def _key(self, kid: str) -> _Key | None:
        return next((key for key in self._keys if key.stored.kid == kid), None)

    def _newest(self, alg: str) -> StoredSigningKey | None:
        return next((key.stored for key in reversed(self._keys) if key.stored.alg == alg), None)

    def _newest_of_each(self) -> tuple[StoredSigningKey, ...]:
        return tuple({key.stored.alg: key.stored for key in self._keys}.values())

    def _unseal(self, stored: StoredSigningKey) -> Jwk:
        try:
            private = self._key_encryption_key.unseal(stored.sealed_private_jwk, name=stored.kid)
        except WrongKey:
            raise ConfigurationError(
                Problem.WRONG_KEY,
                "key_encryption_key",
                received=f"a key that does not open signing key {stored.kid}",
                expected="the key with which this database was set up",
                write="key_encryption_key_file = the path of that key, or of its copy",
            ) from None
        return parse_jwk(parse_json_object(private))


def _after(at: Timestamp, duration: timedelta) -> Timestamp:
    return Timestamp(at + whole_seconds(duration))


def _is_over(key: StoredSigningKey, now: Timestamp) -> bool:
    return key.removes_at is not None and key.removes_at <= now
