"""
What may be fetched: which URLs, and which addresses behind their names.

The addresses that are not public are those of the registries of :rfc:`6890`: this machine, private and shared
networks, link-local ones (where clouds keep their metadata service, 169.254.169.254), and what is reserved.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.uri import Uri, parse_uri

from .errors import AddressRefused, NameNotResolved, RequestRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host name, for a port. Blocks; raises `OSError` when there are none."""

MAX_ADDRESSES: Final = 4
"""Addresses of one name that are tried before giving up."""

_SCHEMES: Final = frozenset({"https", "http"})
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """What may be fetched, and at what cost. The defaults are for a server on the open internet."""

    allow_plain_http_for_loopback: bool = False
    """Whether ``127.0.0.1``, ``[::1]`` and ``localhost``, written so, may be reached, also by plain http."""

    allowed_hosts: frozenset[str] = frozenset()
    """Names (lower case, without port) that are reached whatever their addresses, also by plain http: the
    services of a container network, which have no certificates."""

    allowed_networks: tuple[IPNetwork, ...] = ()
    """Private networks in which https is allowed."""

    ca_file: Path | None = None
    """Certificates of the authorities to trust, instead of the system's (or those SSL_CERT_FILE names)."""

    max_response_bytes: int = 65_536
    timeout: timedelta = timedelta(seconds=5)
    """For everything together, from name resolution to the last byte."""


def resolve(host: str, port: int) -> Sequence[str]:
    """The system's addresses of *host*, in the order in which it would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def check_url(url: str, policy: FetchPolicy) -> Uri:
    """Take *url* apart, if *policy* lets it be fetched at all. Raises `RequestRefused`."""
    try:
        uri = parse_uri(url)
    except InvalidValue:
        raise RequestRefused("the URL to fetch is malformed") from None
    if uri.host is None or uri.scheme not in _SCHEMES:
        raise RequestRefused("the URL to fetch is not an http URL")
    if uri.userinfo is not None or uri.fragment is not None:
        raise RequestRefused("the URL to fetch has a user name or a fragment")
    plain_is_allowed = bare_host(uri.host) in policy.allowed_hosts or (
        policy.allow_plain_http_for_loopback and uri.is_loopback
    )
    if uri.scheme == "http" and not plain_is_allowed:
        raise RequestRefused("the URL to fetch is plain http")
    return uri


def checked_addresses(host: str, port: int, policy: FetchPolicy, resolver: Resolver) -> Sequence[str]:
    """
    The addresses of *host* to connect to, all of them within *policy*. Blocks on *resolver*.

    One bad address among good ones refuses them all: an honest name does not have such a mixture. Raises
    `NameNotResolved`, `AddressRefused`.
    """
    try:
        addresses = [str(ipaddress.ip_address(host))]
    except ValueError:
        try:
            addresses = list(dict.fromkeys(resolver(host, port)))
        except (OSError, UnicodeError) as error:
            raise NameNotResolved("the host of the URL to fetch cannot be resolved") from error
    if not addresses:
        raise NameNotResolved("the host of the URL to fetch has no address")
    if not all(_may_connect(host, ipaddress.ip_address(address), policy) for address in addresses):
        raise AddressRefused("the host of the URL to fetch has an address that is not allowed")
    return addresses[:MAX_ADDRESSES]


def _may_connect(host: str, address: IPAddress, policy: FetchPolicy) -> bool:
    if host in policy.allowed_hosts:
        return True
    address = _embedded(address)
    if any(address in network for network in policy.allowed_networks):
        return True
    if policy.allow_plain_http_for_loopback and host in {"localhost", "127.0.0.1", "::1"}:
        return address.is_loopback
    return _is_public(address)


def _embedded(address: IPAddress) -> IPAddress:
    """The IPv4 address within an IPv6 one: that is where the packets end up."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:  # RFC 6052 §2.1
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _is_public(address: IPAddress) -> bool:
    """Whether anybody on the internet could reach *address*; the registries of :rfc:`6890`."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def bare_host(host: str) -> str:
    """A host of a URL as a name server or a socket wants it."""
    return host.lower().removeprefix("[").removesuffix("]")
