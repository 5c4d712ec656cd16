"""authwright.idp.accounts.throttle."""

import pytest

from authwright.idp.accounts.throttle import ThrottlePolicy, buckets, network_of
from authwright.oauth.types import Timestamp

NOW = Timestamp(1_800_000_000)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_network_of(address, network):
    """An IPv6 customer has a /64 and counts as one; an IPv4 address counts for itself."""
    assert network_of(address) == network


def of(*, username="alice", network="192.0.2.7", known_browser=None):
    made = buckets(
        ThrottlePolicy(), normal_username=username, network=network, known_browser=known_browser, now=NOW
    )
    return {count.key: count.limit for count in made.attempts}, {
        clear.key for clear in made.cleared_by_success
    }


def test_an_unknown_browser_is_charged_three_times():
    """To the account from its network, to the account, and to its network."""
    counted, cleared = of()
    assert sorted(counted.values()) == [10, 50, 300]
    shared_with_other_network = counted.keys() & of(network="192.0.2.8")[0].keys()
    shared_with_other_account = counted.keys() & of(username="bob")[0].keys()
    assert [counted[key] for key in shared_with_other_network] == [50]
    assert [counted[key] for key in shared_with_other_account] == [300]
    assert cleared == counted.keys() - shared_with_other_account


def test_a_known_browser_has_a_count_of_its_own():
    """What others do to the account or the network does not touch it, and what it does touches nobody."""
    counted, cleared = of(known_browser="b1")
    assert list(counted.values()) == [10]
    assert not counted.keys() & of()[0].keys()
    assert not counted.keys() & of(known_browser="b2")[0].keys()
    assert not counted.keys() & of(known_browser="b1", username="bob")[0].keys()
    assert cleared == counted.keys()


def test_keys_hold_no_username():
    """A password typed into the wrong field is not stored."""
    counted, _ = of(username="my secret password")
    assert not any("secret" in key for key in counted)
