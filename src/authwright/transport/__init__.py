"""
The guarded HTTP client: the one way out for every document that authwright fetches.

A URL to fetch may come from a stranger: a client's ``jwks_uri``, a resource's metadata. Fetched without
care it turns the server into a proxy to the network behind it (server-side request forgery,
:rfc:`9728#section-7.7`). So, in this order:

1. The URL is https; plain http only to this machine, or to a host that the operator named.
2. The name is resolved once, *every* address must be public (or allowed), and the connection is made to a
   checked address. To check and then connect by name would let the second answer differ (DNS rebinding).
   Certificate, SNI and ``Host`` still go by the name.
3. No redirects, cookies, proxies from the environment or credentials in the URL. These are not switched
   off: the connection layer of httpx2 (`httpcore2`), used here without its client, does not know them. Nor
   does it decode bodies, so a compressed one, which nobody asked for, is refused rather than inflated.
4. Size and total time are bounded while the response arrives.

`GuardedTransport` and `SyncGuardedTransport` share all of this and differ in how they wait.
"""

from .asynchronous import GuardedTransport
from .errors import (
    AddressRefused,
    CertificateRefused,
    ConnectionFailed,
    NameNotResolved,
    RequestRefused,
    ResponseRefused,
    TimedOut,
    TransportError,
)
from .fetch_policy import FetchPolicy, Resolver
from .synchronous import SyncGuardedTransport

__all__ = [
    "AddressRefused",
    "CertificateRefused",
    "ConnectionFailed",
    "FetchPolicy",
    "GuardedTransport",
    "NameNotResolved",
    "RequestRefused",
    "Resolver",
    "ResponseRefused",
    "SyncGuardedTransport",
    "TimedOut",
    "TransportError",
]
