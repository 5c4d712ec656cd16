"""The transport for event loops: asyncio and trio."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

import anyio
import anyio.to_thread
import httpcore2
from typing_extensions import override

from authwright.oauth.http import HttpRequest, HttpResponse

from . import exchange
from .fetch_policy import FetchPolicy, Resolver, checked_addresses, resolve


@dataclass(frozen=True, slots=True)
class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that is closed also when its handshake is cancelled; httpcore would not."""

    stream: httpcore2.AsyncNetworkStream

    @override
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self.stream.read(max_bytes, timeout)

    @override
    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self.stream.write(buffer, timeout)

    @override
    async def aclose(self) -> None:
        await self.stream.aclose()

    @override
    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return await self.stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self.stream.aclose()
            raise

    @override
    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


@dataclass(frozen=True, slots=True)
class _PinnedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to checked addresses only. The caller's deadline bounds it."""

    policy: FetchPolicy
    resolver: Resolver

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await anyio.to_thread.run_sync(
            checked_addresses, host, port, self.policy, self.resolver, abandon_on_cancel=True
        )
        # httpcore declares a stand-in for installations without anyio, which httpx2 requires.
        backend = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())
        share = self.policy.timeout.total_seconds() / len(addresses)
        for address in addresses[:-1]:
            with contextlib.suppress(httpcore2.NetworkError, httpcore2.TimeoutException):
                return _Stream(await backend.connect_tcp(address, port, timeout=share))
        return _Stream(await backend.connect_tcp(addresses[-1], port))


class GuardedTransport:
    """
    `Transport` for asynchronous callers, on asyncio or trio; several event loops may use one.

    Connections are kept open for a while, each for the event loop that opened it; `aclose`, or leaving
    ``async with``, closes those of the loop that runs.
    """

    def __init__(self, policy: FetchPolicy | None = None, *, resolver: Resolver = resolve) -> None:
        self._policy = policy or FetchPolicy()
        self._ssl_context = exchange.ssl_context(self._policy)
        self._backend = _PinnedBackend(self._policy, resolver)
        self._pools: dict[asyncio.AbstractEventLoop | None, httpcore2.AsyncConnectionPool] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request*; see `Transport`. Raises `TransportError`."""
        url, headers = exchange.outgoing(request, self._policy)
        with exchange.translated(), anyio.fail_after(self._policy.timeout.total_seconds()):
            async with self._pool().stream(
                request.method, url, headers=headers, content=exchange.content(request)
            ) as response:
                incoming = exchange.Incoming(response, self._policy)
                async for chunk in response.aiter_stream():
                    incoming.receive(chunk)
        return incoming.finish()

    async def aclose(self) -> None:
        """Close the connections that are kept open."""
        await self._pool().aclose()

    def _pool(self) -> httpcore2.AsyncConnectionPool:
        """The connections of the event loop that runs. Those of another cannot be read, written or closed."""
        loop = _running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            # A loop that has ended is held by its connections, and nobody else ends them.
            for other in list(self._pools):
                if other is not None and other.is_closed():
                    self._pools.pop(other, None)
            pool = self._pools[loop] = httpcore2.AsyncConnectionPool(
                ssl_context=self._ssl_context,
                max_connections=exchange.MAX_CONNECTIONS,
                max_keepalive_connections=exchange.MAX_IDLE_CONNECTIONS,
                keepalive_expiry=exchange.KEEPALIVE_SECONDS,
                network_backend=self._backend,
            )
        return pool

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """That of asyncio; None on trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
