"""authwright.idp.web.peer: whose address a request is counted and logged under."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.idp.web.peer import sender_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PERSON = "198.51.100.7"


def sender(peer, *headers, proxies=PROXIES, name=b"x-forwarded-for"):
    scope = {"client": (peer, 1), "headers": [(name, header.encode("latin-1")) for header in headers]}
    return sender_of(scope, proxies)


@pytest.mark.parametrize("header", ["", "1.2.3.4", "10.0.0.1", "1.2.3.4, 10.0.0.1", "nonsense"])
@pytest.mark.parametrize("proxies", [(), PROXIES])
def test_a_stranger_is_not_believed(header, proxies):
    """Whoever is no trusted proxy may write what they like: they are their own address."""
    assert sender(PERSON, header, proxies=proxies) == PERSON


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (PERSON, PERSON),
        (f"1.2.3.4, {PERSON}", PERSON),
        (f"1.2.3.4,{PERSON} ,10.0.0.9", PERSON),
        (f"10.0.0.3, {PERSON}, 10.0.0.9, fd00::7", PERSON),
        ("2001:db8::5", "2001:db8::5"),
        (f"{PERSON}:51234", PERSON),
        ("[2001:db8::5]:443", "2001:db8::5"),
        ("[2001:db8::5]", "2001:db8::5"),
        (f"::ffff:{PERSON}", PERSON),
    ],
)
def test_the_last_whom_a_trusted_proxy_saw(header, address):
    """The right-most address that is no trusted proxy; the caller wrote what is to the left of it."""
    assert sender("10.0.0.2", header) == address


def test_a_repeated_header_is_one_list():
    """RFC 9110 §5.3."""
    assert sender("10.0.0.2", "1.2.3.4", PERSON) == PERSON


@pytest.mark.parametrize("header", ["", "unknown", f"{PERSON}, unknown", f"{PERSON}, _hidden", "1.2.3.4.5:6"])
def test_what_is_no_address_ends_the_chain(header):
    """The proxy that wrote it is the last that is known. Nothing to its left is believed."""
    assert sender("10.0.0.2", header) == "10.0.0.2"
    assert sender("10.0.0.2", f"{header}, 10.0.0.9") == "10.0.0.9"


def test_a_mapped_proxy_is_that_proxy():
    """A socket of both families shows an IPv4 peer by its mapped address."""
    assert sender("::ffff:10.0.0.2", PERSON) == PERSON


@pytest.mark.parametrize(
    "name",
    [b"forwarded", b"x-real-ip", b"x_forwarded_for", b"x-client-ip", b"x-forwarded-host", b"true-client-ip"],
)
def test_no_other_header_is_read(name):
    """A proxy that is not told to clear them passes on what the caller wrote."""
    assert sender("10.0.0.2", PERSON, name=name) == "10.0.0.2"


def test_no_peer():
    """A Unix socket has none."""
    assert sender_of({"client": None, "headers": []}, PROXIES) == ""


@given(st.lists(st.text(st.characters(max_codepoint=255), max_size=40), max_size=4))
def test_any_header(headers):
    """Whatever stands there, it is an address or the peer's own."""
    assert ip_address(sender("10.0.0.2", *headers))
