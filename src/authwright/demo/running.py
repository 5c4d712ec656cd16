"""The demo, put together: three applications, their sockets, one clock."""

import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from authwright.demo.api import create_api
from authwright.demo.clock import DemoClock
from authwright.demo.identity_provider import prepare_directory, seed, settings_in
from authwright.demo.parties import Addresses, Credentials
from authwright.demo.servers import library_lines, serving
from authwright.demo.web.app import create_web_app
from authwright.demo.web.parts import build_parts
from authwright.demo.wire import Wire
from authwright.idp.app import create_app
from authwright.idp.log import Log
from authwright.idp.provider import open_identity_provider
from authwright.idp.serving.listening import listen
from authwright.transport import FetchPolicy, GuardedTransport

_HOST: Final = "localhost"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each server listens; 0 is a free port."""

    app: int = 3000
    idp: int = 9000
    api: int = 8000


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is running."""

    addresses: Addresses
    credentials: Credentials
    clock: DemoClock


@asynccontextmanager
async def running_demo(directory: Path, log: Log, ports: Ports = Ports()) -> AsyncGenerator[Demo]:
    """
    Run the demo, with its state in *directory*, until the block ends.

    Raises `CannotListen` when a port is taken, and as `open_identity_provider` does.
    """
    async with AsyncExitStack() as stack:
        listening = _listen(stack, ports)
        addresses = Addresses(**{name: _origin(sockets) for name, sockets in listening.items()})
        credentials, clock = prepare_directory(directory), DemoClock()
        settings = settings_in(directory, addresses.issuer)
        stack.enter_context(library_lines(log))
        idp = await stack.enter_async_context(open_identity_provider(settings, log, clock=clock))
        await seed(idp, addresses, directory)
        transport = GuardedTransport(FetchPolicy(allow_plain_http_for_loopback=True))
        wire = Wire(await stack.enter_async_context(transport))
        api = create_api(addresses, credentials.api, wire.way_out_of("the API"), clock)
        web = create_web_app(build_parts(addresses, credentials, wire, clock))
        apps = (
            (create_app(idp), listening["issuer"]),
            (api, listening["api"]),
            (web, listening["app"]),
        )
        await stack.enter_async_context(serving(apps))
        yield Demo(addresses, credentials, clock)


def _listen(stack: AsyncExitStack, ports: Ports) -> dict[str, list[socket.socket]]:
    listening: dict[str, list[socket.socket]] = {}
    options = (
        ("app", ports.app, "--port"),
        ("issuer", ports.idp, "--idp-port"),
        ("api", ports.api, "--api-port"),
    )
    for name, port, option in options:
        listening[name] = listen(_HOST, port, option=option)
        for each in listening[name]:
            stack.callback(each.close)
    return listening


def _origin(sockets: list[socket.socket]) -> str:
    return f"http://{_HOST}:{sockets[0].getsockname()[1]}"
