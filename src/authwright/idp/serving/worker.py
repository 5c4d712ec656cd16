"""
One of several processes that serve, which `supervisor` starts.

Standard input is the line to the supervisor. Anything in it says that the whole node is about to stop, and
its end says to finish; it ends by itself when the supervisor is gone. Standard output says once that this
worker serves.
"""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final

from authwright.idp.log import Log
from authwright.idp.provider import IdentityProvider
from authwright.idp.serving.accepting import Shares
from authwright.idp.serving.draining import DrainingServer, Neighbours
from authwright.idp.serving.process import run_server, warn_of_nobody
from authwright.idp.serving.supervisor import READY
from authwright.idp.settings import load

_ENOUGH: Final = 64


def serve_by_order(order: dict[str, Any]) -> None:
    """Serve as *order* says, which `supervisor` gave. Raises as `open_identity_provider` does."""
    config = order["config"]
    settings = load(None if config is None else Path(config), given=order["given"])
    log = Log.to_stderr(settings.log_level, settings.log_format)

    async def announce(idp: IdentityProvider) -> None:
        if order["warns"]:
            await warn_of_nobody(idp, log)
        os.write(sys.stdout.fileno(), READY)

    sockets = [socket.socket(fileno=number) for number in order["sockets"]]
    neighbours = Neighbours(Shares(order["shares"]), order["number"] - 1)
    run_server(settings, log, sockets, announce, _hear_supervisor, neighbours)


def _hear_supervisor(idp: IdentityProvider, server: DrainingServer) -> None:
    loop, line = asyncio.get_running_loop(), sys.stdin.fileno()

    def hear() -> None:
        if os.read(line, _ENOUGH):
            idp.stopping.set()
        else:
            loop.remove_reader(line)
            server.finish()

    loop.add_reader(line, hear)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.finish)
