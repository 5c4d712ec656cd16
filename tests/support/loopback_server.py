"""Little HTTP servers on loopback, each connection answered by a function of the test."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Answer = Callable[["Connection"], None]


@dataclass
class Connection:
    """One accepted connection, read and written in its own thread."""

    socket: socket.socket
    server: "LoopbackServer"

    def receive(self) -> bytes:
        """The next request, head and body. Empty when the other side has closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += self.socket.recv(65536)
        request = head + b"\r\n\r\n" + body
        self.server.requests.append(request)
        return request

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def wait(self) -> None:
        """Until the test is over, and no longer."""
        self.server.over.wait(30)


@dataclass
class LoopbackServer:
    """Counts connections and keeps requests, so that a test can say what did *not* happen."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    server_names: list[str | None] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def response(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """A whole HTTP/1.1 response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@contextlib.contextmanager
def serve(answer: Answer, *, tls: ssl.SSLContext | None = None) -> Iterator[LoopbackServer]:
    """Answer every connection on a free port of 127.0.0.1 with *answer*, in a thread each."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = LoopbackServer(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: server.server_names.append(name)

    def converse(accepted: socket.socket) -> None:
        with accepted, contextlib.suppress(OSError):
            accepted.settimeout(30)
            if tls is None:
                answer(Connection(accepted, server))
            else:
                with tls.wrap_socket(accepted, server_side=True) as wrapped:
                    answer(Connection(wrapped, server))

    def accept() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            thread = threading.Thread(target=converse, args=(accepted,), daemon=True)
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (accepting, *threads):
            thread.join(30)
