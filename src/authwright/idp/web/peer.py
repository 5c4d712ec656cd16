"""Who sent a request: the peer's address, or what a proxy that is trusted says of it."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network


def network_of(scope: Mapping[str, Any], trusted_proxies: Sequence[Network]) -> str:
    """
    The address behind *scope*, an ASGI connection.

    ``X-Forwarded-For`` is read from right to left: each proxy appends whom it heard from, so the first
    address that is not itself a trusted proxy is the last that somebody trustworthy saw. What stands to the
    left of it was written by the caller.
    """
    client = scope.get("client")
    address = client[0] if client else ""
    if not trusted_proxies or not _is_trusted(address, trusted_proxies):
        return address
    forwarded = [
        hop.strip()
        for name, value in scope["headers"]
        if name == b"x-forwarded-for"
        for hop in value.decode("latin-1").split(",")
    ]
    for hop in reversed(forwarded):
        if not _is_address(hop):
            return address
        address = hop
        if not _is_trusted(hop, trusted_proxies):
            break
    return address


def _is_trusted(address: str, trusted_proxies: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in trusted_proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
