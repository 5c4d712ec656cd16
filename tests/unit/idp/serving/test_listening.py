"""authwright.idp.serving.listening: which sockets it listens on, and what it says when it cannot."""

import contextlib
import socket

import pytest

from authwright.idp.cli.failure import Problem, failure_of
from authwright.idp.serving.listening import CannotListen, NoSuchAddress, listen


@contextlib.contextmanager
def listening(host, port=0):
    sockets = listen(host, port)
    try:
        yield [bound.getsockname()[:2] for bound in sockets]
    finally:
        for bound in sockets:
            bound.close()


def resolving(monkeypatch, *addresses):
    """Let every name have these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_localhost_is_both_loopback_addresses_on_one_port():
    """Where there is no IPv6, it is one."""
    with listening("localhost") as places:
        assert places[0][0] == "127.0.0.1"
        assert {address for address, _ in places} <= {"127.0.0.1", "::1"}
        assert len({port for _, port in places}) == 1


def test_a_name_may_have_an_address_that_this_machine_lacks(monkeypatch):
    """As localhost has on a machine without IPv6, wherever in the list it stands."""
    for addresses in (("127.0.0.1", "198.51.100.1"), ("198.51.100.1", "127.0.0.1")):
        resolving(monkeypatch, *addresses)
        with listening("host.example") as places:
            assert [address for address, _ in places] == ["127.0.0.1"]


def test_one_address_it_must_have(monkeypatch):
    """A server that listens nowhere must not look as if it ran."""
    resolving(monkeypatch, "198.51.100.1", "198.51.100.2")
    with pytest.raises(CannotListen) as caught:
        listen("host.example", 0)
    failure = failure_of(caught.value)
    assert (failure.code, failure.exit_code) == (Problem.PORT_IN_USE.value, 1)


def test_a_port_in_use_names_the_next_one():
    """And leaves no socket behind."""
    with listening("localhost") as places:
        port = places[0][1]
        with pytest.raises(CannotListen) as caught:
            listen("localhost", port)
    assert caught.value.write == f"--port {port + 1}"


def test_a_name_that_nobody_has_is_said(monkeypatch):
    """The setting is wrong, not the port."""

    def fail(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NoSuchAddress) as caught:
        listen("nowhere.invalid", 0)
    assert failure_of(caught.value).exit_code == 2
