"""A connection of `authwright.idp.http` without a socket, and an application that says what it was asked."""

import asyncio

import uvicorn
from uvicorn.server import ServerState

from authwright.idp.http.connection import Connection


class Wire(asyncio.Transport):
    """The other side: what was written to it, and whether the connection is still open."""

    def __init__(self, loop):
        super().__init__({"peername": ("192.0.2.1", 5000), "sockname": ("192.0.2.2", 443)})
        self.loop, self.written, self.is_open, self.is_read, self.aborted = loop, b"", True, True, False
        self.unsent = 0

    def set_up(self, connection):
        self.connection = connection
        connection.connection_made(self)

    def write(self, data):
        self.written += data

    def close(self):
        if self.is_open:
            self.is_open = False
            self.loop.call_soon(self.connection.connection_lost, None)

    def abort(self):
        self.aborted = True
        self.close()

    def is_closing(self):
        return not self.is_open

    def pause_reading(self):
        self.is_read = False

    def resume_reading(self):
        self.is_read = True

    def get_write_buffer_size(self):
        return self.unsent


class Clock:
    """An event loop whose time a test moves; its timers are run by hand."""

    def __init__(self, loop):
        self.loop, self.now, self.timer = loop, 1000.0, None

    def time(self):
        return self.now

    def call_later(self, _delay, callback):
        self.timer = callback
        return self.loop.call_later(3600, callback)

    def call_soon(self, callback):
        return self.loop.call_soon(callback)

    def create_task(self, coroutine):
        return self.loop.create_task(coroutine)

    def create_future(self):
        return self.loop.create_future()

    def pass_by(self, seconds):
        self.now += seconds
        self.timer()


class Served:
    """A connection of *app*, and what to do with it."""

    def __init__(self, app, lost=None):
        config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, proxy_headers=False)
        config.load()
        loop = asyncio.get_running_loop()
        self.clock, self.wire, self.state = Clock(loop), Wire(loop), ServerState()
        self.connection = Connection(config, self.state, {}, self.clock, lost=lost)
        self.wire.set_up(self.connection)

    async def send(self, *pieces):
        """Send them, give everybody a turn, and show what has come back so far."""
        for piece in pieces:
            self.connection.data_received(piece)
            for _ in range(50):
                await asyncio.sleep(0)
        return self.wire.written


async def whole(receive):
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message["body"]
        more = message["more_body"]
    return body


def start(status=200, *headers):
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content=b"", *, more=False):
    return {"type": "http.response.body", "body": content, "more_body": more}


async def echo(scope, receive, send):
    """Says what it was asked."""
    received = await whole(receive)
    if received is None:
        return
    said = b"%s %s?%s %s" % (
        scope["method"].encode(),
        scope["path"].encode(),
        scope["query_string"],
        received,
    )
    await send(start(200, (b"content-length", b"%d" % len(said))))
    await send(body(said))
