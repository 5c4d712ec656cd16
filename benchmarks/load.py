"""
A load on one connection-keeping HTTP/1.1 endpoint: as many requests as the server answers, on one core.

It writes prepared bytes and counts complete answers, and is some times faster than any server measured here;
its own CPU time is reported so that this can be seen.
"""

import asyncio
import time
from dataclasses import dataclass

import uvloop


@dataclass(frozen=True)
class Load:
    """What came of it. *cpu_seconds* is the load generator's own."""

    requests: int
    seconds: float
    failures: int
    latencies: list[float]
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Requests in a second."""
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that *share* of the requests stayed below."""
        return sorted(self.latencies)[int(len(self.latencies) * share)] * 1000


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, until: float, done: asyncio.Future) -> None:
        self.request, self.until, self.done = request, until, done
        self.buffer, self.expected = b"", None
        self.count = self.failures = 0
        self.latencies: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._send()

    def _send(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.expected is None:
            head, separator, _ = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            lowered = head.lower()
            if not head.startswith(b"HTTP/1.1 200"):
                self.failures += 1
            start = lowered.index(b"content-length:") + 15
            end = lowered.find(b"\r\n", start)
            self.expected = len(head) + 4 + int(lowered[start : end if end > 0 else None])
        if len(self.buffer) < self.expected:
            return
        now = time.perf_counter()
        self.latencies.append(now - self.sent_at)
        self.count += 1
        self.buffer, self.expected = b"", None
        if now < self.until:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(error)


def post(port: int, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of a POST of a form."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"host: 127.0.0.1:{port}",
        "content-type: application/x-www-form-urlencoded",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(port: int, request: bytes, *, seconds: float, connections: int = 16) -> Load:
    """Send *request* on *connections* for *seconds*, one at a time on each."""

    async def main() -> Load:
        loop = asyncio.get_running_loop()
        began, cpu = time.perf_counter(), time.process_time()
        protocols = []
        for _ in range(connections):
            protocol = _Connection(request, began + seconds, loop.create_future())
            await loop.create_connection(lambda protocol=protocol: protocol, "127.0.0.1", port)
            protocols.append(protocol)
        await asyncio.wait_for(asyncio.gather(*(protocol.done for protocol in protocols)), seconds + 30)
        return Load(
            requests=sum(protocol.count for protocol in protocols),
            seconds=time.perf_counter() - began,
            failures=sum(protocol.failures for protocol in protocols),
            latencies=[latency for protocol in protocols for latency in protocol.latencies],
            cpu_seconds=time.process_time() - cpu,
        )

    return uvloop.run(main())
