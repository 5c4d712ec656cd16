"""authwright.transport, both colours, against real servers on loopback."""

import asyncio
import gc
import gzip
import ipaddress
import ssl
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from authwright.oauth.http import HttpRequest
from authwright.transport import (
    AddressRefused,
    CertificateRefused,
    ConnectionFailed,
    FetchPolicy,
    GuardedTransport,
    NameNotResolved,
    RequestRefused,
    ResponseRefused,
    SyncGuardedTransport,
    TimedOut,
    TransportError,
)
from authwright.transport.fetch_policy import check_url, checked_addresses, resolve
from support.certificate import make_certificate
from support.loopback_server import response, serve

LOOPBACK = FetchPolicy(allow_plain_http_for_loopback=True)
HURRIED = FetchPolicy(allow_plain_http_for_loopback=True, timeout=timedelta(seconds=0.4))
LOOPBACK_NETWORK = ipaddress.ip_network("127.0.0.0/8")


def send_all(colour, requests, policy, resolver):
    """Send *requests* one after the other through one transport."""
    if colour == "sync":
        with SyncGuardedTransport(policy, resolver=resolver) as transport:
            return [transport.send(request) for request in requests]

    async def run():
        async with GuardedTransport(policy, resolver=resolver) as transport:
            return [await transport.send(request) for request in requests]

    return asyncio.run(run())


@pytest.fixture(params=["async", "sync"])
def send(request):
    """Sends requests through a transport of each colour."""

    def send(*requests, policy=LOOPBACK, resolver=resolve):
        requests = [HttpRequest("GET", each) if isinstance(each, str) else each for each in requests]
        responses = send_all(request.param, requests, policy, resolver)
        return responses[0] if len(responses) == 1 else responses

    return send


def once(reply):
    """A server that answers one request with *reply* and closes."""

    def answer(connection):
        connection.receive()
        connection.send(reply)

    return answer


def repeatedly(*replies):
    """A server that answers the requests of a connection with *replies*, one after the other."""

    def answer(connection):
        for reply in replies:
            if not connection.receive():
                return
            connection.send(reply)

    return answer


# --- what is sent and what comes back


def test_response_whatever_its_status(send):
    """A response is returned with its status, lower-case header names and repeated headers joined."""
    reply = response(b"no", "Content-Type: text/plain", "X-A: 1", "x-a: 2", status="404 Not Found")
    with serve(once(reply)) as server:
        received = send(server.url)
    assert received.status == 404
    assert received.body == b"no"
    assert received.headers["content-type"] == "text/plain"
    assert received.headers["x-a"] == "1, 2"


def test_url_is_sent_byte_for_byte(send):
    """Path and query go out as they are written: nothing is decoded, encoded or normalised."""
    with serve(once(response())) as server:
        send(f"{server.url}/a/../%7Eb//c;x?q=%41+b&r")
    assert server.requests[0].startswith(b"GET /a/../%7Eb//c;x?q=%41+b&r HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{server.port}\r\n".encode() in server.requests[0].lower()
    assert b"accept-encoding: identity\r\n" in server.requests[0].lower()
    assert b"content-length" not in server.requests[0].lower()


def test_body_and_headers_are_sent(send):
    """A form is posted with its headers; Host is the URL's whatever the caller says."""
    request_headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": "evil.example"}
    with serve(once(response())) as server:
        send(HttpRequest("POST", server.url, request_headers, b"a=1&b=2"))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert b"content-type: application/x-www-form-urlencoded" in head.lower()
    assert b"content-length: 7" in head.lower()
    assert b"evil" not in head
    assert body == b"a=1&b=2"


def test_connections_are_kept(send):
    """Two requests to one host share a connection."""
    with serve(repeatedly(response(b"1"), response(b"2"))) as server:
        first, second = send(f"{server.url}/1", f"{server.url}/2")
    assert (first.body, second.body) == (b"1", b"2")
    assert server.connections == 1


def test_connections_belong_to_an_event_loop():
    """A test client, `asyncio.run` in a worker: a transport outlives the loop that it was first used in."""
    with serve(repeatedly(*[response(b"hello")] * 3)) as server:
        transport = GuardedTransport(LOOPBACK)

        async def twice(transport):
            return [(await transport.send(HttpRequest("GET", server.url))).body for _ in range(2)]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # nobody closes them where loops come and go
            for _ in range(3):
                assert asyncio.run(twice(transport)) == [b"hello"] * 2
            assert len(transport._pools) == 1  # what is of loops that have ended is not kept
            del transport
            gc.collect()
        assert server.connections == 3


FORKING = """
import os, sys
from authwright.oauth.http import HttpRequest
from authwright.transport import FetchPolicy, SyncGuardedTransport

def send():
    return transport.send(HttpRequest("GET", sys.argv[1])).body

with SyncGuardedTransport(FetchPolicy(allow_plain_http_for_loopback=True)) as transport:
    send()
    child = os.fork()
    if child == 0:
        os._exit(send() != b"hello")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or send() != b"hello")
"""


def test_a_fork_has_connections_of_its_own():
    """Two processes that read one connection are given each other's tokens. Servers fork what they load."""
    with serve(repeatedly(*[response(b"hello")] * 3)) as server:
        subprocess.run([sys.executable, "-c", FORKING, server.url], check=True, timeout=60)
    assert server.connections == 2


def test_cookies_are_not_kept(send):
    """A cookie of one response is not sent with the next request."""
    with serve(repeatedly(response(b"", "Set-Cookie: session=1"), response())) as server:
        send(server.url, server.url)
    assert b"cookie" not in server.requests[1].lower()


def test_proxies_of_the_environment_are_ignored(send, monkeypatch):
    """A proxy would resolve the name anew, and see the secrets."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serve(once(response(b"direct"))) as server:
        assert send(server.url).body == b"direct"


def test_redirects_are_not_followed(send):
    """A redirect is a response like any other; its target is not fetched."""
    with serve(once(response())) as target:
        location = f"Location: {target.url}/internal"
        with serve(once(response(b"", location, status="302 Found"))) as server:
            received = send(server.url)
    assert received.status == 302
    assert received.headers["location"].endswith("/internal")
    assert target.connections == 0


# --- bounds


def test_endless_body(send):
    """A body without end is cut at the limit, and the connection with it."""

    def answer(connection):
        connection.receive()
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.send(b"400\r\n" + b"x" * 1024 + b"\r\n")

    with serve(answer) as server, pytest.raises(ResponseRefused, match="larger"):
        send(server.url)


def test_size_limit_is_exact(send):
    """The limit itself passes, one byte more does not."""
    policy = FetchPolicy(allow_plain_http_for_loopback=True, max_response_bytes=1000)
    with serve(once(response(b"x" * 1000))) as server:
        assert len(send(server.url, policy=policy).body) == 1000
    with serve(once(response(b"x" * 1001))) as server, pytest.raises(ResponseRefused, match="larger"):
        send(server.url, policy=policy)


def test_gzip_bomb(send):
    """A compressed body was not asked for and is not inflated."""
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 65_536
    for coding in ("gzip", "GZIP", "deflate", "br, gzip"):
        with (
            serve(once(response(bomb, f"Content-Encoding: {coding}"))) as server,
            pytest.raises(ResponseRefused, match="compressed"),
        ):
            send(server.url)


def test_identity_coding_is_no_compression(send):
    """``identity`` says that nothing was done. RFC 9110 §8.4.1."""
    with serve(once(response(b"x", "Content-Encoding: identity"))) as server:
        assert send(server.url).body == b"x"


def test_body_that_drips(send):
    """The time limit is for the whole response: a byte now and then does not extend it."""

    def answer(connection):
        connection.receive()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not connection.server.over.wait(0.02):
            connection.send(b"x")

    with serve(answer) as server, pytest.raises(TimedOut):
        send(server.url, policy=HURRIED)


def test_headers_that_drip(send):
    """The same for a head that does not end."""

    def answer(connection):
        connection.receive()
        connection.send(b"HTTP/1.1 200 OK\r\nX: ")
        while not connection.server.over.wait(0.02):
            connection.send(b"x")

    with serve(answer) as server, pytest.raises(TimedOut):
        send(server.url, policy=HURRIED)


def test_server_that_says_nothing(send):
    """A server that takes the request and stays silent is given up."""

    def answer(connection):
        connection.receive()
        connection.wait()

    with serve(answer) as server, pytest.raises(TimedOut):
        send(server.url, policy=HURRIED)


def test_name_server_that_says_nothing(send):
    """The lookup of the name counts as well."""
    over = threading.Event()

    def never(host, port):
        over.wait(30)
        return ["192.0.2.1"]

    try:
        with pytest.raises(TimedOut):
            send("https://slow.example.com", policy=HURRIED, resolver=never)
    finally:
        over.set()


def test_no_time_at_all(send):
    """A deadline that has passed before anything began is a deadline."""
    policy = FetchPolicy(allow_plain_http_for_loopback=True, timeout=timedelta(0))
    with serve(once(response())) as server, pytest.raises(TimedOut):
        send(server.url, policy=policy)


def test_nobody_listens(send):
    """A refused connection is a failed one."""
    with serve(once(response())) as server:
        url = server.url
    with pytest.raises(ConnectionFailed):
        send(url)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
)
def test_what_is_not_http(send, reply):
    """A broken or overlong response is a failed connection, not an unexpected error."""
    with serve(once(reply)) as server, pytest.raises(ConnectionFailed):
        send(server.url)


# --- which URLs


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https:/no-host",
        "https://user:password@a.example/",
        "https://a.example/#fragment",
        "https://a.example\\@b.example/",
        "http://a.example/",
        "http://10.0.0.1/",
        "http://127.0.0.1/",
        "http://localhost/",
    ],
)
def test_urls_that_are_refused(url):
    """https only, without a user name; plain http is for who is allowed it."""
    with pytest.raises(RequestRefused):
        check_url(url, FetchPolicy())


def test_plain_http_is_allowed_by_name():
    """Plain http is for this machine when allowed, and for hosts that the operator named."""
    assert check_url("http://localhost:9000/x", LOOPBACK).port == 9000
    assert check_url("http://[::1]/x", LOOPBACK).host == "[::1]"
    policy = FetchPolicy(allowed_hosts=frozenset({"idp", "10.0.0.1"}))
    assert check_url("http://IdP:9000/x", policy).host == "IdP"
    assert check_url("http://10.0.0.1/x", policy)
    for url in ("http://other:9000/x", "http://localhost/x", "http://10.0.0.2/"):
        with pytest.raises(RequestRefused):
            check_url(url, policy)


def test_refused_before_anything_is_sent(send):
    """A refused URL causes no lookup and no connection."""
    lookups = []
    with pytest.raises(RequestRefused):
        send("http://a.example/", resolver=lambda host, port: lookups.append(host) or [])
    assert lookups == []


@pytest.mark.parametrize("headers", [{"x": "ä"}, {"ä": "x"}, {"x": "a\r\nb: c"}, {"a b": "c"}])
def test_headers_that_cannot_be_sent(send, headers):
    """A header that would break out of its line is refused."""
    with serve(once(response())) as server, pytest.raises(RequestRefused):
        send(HttpRequest("GET", server.url, headers))


# --- which addresses


def addresses(*answer, host="a.example", **policy):
    return checked_addresses(host, 443, FetchPolicy(**policy), lambda _host, _port: list(answer))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"]
)
def test_public_addresses(address):
    """Addresses of the internet, also by way of NAT64 and 6to4."""
    assert addresses(address) == [address]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2001:0:7f00:1::1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "100::1",
    ],
)
def test_private_addresses(address):
    """This machine, private, shared, link-local, reserved, also inside IPv6. RFC 6890."""
    with pytest.raises(AddressRefused):
        addresses(address)
    with pytest.raises(AddressRefused):
        addresses("93.184.215.14", address)


@pytest.mark.parametrize("host", ["169.254.169.254", "::1", "10.0.0.1"])
def test_addresses_in_the_url(host):
    """An address in place of a name is checked without a lookup."""
    with pytest.raises(AddressRefused):
        checked_addresses(host, 443, FetchPolicy(), resolver=None)  # type: ignore[arg-type]


def test_loopback_is_for_who_writes_it():
    """With loopback allowed, a stranger's name that leads there is still refused."""
    assert addresses("127.0.0.1", "::1", host="localhost", allow_plain_http_for_loopback=True)
    with pytest.raises(AddressRefused):
        addresses("127.0.0.1", host="rebound.example", allow_plain_http_for_loopback=True)
    with pytest.raises(AddressRefused):
        addresses("10.0.0.1", host="localhost", allow_plain_http_for_loopback=True)
    with pytest.raises(AddressRefused):
        addresses("127.0.0.1", host="localhost")


def test_allow_lists():
    """A network or a host that the operator named is reached, its neighbours are not."""
    networks = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8"))
    assert addresses("10.1.2.3", "::ffff:10.1.2.4", "fd00::1", allowed_networks=networks)
    with pytest.raises(AddressRefused):
        addresses("10.2.0.1", allowed_networks=networks)
    assert addresses("10.9.9.9", host="idp", allowed_hosts=frozenset({"idp"})) == ["10.9.9.9"]
    with pytest.raises(AddressRefused):
        addresses("10.9.9.9", host="idp2", allowed_hosts=frozenset({"idp"}))


def test_number_of_addresses_is_limited():
    """A name with very many addresses does not buy very many attempts."""
    assert len(addresses(*(f"93.184.215.{number}" for number in range(100)))) == 4


def test_names_without_address(send):
    """A name that does not exist, or has no address, or is no name."""

    def fail(host, port):
        raise OSError("no such host")

    with pytest.raises(NameNotResolved):
        send("https://nowhere.example.com", resolver=fail)
    with pytest.raises(NameNotResolved):
        send("https://nowhere.example.com", resolver=lambda host, port: [])
    with pytest.raises(NameNotResolved):
        send("https://" + "a" * 64 + ".example.com", policy=FetchPolicy())


def test_name_that_leads_to_a_private_address(send):
    """The server behind the private address sees no connection. CVE-2026-55671."""
    with serve(once(response(b"internal"))) as server, pytest.raises(AddressRefused):
        send(f"https://innocent.example:{server.port}/", resolver=lambda host, port: ["127.0.0.1"])
    assert server.connections == 0


def test_name_is_resolved_once_and_the_connection_goes_there(send):
    """A second answer that differs (DNS rebinding) is never asked for: what was checked is connected to."""
    answers = []

    def rebinding(host, port):
        answers.append(host)
        return ["127.0.0.1"] if len(answers) == 1 else ["169.254.169.254"]

    policy = FetchPolicy(allowed_hosts=frozenset({"idp"}))
    with serve(repeatedly(response(b"1"), response(b"2"))) as server:
        url = f"http://IDP:{server.port}/"
        first, second = send(url, url, policy=policy, resolver=rebinding)
    assert (first.body, second.body) == (b"1", b"2")
    assert answers == ["idp"]
    assert f"host: IDP:{server.port}".encode() in server.requests[0]


def test_next_address_is_tried(send):
    """An address that does not answer is passed over for the next one."""
    policy = FetchPolicy(allowed_hosts=frozenset({"idp"}))
    with serve(once(response(b"here"))) as server:
        url = f"http://idp:{server.port}/"
        assert (
            send(url, policy=policy, resolver=lambda host, port: ["127.0.0.2", "127.0.0.1"]).body == b"here"
        )


def test_resolve_asks_the_system():
    """The resolver of the system knows this machine."""
    assert "127.0.0.1" in resolve("localhost", 80)


# --- certificates


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A certificate for idp.example.com by itself, as server context and as CA file."""
    made = make_certificate(tmp_path_factory.mktemp("tls"), "idp.example.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made)
    return context, made.certificate


def to_loopback(host, port):
    return ["127.0.0.1"]


def test_certificate_is_checked_by_name(send, tls):
    """The connection goes to the checked address; SNI, Host and certificate go by the name."""
    context, ca_file = tls
    policy = FetchPolicy(allowed_networks=(LOOPBACK_NETWORK,), ca_file=ca_file)
    with serve(repeatedly(response(b"1"), response(b"2")), tls=context) as server:
        url = f"https://idp.example.com:{server.port}/"
        received = send(url, url, policy=policy, resolver=to_loopback)
    assert [each.body for each in received] == [b"1", b"2"]
    assert server.server_names == ["idp.example.com"]
    assert f"host: idp.example.com:{server.port}\r\n".encode() in server.requests[0]


def test_certificate_of_another_name(send, tls):
    """A good certificate of somebody else is refused, and no request is sent."""
    context, ca_file = tls
    policy = FetchPolicy(allowed_networks=(LOOPBACK_NETWORK,), ca_file=ca_file)
    with serve(once(response()), tls=context) as server, pytest.raises(CertificateRefused):
        send(f"https://other.example.com:{server.port}/", policy=policy, resolver=to_loopback)
    assert server.requests == []


def test_certificate_of_an_unknown_authority(send, tls):
    """Without the CA file the system's authorities decide, and they do not know ours."""
    context, _ = tls
    policy = FetchPolicy(allowed_networks=(LOOPBACK_NETWORK,))
    with serve(once(response()), tls=context) as server, pytest.raises(CertificateRefused):
        send(f"https://idp.example.com:{server.port}/", policy=policy, resolver=to_loopback)
    assert server.requests == []


def test_handshake_that_stalls(send, tls):
    """A server that accepts and never completes TLS is given up in time."""
    _, ca_file = tls
    policy = FetchPolicy(
        allowed_networks=(LOOPBACK_NETWORK,), ca_file=ca_file, timeout=timedelta(seconds=0.4)
    )
    with serve(lambda connection: connection.wait()) as server, pytest.raises(TimedOut):
        send(f"https://idp.example.com:{server.port}/", policy=policy, resolver=to_loopback)


# --- use by many


def test_many_at_once():
    """Tasks share an asynchronous transport, and threads a synchronous one; deadlines do not mix."""

    def answer(connection):
        while connection.receive():
            connection.send(response(b"ok"))

    async def tasks(url):
        async with GuardedTransport(LOOPBACK) as transport:
            return await asyncio.gather(*(transport.send(HttpRequest("GET", url)) for _ in range(20)))

    with serve(answer) as server:
        assert [each.body for each in asyncio.run(tasks(server.url))] == [b"ok"] * 20
        with SyncGuardedTransport(LOOPBACK) as transport, ThreadPoolExecutor(8) as threads:
            responses = threads.map(lambda _: transport.send(HttpRequest("GET", server.url)), range(20))
            assert [each.body for each in responses] == [b"ok"] * 20


def test_thread_may_use_the_transport_again_after_a_timeout():
    """A deadline that has passed is not that of the next request."""

    def answer(connection):
        request = connection.receive()
        if request.startswith(b"GET /slow"):
            connection.wait()
        else:
            connection.send(response(b"ok"))

    with serve(answer) as server, SyncGuardedTransport(HURRIED) as transport:
        with pytest.raises(TimedOut):
            transport.send(HttpRequest("GET", f"{server.url}/slow"))
        assert transport.send(HttpRequest("GET", f"{server.url}/fast")).body == b"ok"


def test_details_are_constant():
    """Errors do not repeat the URL or the address, which may be secret or hostile."""
    with pytest.raises(TransportError) as caught:
        addresses("10.0.0.1", host="secret.example")
    assert "secret" not in str(caught.value)
    assert caught.value.detail == str(caught.value)
