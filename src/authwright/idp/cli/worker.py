"""
One of several processes that serve: what `supervisor` starts, as ``python -P -m authwright.idp.cli.worker``.

Standard input is the line to the supervisor. Anything in it says that the whole node is about to stop, and
its end says to finish; it ends by itself when the supervisor is gone. Standard output says once that this
worker serves.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final

from authwright.idp.cli.accepting import Shares
from authwright.idp.cli.command_line import exit_code_of
from authwright.idp.cli.draining import DrainingServer, Neighbours
from authwright.idp.cli.serving import run_server, warn_of_nobody
from authwright.idp.cli.supervisor import READY
from authwright.idp.log import Log
from authwright.idp.provider import IdentityProvider
from authwright.idp.settings import load

_ENOUGH: Final = 64


def main(order: dict[str, Any]) -> int:
    """Serve as *order* says, the JSON object that `supervisor` made. The exit code."""
    try:
        _serve(order)
    except Exception as error:  # noqa: BLE001 - a bug is raised again
        return exit_code_of(error)
    return 0


def _serve(order: dict[str, Any]) -> None:
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


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
