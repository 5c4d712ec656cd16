"""Starlette, and any ASGI application behind `Protected`."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse

from authwright.integrations.starlette import Auth, Protected, RefusedRequest, principal
from authwright.resource_server.requirement import AnyOf, Group, Role
from authwright.testing.fake_issuer import FakeIssuer

ISSUER = "https://id.test"
API = "https://api.test"


async def items(request):
    return JSONResponse({"owner": principal(request).sub})


async def feed(websocket):
    await websocket.accept()
    await websocket.send_text(principal(websocket).sub)
    await websocket.close()


@pytest.fixture
def issuer():
    return FakeIssuer(ISSUER, audience=API)


@pytest.fixture
def client(issuer):
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    reading = Middleware(Protected, auth=auth, scopes=["items:read"])
    staff = Middleware(Protected, auth=auth, requirement=AnyOf(Role("admin"), Group("editors")))
    app = Starlette(
        routes=[
            Route("/items", items, middleware=[reading]),
            WebSocketRoute("/feed", feed, middleware=[reading]),
            Mount("/staff", routes=[Route("/items", items)], middleware=[staff]),
            Route("/open", items),
            *auth.routes(["items:read"]),
        ],
        lifespan=auth.lifespan,
    )
    with TestClient(app) as client:
        yield client


def test_good_token(client, issuer):
    response = client.get("/items", headers=issuer.authorization(scope="items:read"))
    assert response.json() == {"owner": "alice"}
    assert len(issuer.requests) == 2


def test_refused(client, issuer):
    response = client.get("/items", headers=issuer.authorization(scope="x"))
    assert (response.status_code, response.json()["code"]) == (403, "AW120")
    assert 'scope="items:read"' in response.headers["www-authenticate"]
    assert client.get("/items").status_code == 401


def test_requirement(client, issuer):
    assert client.get("/staff/items", headers=issuer.authorization(groups=["editors"])).status_code == 200
    response = client.get("/staff/items", headers=issuer.authorization(groups=["readers"]))
    assert (response.status_code, response.json()["code"]) == (403, "AW121")


def test_websocket(client, issuer):
    with client.websocket_connect("/feed", headers=issuer.authorization(scope="items:read")) as socket:
        assert socket.receive_text() == "alice"
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/feed"):
        pass
    assert (caught.value.status_code, caught.value.json()["code"]) == (401, "AW101")


def test_metadata(client):
    document = client.get("/.well-known/oauth-protected-resource").json()
    assert document["resource"] == API
    assert document["scopes_supported"] == ["items:read"]


def test_no_metadata_for_an_audience_that_is_no_url(issuer):
    assert Auth(issuer=ISSUER, audience="my-api", transport=issuer).routes() == []


def test_principal_where_nothing_protects(client):
    """A route that was left open has nobody; asking is a mistake that shows at once."""
    with pytest.raises(LookupError, match="Protected"):
        client.get("/open")


def test_whole_application(issuer):
    """Around an application, lifespan included, which is no request and passes."""
    events = []

    async def inner(scope, receive, send):
        events.append(scope["type"])
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await PlainTextResponse(principal(Request(scope)).sub)(scope, receive, send)

    app = Protected(inner, auth=Auth(issuer=ISSUER, audience=API, transport=issuer))
    with TestClient(app) as client:
        assert client.get("/", headers=issuer.authorization()).text == "alice"
        assert client.get("/").status_code == 401
    assert events == ["lifespan", "http"]


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "X"]
)
def test_every_method_needs_a_token(issuer, method):
    """No method of a request passes the guard by. CVE-2025-31492."""

    async def inner(scope, receive, send):
        await PlainTextResponse("protected")(scope, receive, send)

    app = Protected(inner, auth=Auth(issuer=ISSUER, audience=API, transport=issuer))
    response = TestClient(app).request(method, "/", data={"access_token": "x"})
    assert response.status_code == 401
    assert "protected" not in response.text


def test_scope_of_the_caller_cannot_be_smuggled_in(issuer):
    """The principal is put there by `Protected` alone: no header becomes one."""
    app = Protected(items, auth=Auth(issuer=ISSUER, audience=API, transport=issuer))
    response = TestClient(app).get("/", headers={"authwright.principal": "admin"})
    assert response.status_code == 401


async def test_authenticate_in_an_endpoint(issuer):
    """For those who ask themselves: Starlette knows the answer to the exception."""
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)

    async def endpoint(request):
        return PlainTextResponse((await auth.authenticate(request, ["a"])).sub)

    client = TestClient(Starlette(routes=[Route("/", endpoint)]))
    assert client.get("/", headers=issuer.authorization(scope="a")).text == "alice"
    response = client.get("/")
    assert (response.status_code, response.headers["www-authenticate"][:6]) == (401, "Bearer")


def test_exception_carries_the_refusal(issuer):
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    seen = []

    async def endpoint(request):
        return PlainTextResponse((await auth.authenticate(request)).sub)

    def handle(_request, error):
        seen.append(error.refused.refusal.code)
        return PlainTextResponse("mine", 401)

    app = Starlette(routes=[Route("/", endpoint)], exception_handlers={RefusedRequest: handle})
    assert TestClient(app).get("/").text == "mine"
    assert seen == ["AW101"]


async def test_one_scope_that_is_no_collection(issuer):
    """A string is an iterable of strings: each of its letters would be a scope, and every request refused."""
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    with pytest.raises(TypeError, match="scopes"):
        Protected(Starlette(), auth=auth, scopes="items:read")
    with pytest.raises(TypeError, match="scopes"):
        Auth(issuer=ISSUER, audience=API, transport=issuer).routes("items:read")
    with pytest.raises(TypeError, match="scopes"):
        await auth.authenticate(Request({"type": "http", "headers": [], "query_string": b""}), "items:read")
