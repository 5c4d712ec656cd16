"""Who sent a request: the peer's address, or what a proxy that is trusted says of it."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

Network = IPv4Network | IPv6Network

_WITH_PORT: Final = re.compile(r"\[(?P<v6>[0-9a-fA-F:.]+)\](:[0-9]+)?|(?P<v4>[0-9.]+):[0-9]+")
"""How some proxies write an address."""


def sender_of(scope: Mapping[str, Any], trusted_proxies: Sequence[Network]) -> str:
    """
    The address behind *scope*, an ASGI connection.

    ``X-Forwarded-For`` is read from right to left: each proxy appends whom it heard from, so the first
    address that is not itself a trusted proxy is the last that somebody trustworthy saw. What stands to the
    left of it was written by the caller. Nothing else that a proxy says is read, since nothing else is
    needed: where this server is, its issuer says.
    """
    client = scope.get("client")
    peer = client[0] if client else ""
    if not trusted_proxies or not _is_trusted(_address(peer), trusted_proxies):
        return peer
    sender = peer
    for hop in reversed(_forwarded_for(scope)):
        address = _address(hop)
        if address is None:
            return sender
        sender = str(address)
        if not _is_trusted(address, trusted_proxies):
            break
    return sender


def _forwarded_for(scope: Mapping[str, Any]) -> list[str]:
    return [
        hop.strip()
        for name, value in scope["headers"]
        if name == b"x-forwarded-for"
        for hop in value.decode("latin-1").split(",")
    ]


def _is_trusted(address: IPv4Address | IPv6Address | None, trusted_proxies: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted_proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in *text*, one of IPv4 in its own form; None when there is none."""
    with_port = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(text if with_port is None else with_port["v6"] or with_port["v4"])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
