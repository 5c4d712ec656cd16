"""uvicorn as it runs here: it leaves signals, logs and headers to whoever runs it."""

import asyncio
import contextlib
from collections.abc import Generator
from typing import Literal

import uvicorn
from typing_extensions import override

from authwright.idp.serving.listening import BACKLOG
from authwright.idp.web.asgi import Asgi


class AsgiServer(uvicorn.Server):
    """uvicorn's server, for somebody who decides what a signal means."""

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Generator[None]:
        # uvicorn would raise a signal once more at the end, and the process would be gone before what is open
        # is closed; and of several servers in one process each would catch it from the one before.
        yield


def asgi_config(
    app: Asgi,
    *,
    http: type[asyncio.Protocol] | Literal["httptools"],
    keep_alive_seconds: int,
    grace_seconds: int,
) -> uvicorn.Config:
    """
    How *app* is served. *http* is the protocol of a connection, which is kept for *keep_alive_seconds* for
    the next request; at the end, requests in progress get *grace_seconds*.
    """
    return uvicorn.Config(
        app,
        http=http,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # the audit log says more, and no URL with a code in it
        proxy_headers=False,  # `web.peer` reads them, from trusted proxies alone
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=grace_seconds,
    )
