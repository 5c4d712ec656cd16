"""
How often a password may be tried, and who pays for it.

Every attempt is counted *before* the password is looked at, by a guarded write for each count that applies,
all in one commit: of any number of parallel guesses no more than the limit get past. A browser that the
account signed in with before has a count of its own; everybody else shares the counts of their network, of
the account as seen from that network, and of the account. Counts end with their window, so nobody is locked
out for good, and none of them touches a session that is alive. Why: docs/adr/0020.
"""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from authwright.idp.writes import ClearAttempts, CountAttempt
from authwright.oauth.types import Timestamp, digest, whole_seconds

_IPV6_PREFIX: Final = 64
"""What one customer has at least: more precise would be free to rotate, :rfc:`6177#section-2`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most *attempts* in the *window* that begins with the first."""

    attempts: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """How many login attempts are allowed. A success counts too, and clears the counts of its account."""

    known_browser: Limit = Limit(10, timedelta(minutes=15))
    """For one account in one browser that it signed in with before; the only count that applies to it."""

    account_from_network: Limit = Limit(10, timedelta(minutes=15))
    """For one account from one network."""

    account: Limit = Limit(50, timedelta(hours=1))
    """For one account from all networks together: what a botnet can try."""

    network: Limit = Limit(300, timedelta(minutes=15))
    """For one network, whatever the account: one password tried on many. An office may be one address."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """The counts that one attempt is charged to."""

    attempts: tuple[CountAttempt, ...]
    cleared_by_success: tuple[ClearAttempts, ...]


def buckets(
    policy: ThrottlePolicy, *, normal_username: str, network: str, known_browser: str | None, now: Timestamp
) -> Buckets:
    """
    The counts for an attempt on *normal_username* from *network* (of `network_of`).

    Keys hold a digest of the username: people type passwords into the wrong field, and those are not stored.
    """
    account = digest(normal_username)
    if known_browser is not None:
        own = _count(f"login:browser:{known_browser}:{account}", policy.known_browser, now)
        return Buckets((own,), (ClearAttempts(own.key),))
    from_network = _count(f"login:account:{account}:{network}", policy.account_from_network, now)
    anywhere = _count(f"login:account:{account}", policy.account, now)
    of_network = _count(f"login:network:{network}", policy.network, now)
    # The network's count outlives a success: else one account of the attacker's own would reset it.
    return Buckets(
        (from_network, anywhere, of_network), (ClearAttempts(from_network.key), ClearAttempts(anywhere.key))
    )


def network_of(address: str) -> str:
    """
    The network that an address counts for: an IPv4 address itself, the /64 of an IPv6 address.

    What is no address (a Unix socket, a test client) counts under its own text.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)


def _count(key: str, limit: Limit, now: Timestamp) -> CountAttempt:
    return CountAttempt(key, now, whole_seconds(limit.window), limit.attempts)
