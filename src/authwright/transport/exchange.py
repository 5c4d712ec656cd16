"""A request on its way out and a response on its way in: what both transports do alike."""

import contextlib
import ssl
from collections.abc import Generator
from typing import Final

import httpcore2

from authwright.oauth.http import HttpRequest, HttpResponse

from .errors import CertificateRefused, ConnectionFailed, RequestRefused, ResponseRefused, TimedOut
from .fetch_policy import FetchPolicy, bare_host, check_url

MAX_CONNECTIONS: Final = 100
"""At once. Enough that a few hosts which answer slowly do not keep the others waiting."""

MAX_IDLE_CONNECTIONS: Final = 20
KEEPALIVE_SECONDS: Final = 15.0
"""How long an unused connection is kept: less than servers do, so that they seldom close it first."""


def outgoing(request: HttpRequest, policy: FetchPolicy) -> tuple[httpcore2.URL, list[tuple[bytes, bytes]]]:
    """Where and with which headers *request* is sent. The path and query go out byte for byte."""
    uri = check_url(request.url, policy)
    host = uri.host or ""
    target = (uri.path or "/") + ("" if uri.query is None else f"?{uri.query}")
    url = httpcore2.URL(scheme=uri.scheme, host=bare_host(host), port=uri.port, target=target)
    headers = {
        "user-agent": "authwright",
        **{name.lower(): value for name, value in request.headers.items()},
        "host": host if uri.port is None else f"{host}:{uri.port}",
        "accept-encoding": "identity",
    }
    try:
        return url, [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    except UnicodeEncodeError:
        raise RequestRefused("a header of the request is not ASCII") from None


class Incoming:
    """A response as it arrives, within the bounds of the policy."""

    def __init__(self, response: httpcore2.Response, policy: FetchPolicy) -> None:
        self._status = response.status
        self._headers: dict[str, str] = {}
        for raw_name, raw_value in response.headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            self._headers[name] = f"{self._headers[name]}, {value}" if name in self._headers else value
        if self._headers.get("content-encoding", "identity").lower() != "identity":
            raise ResponseRefused("the response is compressed although that was not asked for")
        self._body = bytearray()
        self._limit = policy.max_response_bytes

    def receive(self, chunk: bytes) -> None:
        """Take a piece of the body. Raises `ResponseRefused` once it is too much."""
        self._body += chunk
        if len(self._body) > self._limit:
            raise ResponseRefused("the response is larger than allowed")

    def finish(self) -> HttpResponse:
        """The response, now that all of it is here."""
        return HttpResponse(self._status, self._headers, bytes(self._body))


@contextlib.contextmanager
def translated() -> Generator[None]:
    """The errors of the layers below, as `TransportError`."""
    try:
        yield
    except (TimeoutError, httpcore2.TimeoutException) as error:
        raise TimedOut("the response did not arrive in time") from error
    except httpcore2.LocalProtocolError as error:
        raise RequestRefused("the request cannot be written as HTTP") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        if any(isinstance(argument, ssl.SSLCertVerificationError) for argument in error.args):
            raise CertificateRefused("the certificate of the host was not accepted") from error
        raise ConnectionFailed("the connection failed or did not carry HTTP") from error


def ssl_context(policy: FetchPolicy) -> ssl.SSLContext:
    """Whom to trust: the authorities of the policy's file, or the system's. Reads files."""
    if policy.ca_file is not None:
        return ssl.create_default_context(cafile=policy.ca_file)
    return httpcore2.default_ssl_context()


def content(request: HttpRequest) -> bytes | None:
    """None where a body has no meaning, so that no ``Content-Length: 0`` is sent with a GET."""
    return request.body if request.body or request.method not in {"GET", "HEAD"} else None
