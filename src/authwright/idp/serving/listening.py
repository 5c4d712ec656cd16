"""Sockets that listen, bound before anything else is opened: a port that is taken is said at once."""

import array
import asyncio
import errno
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

BACKLOG: Final = 2048
"""Connections that the kernel keeps until somebody accepts them."""

_QUEUE_SECONDS: Final = 0.1
"""For the connections that are queued to be accepted, once the kernel queues no more."""

_SO_ATTACH_FILTER: Final = 26
_TAKE_NOTHING: Final = struct.pack("HBBI", 0x06, 0, 0, 0)
"""A classic BPF program of one instruction: return 0, so many bytes of the packet are taken."""


class CannotListen(Exception):
    """
    No socket listens. *what* is the sentence to begin with; *received* is what was found, *expected* what
    would do, and *write* the line to write.
    """

    def __init__(self, what: str, *, received: str, expected: str, write: str) -> None:
        super().__init__(what)
        self.what = what
        self.received = received
        self.expected = expected
        self.write = write


class NoSuchAddress(CannotListen):
    """The host is not one of this machine: what was asked for is wrong, and not in use."""


def listen(host: str, port: int, *, option: str = "--port") -> list[socket.socket]:
    """
    Sockets that listen on every address of *host*; ``localhost`` is both loopback addresses, because browsers
    begin with one and other programs with the other. Port 0 is a free one, the same on every address.

    *option* is how the command line calls the port. Raises `CannotListen`.
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
        raise NoSuchAddress(
            "the address to listen on is not one of this machine",
            received=f"{host} ({error.strerror})",
            expected="an address or a host name of this machine",
            write='host = "127.0.0.1"',
        ) from None
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def _cannot_listen(address: str, port: int, option: str, error: OSError) -> CannotListen:
    if error.errno == errno.EADDRINUSE:
        return CannotListen(
            f"port {port} is in use",
            received=f"another program listens on {address}, port {port}",
            expected="a free port",
            write=f"{option} {port + 1 if port < 65_535 else 9000}",  # noqa: PLR2004 - the largest port
        )
    return CannotListen(
        "the server cannot listen",
        received=f"{address}, port {port}: {error.strerror}",
        expected="an address of this machine, and a port from 1024 for an ordinary user",
        write='host = "127.0.0.1" and port = 9000',
    )


async def empty_queues(listeners: Sequence[socket.socket]) -> None:
    """
    Let no connection be made any more, and those that were be accepted by whoever accepts.

    Closing a socket that listens resets what is in its queue. Linux drops what a filter does not take: who
    connects now sends again a second later, and is refused then because the socket is closed. Elsewhere the
    queue is as empty as it happens to be.
    """
    if sys.platform == "linux":
        program = array.array("B", _TAKE_NOTHING)
        address, _ = program.buffer_info()
        for listener in listeners:
            with suppress(OSError):  # a sandbox without filters
                listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", 1, address))
    await asyncio.sleep(_QUEUE_SECONDS)
