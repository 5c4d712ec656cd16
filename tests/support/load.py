"""
Clients that ask for tokens all the time, as load balancers would: a refused connection is tried at the next
port, and nothing else is tried again.
"""

import asyncio
import base64
import socket
import threading

KEEPERS, NEWCOMERS = 6, 6
"""So many keep their connections, and so many make one for each request."""


class Load:
    """Clients in a thread of their own. *failures* is what went wrong, *answers* how many were right."""

    def __init__(self, realm, ports, *, tls=None):
        self.tls = tls
        self.ports, self.failures, self.answers, self.over = ports, [], 0, threading.Event()
        self.refused = 0
        credentials = base64.b64encode(f"job:{realm.secret}".encode()).decode()
        body = "grant_type=client_credentials"
        self.request = (
            f"POST /token HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic {credentials}\r\n"
            f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def __enter__(self):
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.thread.start()
        self.wait_for(50)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def wait_for(self, more):
        """Return when so many requests more were answered."""
        until = self.answers + more
        while self.answers < until and self.thread.is_alive() and not self.failures:
            threading.Event().wait(0.01)

    async def _run(self):
        keepers = (self._client(number, keeps=True) for number in range(KEEPERS))
        newcomers = (self._client(number, keeps=False) for number in range(NEWCOMERS))
        await asyncio.gather(*keepers, *newcomers)

    async def _client(self, number, *, keeps):
        while not self.over.is_set():
            try:
                reader, writer = await asyncio.open_connection(
                    "localhost", self.ports[number % len(self.ports)], ssl=self.tls, family=socket.AF_INET
                )
            except ConnectionRefusedError:
                self.refused += 1
                number += 1
                await asyncio.sleep(0.01)
                continue
            except OSError as error:
                self.failures.append(repr(error))
                return
            try:
                is_kept = True
                while is_kept and not self.over.is_set():
                    is_kept = await self._ask(reader, writer) and keeps
            except (OSError, EOFError, AssertionError) as error:
                self.failures.append(repr(error))
            finally:
                writer.close()

    async def _ask(self, reader, writer):
        """Whether the server keeps the connection."""
        writer.write(self.request)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        await asyncio.wait_for(reader.readexactly(length), 20)
        assert head.startswith(b"http/1.1 200"), head
        self.answers += 1
        return b"connection: close" not in head
