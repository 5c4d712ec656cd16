"""
HTTP/1.1 on loopback, so plain that of every request it is known whether it was answered.

A library would retry, follow, or pool in ways of its own; here a request is written once, and what came of it
is an `Answer` or `Unanswered`. Each request also costs little, so that the driver loads the server and not
itself.
"""

import asyncio
import json
import random
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

HOST: Final = "127.0.0.1"

_MOST_IDLE_SECONDS: Final = 2
"""Servers close a connection that was idle for some seconds; before that, nobody is surprised."""

Headers = tuple[tuple[str, str], ...]


class Unanswered(Exception):
    """
    No complete answer came: refused, cut off, or too late. What was asked may have been done or not.

    *hung* when the patience ran out.
    """

    def __init__(self, reason: str, *, hung: bool = False) -> None:
        super().__init__(reason)
        self.hung = hung


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. Header names are lower case; *seconds* is how long it took."""

    status: int
    headers: Headers
    body: bytes
    seconds: float

    def header(self, name: str) -> str | None:
        """The first header *name*."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True, slots=True)
class _Kept:
    since: float
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Http:
    """
    Connections to nodes that answer for the same issuer, kept and used again; each request goes to any of
    *ports*. *patience* is in seconds.
    """

    def __init__(self, *ports: int, patience: float = 10) -> None:
        self._patience = patience
        self._idle: dict[int, list[_Kept]] = {port: [] for port in ports}

    async def get(self, target: str, **headers: str) -> Answer:
        """GET *target*."""
        return await self.send("GET", target, headers)

    async def post(self, target: str, form: dict[str, str], **headers: str) -> Answer:
        """POST *form* to *target*."""
        headers["content-type"] = "application/x-www-form-urlencoded"
        return await self.send("POST", target, headers, urlencode(form).encode())

    async def send(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        """One request. Raises `Unanswered`."""
        port = random.choice(tuple(self._idle))  # noqa: S311 - no secret
        lines = [f"{method} {target} HTTP/1.1", f"host: {HOST}:{port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if method == "POST":
            lines.append(f"content-length: {len(body)}")
        message = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._patience):
                return await self._exchange(port, message, began)
        except TimeoutError:
            raise Unanswered(f"{method} {target.partition('?')[0]}: no answer in time", hung=True) from None
        except (OSError, EOFError) as error:
            raise Unanswered(f"{method} {target.partition('?')[0]}: {type(error).__name__}") from None

    def forget(self) -> None:
        """Close the kept connections: the server behind them is gone."""
        for kept in self._idle.values():
            while kept:
                kept.pop().writer.close()

    async def _exchange(self, port: int, message: bytes, began: float) -> Answer:
        reader, writer = await self._connection(port)
        try:
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            status, headers = _parse(head)
            length = next((int(value) for name, value in headers if name == "content-length"), 0)
            body = await reader.readexactly(length) if length else b""
        except BaseException:
            writer.close()
            raise
        if ("connection", "close") in headers:
            writer.close()
        else:
            self._idle[port].append(_Kept(time.monotonic(), reader, writer))
        return Answer(status, headers, body, time.monotonic() - began)

    async def _connection(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kept = self._idle[port]
        while kept:
            last = kept.pop()
            if time.monotonic() - last.since < _MOST_IDLE_SECONDS and not last.reader.at_eof():
                return last.reader, last.writer
            last.writer.close()
        return await asyncio.open_connection(HOST, port)


def _parse(head: bytes) -> tuple[int, Headers]:
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = (line.partition(":") for line in lines if line)
    return int(first.split(" ", 2)[1]), tuple(
        (name.strip().lower(), value.strip()) for name, _, value in headers
    )
