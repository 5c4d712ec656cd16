"""FastAPI: one callable guards routes and WebSockets, and OpenAPI, Swagger UI and tests know of it."""

import logging
from contextlib import asynccontextmanager
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Security, WebSocket
from starlette.requests import Request
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from authwright.integrations.fastapi import Auth, Principal
from authwright.oauth.types import Subject
from authwright.resource_server.errors import ConfigurationError
from authwright.testing.fake_issuer import FakeIssuer
from support.fastapi_app import API, ISSUER, make_app


@pytest.fixture
def issuer():
    return FakeIssuer(ISSUER, audience=API)


@pytest.fixture
def client(issuer):
    with TestClient(make_app(issuer)) as client:
        yield client


def test_good_token(client, issuer):
    response = client.get("/items", headers=issuer.authorization(scope="items:read", groups=["editors"]))
    assert (response.status_code, response.json()) == (200, {"owner": "alice", "groups": ["editors"]})


def test_refusal_that_teaches(client):
    """A 401 that says what was wrong, what to do, and a code with a page."""
    response = client.get("/items")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == (
        'Bearer scope="items:read", resource_metadata="http://localhost:8000/.well-known/oauth-protected-resource"'
    )
    body = response.json()
    assert (body["error"], body["code"]) == ("missing_token", "AW101")
    assert "authwright token" in body["change"]
    assert body["documentation"] == "docs/reference/errors.md#aw101"


def test_production_tells_the_short_half():
    """An issuer with https: the caller learns the code, the log the reason."""
    issuer = FakeIssuer("https://id.test", audience="https://api.test")
    with TestClient(make_app(issuer, "https://api.test")) as client:
        response = client.get("/items", headers=issuer.authorization(claims={"aud": "https://other.test"}))
    assert response.json() == {
        "error": "invalid_token",
        "error_description": "The access token is for another API.",
        "code": "AW105",
    }
    assert "other.test" not in str(response.headers)


def test_insufficient_scope_names_all(client, issuer):
    """RFC 6750 §3.1, MCP: all scopes at once, in one challenge."""
    response = client.delete("/items", headers=issuer.authorization(roles=["admin"], scope="items:read"))
    assert (response.status_code, response.json()["code"]) == (403, "AW120")
    assert 'scope="items:read items:write"' in response.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("DELETE", "/items", {"roles": ["admin"]}, 200),
        ("DELETE", "/items", {"groups": ["admin"]}, 403),
        ("GET", "/drafts", {"roles": ["admin"]}, 200),
        ("GET", "/drafts", {"groups": ["editors"]}, 200),
        ("GET", "/drafts", {"groups": ["readers"]}, 403),
        ("GET", "/secrets", {"roles": ["admin"], "groups": ["editors"]}, 200),
        ("GET", "/secrets", {"roles": ["admin"]}, 403),
        ("GET", "/secrets", {"groups": ["editors"]}, 403),
    ],
)
def test_roles_and_groups(client, issuer, method, path, token, status):
    headers = issuer.authorization(scope="items:read items:write", **token)
    response = client.request(method, path, headers=headers)
    assert response.status_code == status
    if status == 403:
        assert response.json()["code"] in {"AW121", "AW122"}
        assert response.headers["www-authenticate"].startswith('Bearer error="insufficient_scope"')


def test_role_is_logged(client, issuer, caplog):
    caplog.set_level(logging.INFO)
    client.get("/drafts", headers=issuer.authorization(groups=["readers"]))
    assert any("AW121" in message and "role admin or group editors" in message for message in caplog.messages)


def test_every_refusal_is_json(client, issuer):
    """Whatever is sent: a code, never a 500, and no token in the answer."""
    for value in (
        "",
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
        "Basic x",
        "Bearer " + "x" * 20_000,
        "Bearer \xe9",
    ):
        response = client.get("/items", headers={"authorization": value.encode("latin-1")})
        assert response.status_code in {400, 401}
        assert response.json()["code"].startswith("AW1")


def test_two_authorization_headers(client, issuer):
    """The application must not pick one of them."""
    good = issuer.authorization(scope="items:read")["authorization"]
    response = client.get("/items", headers=[("authorization", good), ("authorization", good)])
    assert (response.status_code, response.json()["code"]) == (400, "AW114")


def test_query(client, issuer):
    response = client.get(f"/items?access_token={issuer.access_token(scope='items:read')}")
    assert (response.status_code, response.json()["code"]) == (400, "AW115")


def test_public_routes_are_open(client):
    assert client.get("/public").json() == "welcome"


def test_issuer_is_down_from_the_start(issuer, caplog):
    """Refused with 503 and Retry-After; never let through; and well again when the issuer is."""
    issuer.available = False
    with TestClient(make_app(issuer)) as client:
        response = client.get("/items", headers=issuer.authorization(scope="items:read"))
        assert (response.status_code, response.json()["code"]) == (503, "AW112")
        assert int(response.headers["retry-after"]) >= 1
        assert "www-authenticate" not in response.headers
        assert client.get("/public").status_code == 200


def test_keys_are_fetched_before_the_first_request(issuer):
    with TestClient(make_app(issuer)) as client:
        client.get("/public")
        assert [request.url.rpartition("/")[2] for request in issuer.requests] == [
            "openid-configuration",
            "jwks",
        ]
        for _ in range(5):
            client.get("/items", headers=issuer.authorization(scope="items:read"))
        assert len(issuer.requests) == 2


def test_without_a_lifespan_keys_come_with_the_first_request(issuer):
    """As in a mounted application, whose lifespan nobody runs."""
    client = TestClient(make_app(issuer))
    assert client.get("/items", headers=issuer.authorization(scope="items:read")).status_code == 200


def test_lifespan_of_the_application_is_kept(issuer):
    """Ours goes around the application's own, whose state reaches the requests."""
    events = []

    @asynccontextmanager
    async def lifespan(_app):
        events.append("begin")
        yield {"pool": "of connections"}
        events.append("end")

    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    app = FastAPI(lifespan=lifespan)
    auth.install(app)

    @app.get("/state")
    def state(request: Request, _user: Annotated[Principal, Security(auth)]):
        return request.state.pool

    with TestClient(app) as client:
        assert client.get("/state", headers=issuer.authorization()).json() == "of connections"
        assert events == ["begin"]
    assert events == ["begin", "end"]


def test_openapi(client):
    """Scopes and the OAuth 2.0 scheme are in the document, with the issuer's own endpoints."""
    client.get("/public")
    schema = client.get("/openapi.json").json()
    assert schema["components"]["securitySchemes"] == {
        "OAuth2": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{ISSUER}/authorize",
                    "tokenUrl": f"{ISSUER}/token",
                    "scopes": {"items:read": "", "items:write": ""},
                }
            },
        }
    }
    assert schema["paths"]["/items"]["get"]["security"] == [{"OAuth2": ["items:read"]}]
    assert sorted(schema["paths"]["/items"]["delete"]["security"][0]["OAuth2"]) == [
        "items:read",
        "items:write",
    ]
    assert {"200", "401", "403"} <= schema["paths"]["/items"]["get"]["responses"].keys()
    assert "401" not in schema["paths"]["/public"]["get"]["responses"]
    assert "security" not in schema["paths"]["/public"]["get"]


def test_openapi_before_the_issuer_answered(issuer):
    """Until the endpoints are known the scheme names the issuer; then the document is made anew."""
    app = make_app(issuer)
    scheme = app.openapi()["components"]["securitySchemes"]["OAuth2"]
    assert scheme == {
        "type": "openIdConnect",
        "openIdConnectUrl": f"{ISSUER}/.well-known/openid-configuration",
    }
    client = TestClient(app)
    client.get("/items", headers=issuer.authorization(scope="items:read"))
    assert app.openapi()["components"]["securitySchemes"]["OAuth2"]["type"] == "oauth2"
    assert app.openapi() is app.openapi()


def test_described_scopes(issuer):
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    app = FastAPI()
    auth.install(app, scopes={"items:read": "See your items"})

    @app.get("/items")
    def items(user: Annotated[Principal, Security(auth, scopes=["items:read", "items:list"])]):
        return user.sub

    with TestClient(app) as client:
        client.get("/items")
        schema = client.get("/openapi.json").json()
        assert schema["components"]["securitySchemes"]["OAuth2"]["flows"]["authorizationCode"]["scopes"] == {
            "items:read": "See your items",
            "items:list": "",
        }


def test_swagger_ui(client):
    """The Authorize button: public client, PKCE, and a token for this API (RFC 8707)."""
    page = client.get("/docs").text
    assert '"clientId": "web"' in page
    assert '"usePkceWithAuthorizationCodeGrant": true' in page
    assert '"additionalQueryStringParams": {"resource": "http://localhost:8000"}' in page
    assert client.get("/docs/oauth2-redirect").status_code == 200


def test_swagger_ui_scopes(issuer):
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    arguments = auth.swagger(client_id="web", scopes=["openid", "items:read"])
    assert arguments["swagger_ui_init_oauth"]["scopes"] == "openid items:read"


def test_metadata(client):
    """RFC 9728 §3: where a client that got a 401 learns whom to ask, from whatever origin."""
    response = client.get("/.well-known/oauth-protected-resource")
    assert response.json() == {
        "resource": API,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["items:read", "items:write"],
        "bearer_methods_supported": ["header"],
    }
    assert response.headers["access-control-allow-origin"] == "*"
    assert "/.well-known/oauth-protected-resource" not in client.get("/openapi.json").json()["paths"]


def test_metadata_of_an_audience_that_is_no_url(issuer):
    with TestClient(make_app(issuer, "my-api")) as client:
        assert client.get("/.well-known/oauth-protected-resource").status_code == 404
        response = client.get("/items")
        assert response.headers["www-authenticate"] == 'Bearer scope="items:read"'


def test_override_in_a_test(issuer):
    """``dependency_overrides[auth]`` replaces who is calling, on guards of roles too."""
    app = make_app(issuer)
    app.dependency_overrides[app.state.auth] = lambda: Principal(Subject("bob"), roles=("admin",))
    client = TestClient(app)
    assert client.get("/items").json() == {"owner": "bob", "groups": []}
    assert client.get("/drafts").json() == {"owner": "bob"}
    assert client.get("/secrets").json()["code"] == "AW122"
    assert not issuer.requests


def test_websocket(client, issuer):
    with client.websocket_connect("/feed", headers=issuer.authorization(scope="items:read")) as socket:
        assert socket.receive_json() == {"owner": "alice"}


@pytest.mark.parametrize(("token", "status", "code"), [(None, 401, "AW101"), ({"scope": "x"}, 403, "AW120")])
def test_websocket_is_refused_before_it_is_accepted(client, issuer, token, status, code):
    """With the same answer as a request, where the server can send one."""
    headers = {} if token is None else issuer.authorization(**token)
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/feed", headers=headers):
        pass
    assert caught.value.status_code == status
    assert caught.value.json()["code"] == code
    assert "www-authenticate" in caught.value.headers


def test_websocket_on_a_server_without_denial_responses(issuer):
    """RFC 6455 §7.4.1: closed with 1008 (policy violation), and a reason."""
    app = make_app(issuer)

    async def without_extensions(scope, receive, send):
        await app({**scope, "extensions": {}}, receive, send)

    client = TestClient(without_extensions)
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/feed"):
        pass
    assert (caught.value.code, caught.value.reason) == (1008, "AW101 The request has no access token.")


def test_websocket_guard_of_roles(issuer):
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    app = FastAPI()
    auth.install(app)

    @app.websocket("/admin")
    async def admin(websocket: WebSocket, user: Annotated[Principal, Security(auth.role("admin"))]):
        await websocket.accept()
        await websocket.send_text(user.sub)
        await websocket.close()

    client = TestClient(app)
    with client.websocket_connect("/admin", headers=issuer.authorization(roles=["admin"])) as socket:
        assert socket.receive_text() == "alice"
    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        client.websocket_connect("/admin", headers=issuer.authorization()),
    ):
        pass
    assert (caught.value.status_code, caught.value.json()["code"]) == (403, "AW121")


def test_forgotten_install_still_refuses(issuer):
    """Without `install` the answers are FastAPI's own: right status and challenge, a plain body."""
    client = TestClient(make_app(issuer, install=False))
    response = client.get("/items")
    assert (response.status_code, response.json()) == (
        401,
        {"detail": "AW101 The request has no access token."},
    )
    assert response.headers["www-authenticate"].startswith("Bearer scope=")
    response = client.get("/drafts", headers=issuer.authorization())
    assert (response.status_code, response.json()["detail"][:5]) == (403, "AW121")
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/feed"):
        pass
    assert caught.value.code == 1008


def test_scopes_add_up(issuer):
    """A router's scopes and a route's are needed together."""
    auth = Auth(issuer=ISSUER, audience=API, transport=issuer)
    app = FastAPI()
    auth.install(app)
    router = APIRouter(prefix="/v1", dependencies=[Security(auth, scopes=["api"])])

    def reader(user: Annotated[Principal, Security(auth, scopes=["items:read"])]):
        return user

    @router.get("/items")
    def items(user: Annotated[Principal, Security(reader, scopes=["items:list"])]):
        return user.sub

    @router.get("/plain")
    def plain(user: Annotated[Principal, Depends(auth)]):
        return user.sub

    app.include_router(router)
    client = TestClient(app)
    assert (
        client.get("/v1/items", headers=issuer.authorization(scope="items:read items:list")).status_code
        == 403
    )
    assert client.get("/v1/items", headers=issuer.authorization(scope="api items:read")).status_code == 403
    assert (
        client.get("/v1/items", headers=issuer.authorization(scope="api items:read items:list")).status_code
        == 200
    )
    assert client.get("/v1/plain", headers=issuer.authorization(scope="api")).status_code == 200


def test_two_issuers_in_one_application():
    """Nothing is process-wide: each route trusts its own issuer, and answers as its own."""
    inner = FakeIssuer("https://staff.test", audience=API)
    outer = FakeIssuer("https://public.test", audience=API)
    staff = Auth(issuer=inner.issuer, audience=API, transport=inner)
    public = Auth(issuer=outer.issuer, audience=API, transport=outer)
    app = FastAPI()
    staff.install(app)
    public.install(app)

    @app.get("/staff")
    def for_staff(user: Annotated[Principal, Security(staff)]):
        return user.sub

    @app.get("/public")
    def for_public(user: Annotated[Principal, Security(public)]):
        return user.sub

    with TestClient(app) as client:
        assert client.get("/staff", headers=inner.authorization(sub="eve")).json() == "eve"
        assert client.get("/public", headers=outer.authorization(sub="bob")).json() == "bob"
        assert client.get("/staff", headers=outer.authorization()).json()["code"] == "AW109"


def test_guards_of_two_issuers_are_not_combined():
    """What one issuer calls admin says nothing of the other's: a guard looks at one token."""
    staff, public = (
        Auth(issuer=f"https://{name}.test", audience=API, transport=FakeIssuer())
        for name in ("staff", "public")
    )
    with pytest.raises(ValueError, match="two Auth"):
        _ = staff.role("admin") & public.role("admin")
    with pytest.raises(ValueError, match="two Auth"):
        _ = staff.role("admin") | public.group("admin")


def test_documents_of_two_issuers():
    """RFC 9728 §2, OpenAPI 3.1 §4.8.27: what is said of one issuer is not said of the other."""
    app = FastAPI()
    for name in ("staff", "public"):
        audience = f"{API}/{name}"
        issuer = FakeIssuer(f"https://{name}.test", audience=audience)
        auth = Auth(issuer=issuer.issuer, audience=audience, transport=issuer)
        auth.scheme_name = name
        auth.install(app, scopes={f"{name}:read": f"Read as {name}"})
        app.add_api_route(f"/{name}", lambda: None, dependencies=[Security(auth, scopes=[f"{name}:read"])])

    with TestClient(app, base_url=API) as client:
        for name in ("staff", "public"):
            path = f"/.well-known/oauth-protected-resource/{name}"
            assert client.get(path).json()["scopes_supported"] == [f"{name}:read"]
        schema = client.get("/openapi.json").json()
    for name in ("staff", "public"):
        flow = schema["components"]["securitySchemes"][name]["flows"]["authorizationCode"]
        assert flow["tokenUrl"] == f"https://{name}.test/token"
        assert flow["scopes"] == {f"{name}:read": f"Read as {name}"}
        assert schema["paths"][f"/{name}"]["get"]["security"] == [{name: [f"{name}:read"]}]
        assert set(schema["paths"][f"/{name}"]["get"]["responses"]) == {"200", "401", "403"}


def test_issuer_and_audience_are_required():
    with pytest.raises(TypeError, match="audience"):
        Auth(issuer=ISSUER)
    with pytest.raises(ConfigurationError, match="audience"):
        Auth(issuer=ISSUER, audience="")
