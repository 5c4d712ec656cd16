"""Run an identity provider's server until it is told to stop: uvicorn, on sockets bound beforehand."""

import asyncio
import errno
import gc
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType
from typing import Final

import uvicorn

from authwright.idp.app import create_app
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.log import Log
from authwright.idp.provider import IdentityProvider, open_identity_provider
from authwright.idp.settings import Settings

_BACKLOG: Final = 2048
_GRACE_SECONDS: Final = 10
"""For requests in flight when the server is told to stop."""

Announce = Callable[[IdentityProvider], Awaitable[None]]
"""Called once the server accepts connections."""


def serve(settings: Settings, log: Log, announce: Announce) -> None:
    """
    Serve until SIGINT or SIGTERM. Raises `CommandFailed` when the port is taken, and as
    `open_identity_provider` does.
    """
    sockets = listen(settings.host, settings.port)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(settings, log, announce, sockets))
    finally:
        for each in sockets:
            each.close()


async def _serve(settings: Settings, log: Log, announce: Announce, sockets: list[socket.socket]) -> None:
    library = logging.getLogger("uvicorn.error")
    library.addHandler(log.handler())
    library.setLevel(logging.WARNING)
    library.propagate = False
    async with open_identity_provider(settings, log) as idp:
        config = uvicorn.Config(
            create_app(idp),
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,  # the audit log says more, and no URL with a code in it
            proxy_headers=False,  # `web.peer` reads them, from trusted proxies alone
            server_header=False,
            backlog=_BACKLOG,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        config.load()
        server = uvicorn.Server(config)
        _stop_on_signals(server)
        # What is loaded by now stays: the collector need not walk it again and again under load.
        gc.collect()
        gc.freeze()
        # The sockets listen already, so whoever comes from now on is served.
        await announce(idp)
        await server.serve(sockets=sockets)


def _stop_on_signals(server: uvicorn.Server) -> None:
    """
    Let SIGINT and SIGTERM end *server*, and nothing more.

    uvicorn handles them itself while it runs, and raises them once more when it is done, which would end the
    process before what is open is closed. That the server stopped as it was told is success: the process ends
    with 0.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    with suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop
    return None


def listen(host: str, port: int, *, option: str = "--port") -> list[socket.socket]:
    """
    Sockets that listen on every address of *host*; ``localhost`` is both loopback addresses, because browsers
    begin with one and other programs with the other. Port 0 is a free one, the same on every address.

    *option* is how the command line calls the port. Raises `CommandFailed`.
    """
    sockets: list[socket.socket] = []
    addresses = _addresses(host)
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            sockets.append(_bound(family, address, port))
        except OSError as error:
            # A machine may have no IPv6; but one address it must have.
            is_missing = error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
            if is_missing and (sockets or address != addresses[-1]):
                continue
            for each in sockets:
                each.close()
            raise _cannot_listen(address, port, option, error) from error
        port = sockets[0].getsockname()[1]
    return sockets


def _addresses(host: str) -> tuple[str, ...]:
    if host.lower() == "localhost":
        return ("127.0.0.1", "::1")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CommandFailed(
            Problem.PORT_IN_USE,
            "the address to listen on is not one of this machine",
            received=f"{host} ({error.strerror})",
            expected="an address or a host name of this machine",
            write='host = "127.0.0.1"',
            exit_code=2,
        ) from None
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def _cannot_listen(address: str, port: int, option: str, error: OSError) -> CommandFailed:
    if error.errno == errno.EADDRINUSE:
        return CommandFailed(
            Problem.PORT_IN_USE,
            f"port {port} is in use",
            received=f"another program listens on {address}, port {port}",
            expected="a free port",
            write=f"{option} {port + 1 if port < 65_535 else 9000}",  # noqa: PLR2004 - the largest port
        )
    return CommandFailed(
        Problem.PORT_IN_USE,
        "the server cannot listen",
        received=f"{address}, port {port}: {error.strerror}",
        expected="an address of this machine, and a port from 1024 for an ordinary user",
        write='host = "127.0.0.1" and port = 9000',
    )
