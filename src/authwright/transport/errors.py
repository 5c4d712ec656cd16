"""Why no response could be had. A response that says "no" is a response, whatever its status."""


class TransportError(Exception):
    """No response could be had. *detail* is a constant sentence for the log."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class RequestRefused(TransportError):
    """The request may not or cannot be sent: scheme, user name in the URL, characters in a header."""


class AddressRefused(TransportError):
    """The host has an address that the policy keeps out of reach."""


class NameNotResolved(TransportError):
    """The host name has no address."""


class ConnectionFailed(TransportError):
    """No connection, or it broke, or what came over it was not HTTP."""


class CertificateRefused(ConnectionFailed):
    """The host did not prove by its certificate that it is the host."""


class TimedOut(TransportError):
    """The response was not complete in time."""


class ResponseRefused(TransportError):
    """The response is too large, or is compressed although that was not asked for."""
