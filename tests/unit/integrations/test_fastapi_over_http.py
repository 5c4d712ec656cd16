"""The real thing once: an issuer and an API on sockets of this machine, and the guarded client between."""

import asyncio
import socket
from contextlib import asynccontextmanager

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from authwright.oauth.http import HttpRequest
from authwright.resource_server.errors import ConfigurationError
from authwright.testing.fake_issuer import FakeIssuer
from support.fastapi_app import API, make_app


def bound():
    """A socket on a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def served(app, listener):
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="auto"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def application(issuer):
    """*issuer* on HTTP."""

    async def answer(request: Request) -> Response:
        response = await issuer.send(
            HttpRequest(request.method, str(request.url), dict(request.headers), await request.body())
        )
        return Response(response.body, response.status, dict(response.headers))

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


async def test_requests_and_websockets():
    """Keys by HTTP, a token by HTTP, refusals with a status, and a handshake that is answered with 401."""
    issuer_socket, issuer_url = bound()
    api_socket, api_url = bound()
    issuer = FakeIssuer(issuer_url, audience=API)
    good = issuer.authorization(scope="items:read")
    async with (
        served(application(issuer), issuer_socket),
        served(make_app(issuer, transport=None), api_socket),
        httpx2.AsyncClient(base_url=api_url) as client,
    ):
        response = await client.get("/items", headers=good)
        assert (response.status_code, response.json()["owner"]) == (200, "alice")
        response = await client.get("/items")
        assert (response.status_code, response.json()["code"]) == (401, "AW101")
        response = await client.get("/items", headers=issuer.authorization())
        assert (response.status_code, response.json()["code"]) == (403, "AW120")
        feed = api_url.replace("http", "ws") + "/feed"
        async with connect(feed, additional_headers=good) as websocket:
            assert await websocket.recv() == '{"owner":"alice"}'
        with pytest.raises(InvalidStatus) as caught:
            await connect(feed)
        assert caught.value.response.status_code == 401
        assert b'"code":"AW101"' in caught.value.response.body
    assert len(issuer.requests) == 2


async def test_issuer_under_another_address():
    """Between containers: fetched from where it is, trusted as what it is."""
    listener, internal_url = bound()
    issuer = FakeIssuer("https://id.test", audience=API)
    auth = make_app(issuer, transport=None, internal_url=internal_url).state.auth
    async with served(application(issuer), listener), auth.lifespan():
        verified = await auth.protection.verify_token(issuer.access_token())
    assert verified.issuer == "https://id.test"


async def test_issuer_at_an_ipv6_address():
    """RFC 3986 §3.2.2: an address in brackets is a host like any other, loopback or private."""
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no ::1")
    issuer = FakeIssuer(f"http://[::1]:{listener.getsockname()[1]}", audience=API)
    auth = make_app(issuer, transport=None).state.auth
    async with served(application(issuer), listener), auth.lifespan():
        verified = await auth.protection.verify_token(issuer.access_token())
    assert verified.subject == "alice"


async def test_nobody_is_there():
    """An address on which nothing listens: 503, at once."""
    listener, issuer_url = bound()
    listener.close()
    app = make_app(FakeIssuer(issuer_url, audience=API), transport=None)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=API) as client:
        response = await client.get("/items", headers=FakeIssuer(issuer_url).authorization())
    await app.state.auth.protection.aclose()
    assert (response.status_code, response.json()["code"]) == (503, "AW112")


def test_internal_url_is_checked():
    with pytest.raises(ConfigurationError, match="internal_url"):
        make_app(FakeIssuer(), transport=None, internal_url="idp")
