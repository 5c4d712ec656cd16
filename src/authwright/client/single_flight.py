"""
One refresh at a time for each refresh token, and one result for everybody who asks.

Two tabs, tasks or threads that refresh with one token look to the authorization server like a victim and a
thief (:rfc:`9700#section-4.14.2`): it revokes the grant, and the person is signed out. So the first does the
work, the others wait for it, and those who come a little later, having read the old tokens before the new
ones were stored, get the same result. Between processes it is the server's replay window that forgives.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

from authwright.oauth.clock import Clock
from authwright.oauth.types import Digest, Timestamp

REMEMBERED: Final = 30
"""Seconds for which a result is given out again: more than a request takes that began with the old tokens."""

_Result = TypeVar("_Result")


class _Results(Generic[_Result]):
    """The results of the last seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_key: dict[Digest, tuple[_Result, Timestamp]] = {}

    def get(self, key: Digest) -> _Result | None:
        """The result for *key*, if it is not too old. Forgets those that are."""
        now = self._clock.now()
        self._by_key = {other: kept for other, kept in self._by_key.items() if now - kept[1] < REMEMBERED}
        kept = self._by_key.get(key)
        return None if kept is None else kept[0]

    def put(self, key: Digest, result: _Result) -> None:
        """Remember *result*."""
        self._by_key[key] = (result, self._clock.now())


class SingleFlight(Generic[_Result]):
    """For threads."""

    def __init__(self, clock: Clock) -> None:
        self._lock = threading.Lock()
        self._results = _Results[_Result](clock)
        self._flights: dict[Digest, Future[_Result]] = {}

    def do(self, key: Digest, work: Callable[[], _Result]) -> _Result:
        """The result of *work*, done by the first to ask. What it raises is raised to all, and forgotten."""
        with self._lock:
            result = self._results.get(key)
            if result is not None:
                return result
            flight = self._flights.get(key)
            first = flight is None
            if flight is None:
                flight = self._flights[key] = Future[_Result]()
        if first:
            self._fly(key, flight, work)
        return flight.result()

    def _fly(self, key: Digest, flight: Future[_Result], work: Callable[[], _Result]) -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - those who wait must hear of it, whatever it is
            with self._lock:
                del self._flights[key]
            flight.set_exception(error)
        else:
            with self._lock:
                del self._flights[key]
                self._results.put(key, result)
            flight.set_result(result)


class AsyncSingleFlight(Generic[_Result]):
    """For tasks of one event loop of asyncio."""

    def __init__(self, clock: Clock) -> None:
        self._results = _Results[_Result](clock)
        self._flights: dict[Digest, asyncio.Task[_Result]] = {}

    async def do(self, key: Digest, work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        """
        The result of *work*, begun by the first to ask. What it raises is raised to all, and forgotten.

        The work is a task of its own: a request that is cancelled must not lose a refresh token that the
        server has already rotated.
        """
        result = self._results.get(key)
        if result is not None:
            return result
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.create_task(self._fly(key, work))
        return await asyncio.shield(flight)

    async def _fly(self, key: Digest, work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        try:
            result = await work()
            self._results.put(key, result)
            return result
        finally:
            del self._flights[key]
