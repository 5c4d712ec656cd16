"""authwright.idp.http: requests in, answers out, and what is refused on the way."""

import asyncio

import pytest

from authwright.idp.http import connection as limits
from support.http_connection import Served, body, echo, start, whole

GET = b"GET /where?a=1 HTTP/1.1\r\nhost: id.example.com\r\n\r\n"
POST = b"POST /token HTTP/1.1\r\nhost: id.example.com\r\ncontent-length: 5\r\n\r\nabcde"


async def test_a_request_is_answered_and_the_connection_kept():
    """RFC 9112 §9.3: connections persist."""
    served = Served(echo)
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\nGET /where?a=1 "
    assert await served.send(GET) == answer
    assert await served.send(GET) == answer * 2
    assert served.wire.is_open


async def test_the_scope_is_what_asgi_says():
    seen = {}

    async def app(scope, _receive, send):
        seen.update(scope)
        await send(start(204))
        await send(body())

    request = b"GET /a%20b/c?x=%20 HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\n\r\n"
    assert await Served(app).send(request) == b"HTTP/1.1 204 No Content\r\n\r\n"
    assert (seen["path"], seen["raw_path"], seen["query_string"]) == ("/a b/c", b"/a%20b/c", b"x=%20")
    assert seen["headers"] == [(b"host", b"h"), (b"x-one", b"1"), (b"x-one", b"2")]
    assert (seen["client"], seen["server"]) == (("192.0.2.1", 5000), ("192.0.2.2", 443))
    assert (seen["scheme"], seen["http_version"], seen["method"]) == ("http", "1.1", "GET")


@pytest.mark.parametrize("size", [1, 7, 50])
async def test_a_request_may_come_in_pieces(size):
    """However the bytes are cut, the request is the same."""
    pieces = [POST[at : at + size] for at in range(0, len(POST), size)]
    assert (await Served(echo).send(*pieces)).endswith(b"POST /token? abcde")


async def test_a_chunked_body_is_read():
    """RFC 9112 §7.1."""
    head = b"POST /token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
    assert (await Served(echo).send(head, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n")).endswith(b" abcde")


@pytest.mark.parametrize("rest", [b"", GET])
@pytest.mark.parametrize("together", [True, False])
async def test_what_comes_after_a_body_is_no_header(together, rest):
    """
    RFC 9110 §6.5.1: trailers are not merged into the header section. A proxy that writes ``X-Forwarded-For``
    and checks ``Authorization`` in the headers passes trailers on as they came.
    """
    seen = []

    async def app(scope, receive, send):
        if scope["method"] == "POST":
            await whole(receive)
        seen.append(list(scope["headers"]))
        await send(start(204))
        await send(body())

    request = [
        b"POST / HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 192.0.2.9\r\ntransfer-encoding: chunked\r\n\r\n",
        b"1\r\na\r\n0\r\nX-Forwarded-For: 198.51.100.1\r\nAuthorization: Basic eA==\r\n\r\n" + rest,
    ]
    served = Served(app)
    answers = await served.send(*([b"".join(request)] if together else request))
    assert answers.count(b"HTTP/1.1 204") == len(seen) == 1 + bool(rest)
    own = [(b"host", b"h"), (b"x-forwarded-for", b"192.0.2.9"), (b"transfer-encoding", b"chunked")]
    assert seen == [own, [(b"host", b"id.example.com")]][: len(seen)]
    assert served.wire.is_open


@pytest.mark.parametrize("endless", [b"0\r\nx: ", b"0\r\n", b"1;x="])
async def test_what_stands_around_a_body_has_bounds(endless):
    """
    SECURITY, rule 10. RFC 9112 §7.1.1 and §7.1.2: chunk extensions and trailers are ignored, and a recipient
    ought to limit them; the parser joins each trailer piece by piece.
    """
    served = Served(echo)
    piece = b"y: z\r\n" * 10_000 if endless == b"0\r\n" else b"y" * 60_000
    head = b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
    await served.send(head, endless, *[piece] * (limits.MAX_FRAMING_BYTES // len(piece)))
    assert served.wire.is_open
    await served.send(piece)
    assert not served.wire.is_open
    assert not served.state.tasks


async def test_a_body_in_many_small_chunks_is_read():
    """The bound of what stands around a body is far from what a body of the largest size needs."""
    chunks = b"1\r\nx\r\n" * 65_536
    head = b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
    served = Served(echo)
    pieces = [chunks[at : at + 60_000] for at in range(0, len(chunks), 60_000)]
    for _ in range(3):
        answers = await served.send(head, *pieces, b"0\r\n\r\n")
    assert answers.count(b"x" * 65_536) == 3


async def test_empty_lines_before_a_request_have_bounds():
    """RFC 9112 §2.2 has them ignored, and says of one."""
    served = Served(echo)
    await served.send(*[b"\r\n" * 30_000] * (limits.MAX_FRAMING_BYTES // 60_000 + 1))
    assert not served.wire.is_open


async def test_pipelined_requests_are_answered_in_order():
    """RFC 9112 §9.3.2; and nothing is read while requests wait for their turn."""
    served = Served(echo)
    answers = await served.send(POST.replace(b"abcde", b"first") + POST.replace(b"abcde", b"later") + GET)
    assert [answers.index(each) for each in (b"first", b"later", b"GET")] == sorted(
        answers.index(each) for each in (b"first", b"later", b"GET")
    )
    assert served.wire.is_read


async def test_too_many_pipelined_requests_end_the_connection():
    served = Served(echo)
    answers = await served.send(GET * (limits.MAX_PIPELINED + 5))
    assert answers.count(b"HTTP/1.1 200 OK") == limits.MAX_PIPELINED + 1
    assert not served.wire.is_open


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_close_is_honoured(version):
    """RFC 9112 §9.6, and HTTP/1.0 without keep-alive."""
    request = b"GET / HTTP/%s\r\nhost: h\r\nconnection: close\r\n\r\n" % version
    served = Served(echo)
    assert b"\r\nconnection: close\r\n" in await served.send(request)
    assert not served.wire.is_open


async def test_the_server_may_say_close():
    """What it adds to every answer while it stops is kept to."""
    served = Served(echo)
    served.state.default_headers = [(b"date", b"now"), (b"connection", b"close")]
    answer = await served.send(GET)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\ndate: now\r\nconnection: close\r\ncontent-length")
    assert answer.count(b"connection") == 1
    assert not served.wire.is_open


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        b"GET / HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a b\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a, b\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a/b\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a@b\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: [::1\r\n\r\n",
        b"GET / HTTP/1.0\r\nhost: a:b\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: identity\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"GET / HTTP/1.1\r\nhost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\n folded: b\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/3.7\r\nhost: a\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_refused(request_):
    """RFC 9112 §2.2, §3.2, §5, §6: two readings of one request are how requests are smuggled."""
    served = Served(echo)
    answer = await served.send(request_)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1") == 1
    assert not served.wire.is_open


@pytest.mark.parametrize(
    "host", [b"", b"h", b"id.example.com:8443", b"127.0.0.1", b"[::1]:9000", b"a_b", b"h:", b"  h  "]
)
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_a_host_is_taken_as_it_may_be_written(version, host):
    """RFC 9110 §7.2: a name or an address, a port perhaps; and it may be empty."""
    answer = await Served(echo).send(b"GET / HTTP/%s\r\nhost:%s\r\n\r\n" % (version, host))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_transfer_coding_that_is_not_understood_is_refused():
    """RFC 9112 §6.1, SHOULD: 501. What is not decoded is not what was sent."""
    served = Served(echo)
    request = b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
    answer = await served.send(request + GET)
    assert answer.startswith(b"HTTP/1.1 501 Not Implemented\r\n")
    assert answer.count(b"HTTP/1.1") == 1
    assert not served.wire.is_open


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET / HTTP/1.1\r\nhost: h\r\n" + b"x: 1\r\n" * limits.MAX_HEADERS + b"\r\n"],
        [b"GET / HTTP/1.1\r\nhost: h\r\nx: " + b"y" * limits.MAX_HEAD_BYTES + b"\r\n\r\n"],
        [b"GET / HTTP/1.1\r\nhost: h\r\nx: ", *[b"y" * 10_000] * 7],
        [b"GET /", *[b"y" * 10_000] * 7],
    ],
)
async def test_a_head_has_bounds(pieces):
    """Length and count, also of a head that never ends."""
    served = Served(echo)
    assert (await served.send(*pieces)).startswith(b"HTTP/1.1 431 ")
    assert not served.wire.is_open


async def test_a_head_that_does_not_come_ends_the_connection():
    """Time. Octets that trickle in do not help."""
    served = Served(echo)
    await served.send(GET, GET[:10])
    served.clock.pass_by(limits.REQUEST_SECONDS - 1)
    await served.send(GET[10:20])
    assert served.wire.is_open
    served.clock.pass_by(1)
    assert not served.wire.is_open


async def test_a_body_that_does_not_come_ends_the_connection():
    """And the application hears of it."""
    served = Served(echo)
    await served.send(POST[:-2])
    served.clock.pass_by(limits.REQUEST_SECONDS)
    assert not served.wire.is_open
    assert await served.send(b"de") == b""
    assert not served.state.tasks


async def test_a_kept_connection_is_kept_for_as_long_as_the_server_says():
    served = Served(echo)
    await served.send(GET)
    served.clock.pass_by(4)
    assert served.wire.is_open
    served.clock.pass_by(1)  # uvicorn's timeout_keep_alive, 5 seconds
    assert not served.wire.is_open
    assert not served.wire.aborted


async def test_who_does_not_take_the_answer_is_not_waited_for():
    served = Served(echo)
    await served.send(GET)
    served.wire.unsent = 100
    served.clock.pass_by(limits.REQUEST_SECONDS)
    assert served.wire.aborted


async def test_an_answer_may_take_its_time():
    """A password hash under load: only what the other side owes is bounded."""
    go = asyncio.Event()

    async def slow(scope, receive, send):
        await go.wait()
        await echo(scope, receive, send)

    served = Served(slow)
    await served.send(GET)
    served.clock.pass_by(1000)
    assert served.connection.is_busy
    go.set()
    assert (await served.send(b"")).startswith(b"HTTP/1.1 200 OK")


async def test_leave_to_send_a_body_is_given_when_it_is_wanted():
    """RFC 9110 §10.1.1."""
    head, rest = POST.replace(b"content", b"Expect: 100-continue\r\ncontent")[:-5], b"abcde"
    served = Served(echo)
    assert await served.send(head) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (await served.send(rest)).count(b"HTTP/1.1") == 2


async def test_a_body_that_nobody_asked_for_yet_is_not_read_without_end():
    go = asyncio.Event()

    async def slow(scope, receive, send):
        await go.wait()
        await echo(scope, receive, send)

    served = Served(slow)
    length = 2 * limits.HIGH_WATER
    await served.send(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n" % length)
    await served.send(b"x" * (limits.HIGH_WATER + 1))
    assert not served.wire.is_read
    go.set()
    await served.send(b"")
    assert served.wire.is_read
    assert b"xxx" in await served.send(b"x" * (limits.HIGH_WATER - 1))


async def refuse_unread(_scope, _receive, send):
    await send(start(413, (b"content-length", b"0")))
    await send(body())


async def test_a_body_that_is_refused_is_read_so_that_the_answer_arrives():
    """And the next request on the connection is one."""
    served = Served(refuse_unread)
    assert (
        await served.send(POST[:-5]) == b"HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\n\r\n"
    )
    assert (await served.send(b"abcde" + POST)).count(b"HTTP/1.1 413") == 2
    assert served.wire.is_open


async def test_a_body_that_is_refused_is_not_read_for_ever():
    served = Served(refuse_unread)
    await served.send(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 99999999\r\n\r\n")
    await served.send(*[b"x" * 65_536] * 17)
    assert served.wire.aborted


async def test_one_request_has_one_answer():
    """Whatever comes after it: a second one would be taken for that of the next request."""
    served = Served(refuse_unread)
    await served.send(b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n", b"zz\r\n")
    assert served.wire.written.count(b"HTTP/1.1") == 1
    assert not served.wire.is_open


async def test_a_head_request_has_no_body():
    """RFC 9110 §9.3.2."""
    answer = await Served(echo).send(GET.replace(b"GET", b"HEAD", 1))
    assert answer == b"HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n"


async def test_a_body_without_length_is_chunked():
    """RFC 9112 §7.1; for HTTP/1.0 it ends with the connection."""

    async def stream(_scope, _receive, send):
        await send(start(200))
        await send(body(b"one", more=True))
        await send(body(b"", more=True))
        await send(body(b"two"))

    answer = await Served(stream).send(GET)
    assert answer == b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    served = Served(stream)
    old = await served.send(GET.replace(b"1.1", b"1.0"))
    assert old == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nonetwo"
    assert not served.wire.is_open


@pytest.mark.parametrize(
    "messages",
    [
        [start(200, (b"x", b"a\r\nset-cookie: b")), body()],
        [start(200, (b"x y", b"a")), body()],
        [start(200, (b"transfer-encoding", b"chunked")), body()],
        [start(200, (b"content-length", b"3")), body(b"four")],
        [start(200, (b"content-length", b"5")), body(b"four")],
        [start(200), start(200)],
        [body(b"x")],
        [],
    ],
)
async def test_what_is_no_answer_becomes_an_error(messages, caplog):
    """Nothing that is echoed in a header can begin another. A bug of ours is a 500."""

    async def broken(_scope, _receive, send):
        for message in messages:
            await send(message)

    served = Served(broken)
    answer = await served.send(GET)
    assert answer == b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    assert not served.wire.is_open
    assert "outside every door" in caplog.text


async def test_half_an_answer_ends_with_the_connection():
    """So that whoever reads it knows that it is not whole."""

    async def broken(_scope, _receive, send):
        await send(start(200, (b"content-length", b"5")))
        await send(body(b"one", more=True))
        raise ValueError

    served = Served(broken)
    assert (await served.send(GET)).endswith(b"\r\n\r\none")
    assert served.wire.aborted


async def test_the_end_of_a_connection_is_told():
    """When it does not count any more: workers share connections by how many each has."""
    counts = []
    served = Served(echo, lost=lambda: counts.append(len(served.state.connections)))
    await served.send(GET)
    assert counts == []
    served.wire.close()
    await served.send(b"")
    assert counts == [0]


async def test_the_application_learns_that_its_caller_has_gone():
    heard = []

    async def waits(_scope, receive, send):
        await whole(receive)
        heard.append((await receive())["type"])
        await send(start(200))
        await send(body())

    served = Served(waits)
    await served.send(GET)
    served.wire.close()
    for _ in range(5):
        await asyncio.sleep(0)
    assert heard == ["http.disconnect"]
    assert not served.state.connections
    assert not served.state.tasks


async def test_a_broken_body_is_a_caller_that_went_away():
    """What was received of it is never taken for the whole."""
    seen = []

    async def app(_scope, receive, _send):
        seen.append(await whole(receive))

    served = Served(app)
    await served.send(
        b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", b"zz\r\n"
    )
    assert seen == [None]
    assert not served.wire.is_open


async def test_another_protocol_is_not_taken():
    """RFC 9110 §7.8: an offer that may be ignored; the request is answered, and is the last."""
    served = Served(echo)
    request = GET.replace(b"\r\n\r\n", b"\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n")
    assert (await served.send(request)).startswith(b"HTTP/1.1 200 OK")
    assert not served.wire.is_open


async def test_answers_to_requests_that_came_together_are_sent_together():
    """To wake whoever waits for an answer costs more than to send it (docs/adr/0062)."""
    happened = []

    async def app(scope, receive, send):
        happened.append("answered")
        await echo(scope, receive, send)

    two = Served(app), Served(app)
    for served in two:
        served.wire.write = lambda _data: happened.append("sent")
        served.connection.data_received(POST)
    await two[0].send(b"")
    assert happened == ["answered", "answered", "sent", "sent"]


async def test_what_is_streamed_is_sent_at_once():
    """Who writes a long answer is held back by a peer that does not take it, and not by the memory."""
    seen = []

    async def stream(_scope, _receive, send):
        await send(start(200))
        for _ in range(2):
            await send(body(b"piece", more=True))
            seen.append(served.wire.written.count(b"piece"))
        await send(body())

    served = Served(stream)
    await served.send(GET)
    assert seen == [1, 2]


async def test_a_slow_reader_is_waited_for():
    """The application does not run ahead of what the other side takes."""
    sent = []

    async def stream(_scope, _receive, send):
        await send(start(200))
        for number in range(3):
            await send(body(b"%d" % number, more=True))
            sent.append(number)
        await send(body())

    served = Served(stream)
    served.connection.pause_writing()
    await served.send(GET)
    assert sent == []
    served.connection.resume_writing()
    await served.send(b"")
    assert sent == [0, 1, 2]


async def test_a_stop_answers_what_was_asked():
    """And closes what is idle."""
    go = asyncio.Event()

    async def slow(scope, receive, send):
        await go.wait()
        await echo(scope, receive, send)

    served, idle = Served(slow), Served(echo)
    await served.send(GET)
    served.connection.shutdown()
    idle.connection.shutdown()
    assert not idle.wire.is_open
    assert served.wire.is_open
    go.set()
    assert b"\r\nconnection: close\r\n" in await served.send(b"")
    assert not served.wire.is_open
