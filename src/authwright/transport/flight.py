"""One piece of I/O at a time, and everybody who wants its result waits for the same."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

_Result = TypeVar("_Result")


class Flight(Generic[_Result]):
    """
    Runs a coroutine for all who ask while it is running.

    It runs as a task of its own, so that the request which began it can be cancelled without failing the
    others.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[_Result] | None = None

    def begin(self, work: Callable[[], Coroutine[Any, Any, _Result]]) -> asyncio.Task[_Result]:
        """The flight that is under way, or else *work*, begun now. Does not wait for it."""
        task = self._task
        # A flight of an event loop that has ended never lands.
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            self._task = task = asyncio.create_task(work())
        return task

    async def join(self, work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        """The result of the flight that is under way, or else of *work*."""
        return await asyncio.shield(self.begin(work))

    @property
    def under_way(self) -> bool:
        """Whether a flight has begun on this event loop and not ended."""
        task = self._task
        return task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop()

    async def aclose(self) -> None:
        """End the flight, if there is one."""
        task = self._task
        if task is not None and self.under_way:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
