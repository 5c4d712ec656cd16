"""authwright.idp.http: any octets, cut anywhere."""

import asyncio
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from support.http_connection import Served, echo

REQUESTS = st.sampled_from(
    [
        b"GET /where?a=1 HTTP/1.1\r\nhost: h\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nabcde",
        b"POST /token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nhost: h\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ]
)


def cut(octets, places):
    edges = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[one:other] for one, other in itertools.pairwise(edges)]


def answers(pieces):
    async def exchange():
        served = Served(echo)
        for piece in pieces:
            await served.send(piece)
        return served.wire.written, served.wire.is_open

    return asyncio.run(exchange())


@settings(max_examples=60)
@given(st.lists(REQUESTS, min_size=1, max_size=4), st.lists(st.integers(0, 10_000), max_size=6))
def test_how_a_request_is_cut_changes_no_answer(requests, places):
    """A reader that answers by where the packets end can be made to see another request (RFC 9112 §11.2)."""
    octets = b"".join(requests)
    assert answers(cut(octets, places)) == answers([octets])


@settings(max_examples=150)
@given(st.lists(st.one_of(REQUESTS, st.binary(max_size=80)), max_size=5), st.integers(0, 10_000))
def test_any_octets_are_answered_or_refused(pieces, place):
    """Never an exception, and never a second answer where one was asked for."""
    octets = b"".join(pieces)
    written, _ = answers(cut(octets, [place]))
    assert written == b"" or written.startswith(b"HTTP/1.1 ")
    assert written.count(b"HTTP/1.1 ") <= octets.count(b"HTTP/1.") + 1
