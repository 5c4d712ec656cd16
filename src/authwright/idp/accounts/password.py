"""
Password hashes: Argon2id, :rfc:`9106`, in a pool of its own.

A hash takes some 40 ms of a core and 19 MiB by intention, so whoever can make the server hash can make it
slow. Hashes are therefore computed in few threads, beside the event loop that answers token requests, and
only so many may wait; further ones are refused at once with ``Retry-After``.
"""

import os
import threading
import unicodedata
from asyncio import wrap_future
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar, final

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from authwright.oauth.errors import TemporarilyUnavailable
from authwright.oauth.types import Secret

_T = TypeVar("_T")

MAX_BYTES: Final = 1024
"""Of UTF-8. Far above any password manager, and hashed whole: nothing is ever cut off."""


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """The costs of Argon2id, :rfc:`9106#section-3.1`."""

    memory_kib: int
    passes: int
    lanes: int = 1


OWASP: Final = Argon2Parameters(memory_kib=19 * 1024, passes=2)
"""The second recommended setting of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane."""


def canonical(password: Secret) -> str:
    """
    *password* as it is hashed: the OpaqueString profile's mappings, :rfc:`8265#section-4.2.2`.

    Composed (NFC), and every kind of space is U+0020: one password typed on two keyboards is one password.
    Case and width stay, and nothing is cut.
    """
    text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in password.reveal())
    return unicodedata.normalize("NFC", text)


def is_too_long(password: Secret) -> bool:
    """Whether *password* has more than 1024 bytes, as sent or as hashed. Cheap however long it is."""
    return len(password.reveal()) > MAX_BYTES or len(_encoded(canonical(password))) > MAX_BYTES


@final
class PasswordHashes:
    """
    Makes and checks password hashes (PHC strings), *workers* at a time with up to *waiting* more in line.

    `make` and `verify` raise `TemporarilyUnavailable` when the line is full. One per process is meant, and
    nothing depends on it.
    """

    def __init__(
        self, *, parameters: Argon2Parameters = OWASP, workers: int | None = None, waiting: int = 32
    ) -> None:
        # One core stays free for the event loop where there is more than one.
        workers = workers or max(1, min(4, (os.cpu_count() or 1) - 1))
        self._parameters = parameters
        self._hasher = PasswordHasher(
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            type=Type.ID,
        )
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="argon2")
        self._places = threading.BoundedSemaphore(workers + waiting)
        self._decoy = _decoy_hash(self._hasher)

    async def make(self, password: Secret) -> str:
        """The PHC string to store. Whether the password is any good is `password_rules`' question."""
        text = canonical(password)
        return await self._run(lambda: self._hasher.hash(_encoded(text)))

    async def verify(self, password_hash: str | None, password: Secret) -> bool:
        """
        Whether *password* is the one that was hashed.

        The same work is done when there is no hash, so that time does not tell whether an account exists or
        has a password. A password above 1024 bytes is never right, and costs nothing: no account has one.
        """
        if is_too_long(password):
            return False
        text = canonical(password)
        matches = await self._run(lambda: self._matches(password_hash or self._decoy, text))
        return matches and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's, so that it should be made anew."""
        try:
            made_with = extract_parameters(password_hash)
        except InvalidHashError:
            return True
        return (made_with.type, made_with.memory_cost, made_with.time_cost, made_with.parallelism) != (
            Type.ID,
            self._parameters.memory_kib,
            self._parameters.passes,
            self._parameters.lanes,
        )

    def close(self) -> None:
        """Let the threads end. What is in line is finished first."""
        self._pool.shutdown(wait=True)

    def _matches(self, password_hash: str, text: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _encoded(text))
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    async def _run(self, work: Callable[[], _T]) -> _T:
        if not self._places.acquire(blocking=False):
            raise TemporarilyUnavailable("too many password hashes are in line", headers={"Retry-After": "2"})
        try:
            future = self._pool.submit(work)
        except RuntimeError:
            self._places.release()
            raise TemporarilyUnavailable("the password pool is closing") from None
        # The place is given back when the thread is done, not when the caller stops waiting: a client that
        # disconnects must not make room for the next one while its hash still runs.
        future.add_done_callback(self._release)
        return await wrap_future(future)

    def _release(self, _done: object) -> None:
        self._places.release()


def _encoded(text: str) -> bytes:
    # A form body can hold no lone surrogate, but a caller may; it must be a wrong password and not an error.
    return text.encode("utf-8", "surrogatepass")


def _decoy_hash(hasher: PasswordHasher) -> str:
    """A hash that costs what the others cost and that no password has: its salt and tag are random."""
    salt, tag = (
        b64encode(os.urandom(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${tag}"
