"""The guarded HTTP client, for the one issuer that whoever runs the command has named."""

from authwright.oauth.uri import parse_uri
from authwright.transport import FetchPolicy, SyncGuardedTransport


def transport_to(issuer: str) -> SyncGuardedTransport:
    """
    A transport that reaches *issuer* whatever its address, and other hosts only where they are public.

    Raises `InvalidValue` when *issuer* is no URL.
    """
    uri = parse_uri(issuer)
    return SyncGuardedTransport(
        FetchPolicy(
            allow_plain_http_for_loopback=uri.is_loopback,
            allowed_hosts=frozenset({(uri.host or "").lower()}),
        )
    )
