"""
Several processes that serve as one, and the one that looks after them.

The supervisor binds the sockets, starts the workers with them, starts anew what dies, and serves nobody. The
workers share nothing but the sockets and the database, as nodes on different machines share the database.

Each worker has two pipes. By one the supervisor says that the node is about to stop (a line), and that the
worker shall finish (the end, which also comes when the supervisor is gone); by the other the worker says that
it serves. A worker is a new program and no fork: a fork has one thread of its parent and the locks of all.
"""

import asyncio
import json
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from authwright.idp.log import Log
from authwright.idp.serving.accepting import Shares, new_shares_file
from authwright.idp.serving.listening import empty_queues, listen
from authwright.idp.settings import Settings

READY: Final = b"ready\n"
_STOPPING: Final = b"stopping\n"

_LONGEST_FINISH_SECONDS: Final = 20
"""More than a worker gives its requests; one that takes longer hangs, and is killed."""

_SHORTEST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 10
_HEALTHY_SECONDS: Final = 60
"""A worker that lived for this long did not die of its start: the next may come at once."""


def supervise(
    settings: Settings, log: Log, config: Path | None, given: Mapping[str, str], *, program: str
) -> int:
    """
    Serve by ``settings.workers`` processes, which read the settings as this one did, until SIGINT or SIGTERM.

    *program* is the module that each of them runs: it calls `worker.serve_by_order` with its one argument,
    JSON. The exit code: 0, or that of the first worker when it cannot start. Raises `CannotListen` when the
    port is taken.
    """
    sockets = listen(settings.host, settings.port)
    try:
        return asyncio.run(_Supervisor(settings, log, config, given, sockets, program).run())
    finally:
        for each in sockets:
            each.close()


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    """One process. *began_at* is of the monotonic clock."""

    number: int
    process: Process
    began_at: float

    async def is_ready(self) -> bool:
        """Wait until it serves; False when it ended before."""
        output = self.process.stdout
        return output is not None and await output.readline() == READY

    def say_stopping(self) -> None:
        """The node is about to stop: say so to whoever asks."""
        if self.process.stdin is not None:
            self.process.stdin.write(_STOPPING)

    async def finish(self) -> bool:
        """Let it finish what has begun, and wait for its end. False when it did not, and was killed."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            async with asyncio.timeout(_LONGEST_FINISH_SECONDS):
                await self.process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
            return False
        return True


class _CannotStart(Exception):
    """The first worker ended before it served; *code* is its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@final
class _Supervisor:
    """
    One task for each worker starts it, waits for its end and starts the next.

    *_alive* is every process that has not ended: while a worker is replaced there are two of its number.
    """

    def __init__(
        self,
        settings: Settings,
        log: Log,
        config: Path | None,
        given: Mapping[str, str],
        sockets: list[socket.socket],
        program: str,
    ) -> None:
        self._settings = settings
        self._log = log
        self._sockets = sockets
        self._program = program
        self._order = {
            "config": None if config is None else str(config),
            "given": dict(given),
            "sockets": [each.fileno() for each in sockets],
        }
        self._shares_file = new_shares_file(settings.workers)
        self._shares = Shares(self._shares_file)
        self._numbers = range(1, settings.workers + 1)
        self._alive: set[_Worker] = set()
        self._ready_once: set[int] = set()
        self._first_is_ready = asyncio.Event()
        self._stop = asyncio.Event()
        self._replace = {number: asyncio.Event() for number in self._numbers}
        self._replacing = asyncio.Lock()

    async def run(self) -> int:
        """Until a signal, or until it is clear that nothing can start. The exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._replace_all)
        code = 0
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._keep(number)) for number in self._numbers]
                await self._stop.wait()
                for each in tasks:
                    each.cancel()
        except* _CannotStart as failed:
            code = next(each.code for each in failed.exceptions if isinstance(each, _CannotStart))
        finally:
            await self._finish()
        return code

    async def _keep(self, number: int) -> None:
        """See that there is a worker of this *number*, until cancelled."""
        if number != 1:
            # The first starts alone: what it cannot do the others cannot either, and it says so once; and
            # what it makes, the database and the keys, is there for them.
            await self._first_is_ready.wait()
        pause = _SHORTEST_PAUSE_SECONDS
        while True:
            worker = await self._start(number)
            if await worker.is_ready():
                self._say_ready(worker)
                worker = await self._until_end(worker)
            self._alive.discard(worker)
            code = await worker.process.wait()
            self._shares.nobody_is_at(number - 1)
            if number == 1 and not self._first_is_ready.is_set():
                raise _CannotStart(code if code > 0 else 1)
            if time.monotonic() - worker.began_at > _HEALTHY_SECONDS:
                pause = _SHORTEST_PAUSE_SECONDS
            self._log.error(
                "worker.ended", worker=number, pid=worker.process.pid, exit_status=code, pause=pause
            )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _start(self, number: int) -> _Worker:
        order = {
            **self._order,
            "number": number,
            "shares": self._shares_file,
            "warns": not self._first_is_ready.is_set(),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", self._program, json.dumps(order)),
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=[self._shares_file, *(each.fileno() for each in self._sockets)],
            # A terminal sends Ctrl+C to the whole group; here it is for the supervisor alone.
            process_group=0,
        )
        worker = _Worker(number, process, time.monotonic())
        self._alive.add(worker)
        return worker

    def _say_ready(self, worker: _Worker) -> None:
        self._log.info("worker.ready", worker=worker.number, pid=worker.process.pid)
        self._first_is_ready.set()
        if len(self._ready_once) == len(self._numbers):
            return
        self._ready_once.add(worker.number)
        if len(self._ready_once) == len(self._numbers):
            settings = self._settings
            self._log.info(
                "server.ready",
                issuer=settings.issuer,
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
            )

    async def _until_end(self, worker: _Worker) -> _Worker:
        """Wait for the end of *worker*, or of whoever replaced it meanwhile, and return that one."""
        replace = self._replace[worker.number]
        while True:
            waits = [asyncio.ensure_future(each) for each in (worker.process.wait(), replace.wait())]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waits:
                    each.cancel()
            if worker.process.returncode is not None:
                return worker
            replace.clear()
            async with self._replacing:
                worker = await self._replaced(worker)

    async def _replaced(self, worker: _Worker) -> _Worker:
        """Whoever serves in place of *worker*: itself, when its successor cannot start."""
        successor = await self._start(worker.number)
        if not await successor.is_ready():
            code = await successor.process.wait()
            self._alive.discard(successor)
            self._log.error(
                "worker.not_replaced", worker=worker.number, pid=worker.process.pid, exit_status=code
            )
            return worker
        self._say_ready(successor)
        await self._end(worker)
        self._log.info("worker.replaced", worker=worker.number, pid=worker.process.pid)
        return successor

    def _replace_all(self) -> None:
        for each in self._replace.values():
            each.set()

    async def _finish(self) -> None:
        """End every worker in order: say so, go on for a while, let nobody in any more, finish."""
        for worker in self._alive:
            worker.say_stopping()
        if self._alive:
            await asyncio.sleep(self._settings.stop_delay.total_seconds())
            await empty_queues(self._sockets)
        await asyncio.gather(*map(self._end, self._alive.copy()))

    async def _end(self, worker: _Worker) -> None:
        if not await worker.finish():
            self._log.error("worker.killed", worker=worker.number, pid=worker.process.pid)
        self._alive.discard(worker)
