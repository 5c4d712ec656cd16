"""One process that serves an identity provider until it is told to stop, on sockets bound beforehand."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from authwright.idp.app import create_app
from authwright.idp.http.connection import Connection
from authwright.idp.log import Log
from authwright.idp.provider import IdentityProvider, open_identity_provider
from authwright.idp.serving.asgi_server import asgi_config
from authwright.idp.serving.draining import GRACE_SECONDS, IDLE_SECONDS, DrainingServer, Neighbours
from authwright.idp.serving.listening import listen
from authwright.idp.settings import Settings

_KEEP_ALIVE_SECONDS: Final = 75
"""
For the next request on a connection. Longer than proxies keep theirs (nginx and HAProxy 60 seconds), so that
it is they who close it: a server that closes first may do so while the next request is on its way.
"""

Announce = Callable[[IdentityProvider], Awaitable[None]]
"""Called once the server accepts connections."""

HearStop = Callable[[IdentityProvider, DrainingServer], None]
"""Called in the server's loop before it starts, to arrange what makes it stop."""


def serve(settings: Settings, log: Log, announce: Announce) -> None:
    """
    Serve in this process until SIGINT or SIGTERM, then end in order. Raises `CannotListen` when the port is
    taken, and as `open_identity_provider` does.
    """
    sockets = listen(settings.host, settings.port)

    def hear_stop(idp: IdentityProvider, server: DrainingServer) -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            idp.stopping.set()
            loop.call_later(settings.stop_delay.total_seconds(), server.finish)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        if not settings.dev:  # whose terminal is closed has no use for it any more
            loop.add_signal_handler(signal.SIGHUP, _warn_of_no_reload, log)

    run_server(settings, log, sockets, announce, hear_stop)


def _warn_of_no_reload(log: Log) -> None:
    log.warning(
        "server.not_reloaded",
        message="Settings are read anew by a restart. Two workers or more are replaced in turn.",
    )


async def warn_of_nobody(idp: IdentityProvider, log: Log) -> None:
    """Say in the log how to make the first account, where there is none: a line like its others."""
    if not await idp.storage.accounts(limit=1):
        log.warning(
            "server.without_accounts",
            message="Nobody can sign in yet. For the first administrator's link: authwright admin recover",
        )


def run_server(
    settings: Settings,
    log: Log,
    sockets: list[socket.socket],
    announce: Announce,
    hear_stop: HearStop,
    neighbours: Neighbours | None = None,
) -> None:
    """Serve on *sockets*, and close them at the end. Raises as `open_identity_provider` does."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(settings, log, sockets, announce, hear_stop, neighbours))
    finally:
        for each in sockets:
            each.close()


async def _serve(
    settings: Settings,
    log: Log,
    sockets: list[socket.socket],
    announce: Announce,
    hear_stop: HearStop,
    neighbours: Neighbours | None,
) -> None:
    library = logging.getLogger("uvicorn.error")
    library.addHandler(log.handler())
    library.setLevel(logging.WARNING)
    library.propagate = False
    async with open_identity_provider(settings, log) as idp:
        config = asgi_config(
            create_app(idp),
            http=Connection,
            keep_alive_seconds=_KEEP_ALIVE_SECONDS,
            grace_seconds=GRACE_SECONDS,
        )
        config.load()
        server = DrainingServer(
            config,
            neighbours=neighbours,
            # A developer's browser keeps connections too, and Ctrl+C is no rolling restart.
            idle_seconds=0 if settings.dev else IDLE_SECONDS,
        )
        hear_stop(idp, server)
        # What is loaded by now stays: the collector need not walk it again and again under load.
        gc.collect()
        gc.freeze()
        # The sockets listen already, so whoever comes from now on is served.
        await announce(idp)
        await server.serve(sockets=sockets)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    with suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop
    return None
