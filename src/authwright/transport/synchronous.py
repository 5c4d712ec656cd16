"""The transport for threads."""

import contextlib
import math
import os
import ssl
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpcore2
from typing_extensions import override

from authwright.oauth.http import HttpRequest, HttpResponse

from . import exchange
from .fetch_policy import FetchPolicy, Resolver, checked_addresses, resolve


class _Deadline(threading.local):
    """
    When the request that this thread is sending must be over.

    A blocking read can only be given a time of its own, so every wait is given what is left. A synchronous
    request stays in its thread from beginning to end, which is what makes a thread-local value its own.
    """

    at: float = math.inf

    def left(self) -> float:
        """Seconds left. Raises `httpcore2.TimeoutException` when there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore2.TimeoutException
        return left


@dataclass(frozen=True, slots=True)
class _DeadlineStream(httpcore2.NetworkStream):
    """A connection whose every wait ends with the deadline."""

    stream: httpcore2.NetworkStream
    deadline: _Deadline

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.deadline.left())

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.deadline.left())

    @override
    def close(self) -> None:
        self.stream.close()

    @override
    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        stream = self.stream.start_tls(ssl_context, server_hostname, self.deadline.left())
        return _DeadlineStream(stream, self.deadline)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


@dataclass(frozen=True, slots=True)
class _SyncPinnedBackend(httpcore2.NetworkBackend):
    """`_PinnedBackend` for threads. Names are resolved in a thread apart: the system call has no deadline."""

    policy: FetchPolicy
    resolver: Resolver
    deadline: _Deadline
    resolving: ThreadPoolExecutor

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        lookup = self.resolving.submit(checked_addresses, host, port, self.policy, self.resolver)
        addresses = lookup.result(self.deadline.left())
        share = self.policy.timeout.total_seconds() / len(addresses)
        for address in addresses[:-1]:
            with contextlib.suppress(httpcore2.NetworkError, httpcore2.TimeoutException):
                return self._connect(address, port, min(share, self.deadline.left()))
        return self._connect(addresses[-1], port, self.deadline.left())

    def _connect(self, address: str, port: int, timeout: float) -> httpcore2.NetworkStream:
        stream = httpcore2.SyncBackend().connect_tcp(address, port, timeout)
        return _DeadlineStream(stream, self.deadline)


@dataclass(frozen=True, slots=True)
class _Owned:
    """
    What belongs to one process. A fork has copies of its parent's sockets, on which it would read the answers
    to its siblings, and none of its threads.
    """

    process: int
    pool: httpcore2.ConnectionPool
    resolving: ThreadPoolExecutor


class SyncGuardedTransport:
    """
    `SyncTransport`, for callers without an event loop; may be shared by threads, and used after a fork.

    Connections are kept open for a while; `close`, or leaving ``with``, closes them.
    """

    def __init__(self, policy: FetchPolicy | None = None, *, resolver: Resolver = resolve) -> None:
        self._policy = policy or FetchPolicy()
        self._resolver = resolver
        self._ssl_context = exchange.ssl_context(self._policy)
        self._deadline = _Deadline()
        self._mine = self._open()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request*; see `SyncTransport`. Raises `TransportError`."""
        url, headers = exchange.outgoing(request, self._policy)
        seconds = self._policy.timeout.total_seconds()
        self._deadline.at = time.monotonic() + seconds
        if self._mine.process != os.getpid():
            self._mine = self._open()
        with (
            exchange.translated(),
            self._mine.pool.stream(
                request.method,
                url,
                headers=headers,
                content=exchange.content(request),
                extensions={"timeout": {"pool": seconds}},
            ) as response,
        ):
            incoming = exchange.Incoming(response, self._policy)
            for chunk in response.iter_stream():
                incoming.receive(chunk)
        return incoming.finish()

    def close(self) -> None:
        """Close the connections that are kept open."""
        if self._mine.process == os.getpid():
            self._mine.pool.close()
            self._mine.resolving.shutdown(wait=False, cancel_futures=True)

    def _open(self) -> "_Owned":
        resolving = ThreadPoolExecutor(max_workers=4, thread_name_prefix="authwright-resolve")
        pool = httpcore2.ConnectionPool(
            ssl_context=self._ssl_context,
            max_connections=exchange.MAX_CONNECTIONS,
            max_keepalive_connections=exchange.MAX_IDLE_CONNECTIONS,
            keepalive_expiry=exchange.KEEPALIVE_SECONDS,
            network_backend=_SyncPinnedBackend(self._policy, self._resolver, self._deadline, resolving),
        )
        return _Owned(os.getpid(), pool, resolving)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
