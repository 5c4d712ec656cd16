"""Several ASGI servers in one event loop, which start and stop together: uvicorn on sockets that listen."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from typing_extensions import override

from authwright.idp.log import Log
from authwright.idp.serving.asgi_server import AsgiServer, asgi_config
from authwright.idp.web.asgi import Asgi

_GRACE_SECONDS: Final = 5
"""For requests in flight when the servers are told to stop."""

_KEEP_ALIVE_SECONDS: Final = 5
"""For the next request on a connection. A browser on this machine opens another in no time."""


@asynccontextmanager
async def serving(apps: Iterable[tuple[Asgi, list[socket.socket]]]) -> AsyncGenerator[None]:
    """Serve each application on its sockets until the block ends; they are closed then."""
    servers = [(AsgiServer(_config(app)), sockets) for app, sockets in apps]
    tasks = [asyncio.create_task(server.serve(sockets)) for server, sockets in servers]
    try:
        # The sockets listen already: who comes before a server is ready waits for it.
        yield
    finally:
        for server, _ in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def _config(app: Asgi) -> uvicorn.Config:
    return asgi_config(
        app, http="httptools", keep_alive_seconds=_KEEP_ALIVE_SECONDS, grace_seconds=_GRACE_SECONDS
    )


class _Refusals(logging.Handler):
    """What an API refuses, with the reason, beside the lines of the identity provider."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        write = self._log.warning if record.levelno >= logging.WARNING else self._log.info
        write("api.refused", detail=record.getMessage())


@contextlib.contextmanager
def library_lines(log: Log) -> Generator[None]:
    """Within the block, the warnings of uvicorn and every refusal of the API are lines of *log*."""
    routes = (
        (logging.getLogger("uvicorn.error"), log.handler(), logging.WARNING),
        (logging.getLogger("authwright.resource_server"), _Refusals(log), logging.INFO),
    )
    before = [(logger.level, logger.propagate) for logger, _, _ in routes]
    for logger, handler, level in routes:
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
    try:
        yield
    finally:
        for (logger, handler, _), (level, propagate) in zip(routes, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate


async def until_interrupted() -> None:
    """Return at the first SIGINT or SIGTERM. Of the main thread alone."""
    loop, interrupted = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, interrupted.set)
    try:
        await interrupted.wait()
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
