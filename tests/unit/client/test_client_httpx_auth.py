"""Access tokens in the requests of httpx2."""

import httpx2
import pytest

from authwright.client import Tokens
from authwright.client.httpx_auth import AsyncBearerAuth, BearerAuth
from authwright.oauth.scope import Scope
from authwright.oauth.types import Secret

API = "https://api.example.com"


class Source:
    def __init__(self):
        self.asked = 0

    def get(self):
        self.asked += 1
        return Tokens(issuer="https://id.example.com", access_token=Secret(f"at{self.asked}"), scope=Scope())


class AsyncSource(Source):
    async def get(self):
        return super().get()


def echo(request):
    """The API: tells which token it got, and redirects away when asked to."""
    if request.url.path == "/away":
        return httpx2.Response(302, headers={"location": "https://elsewhere.example/x"})
    return httpx2.Response(200, text=request.headers.get("authorization", "none"))


def test_every_request_carries_the_token_of_the_moment():
    """RFC 6750 §2.1."""
    auth = BearerAuth(Source(), origin=API)
    with httpx2.Client(auth=auth, transport=httpx2.MockTransport(echo), base_url=API) as api:
        assert api.get("/items").text == "Bearer at1"
        assert api.get(f"{API}:443/items").text == "Bearer at2"


async def test_the_same_for_tasks():
    auth = AsyncBearerAuth(AsyncSource(), origin=API)
    async with httpx2.AsyncClient(auth=auth, transport=httpx2.MockTransport(echo), base_url=API) as api:
        assert (await api.get("/items")).text == "Bearer at1"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/items",
        "https://api.example.com:8443/items",
        "https://api.example.com.attacker.example/items",
        "https://attacker.example/items",
    ],
)
async def test_the_token_goes_to_its_api_alone(url):
    """Whoever receives a bearer token can use it. RFC 6750 §5.2."""
    sync_source, source = Source(), AsyncSource()
    wire = httpx2.MockTransport(echo)
    with (
        httpx2.Client(auth=BearerAuth(sync_source, origin=API), transport=wire) as api,
        pytest.raises(ValueError),
    ):
        api.get(url)
    async with httpx2.AsyncClient(auth=AsyncBearerAuth(source, origin=API), transport=wire) as api:
        with pytest.raises(ValueError):
            await api.get(url)
    assert sync_source.asked == source.asked == 0


def test_a_redirect_to_another_origin_does_not_take_the_token_along():
    auth = BearerAuth(Source(), origin=API)
    with httpx2.Client(auth=auth, transport=httpx2.MockTransport(echo), follow_redirects=True) as api:
        assert api.get(f"{API}/away").text == "none"


async def test_the_wrong_colour_is_noticed():
    """Rather than to send requests without a token."""
    wire = httpx2.MockTransport(echo)
    with (
        httpx2.Client(auth=AsyncBearerAuth(AsyncSource(), origin=API), transport=wire) as api,
        pytest.raises(TypeError),
    ):
        api.get(API)
    async with httpx2.AsyncClient(auth=BearerAuth(Source(), origin=API), transport=wire) as api:
        with pytest.raises(TypeError):
            await api.get(API)


class ReplacingSource(Source):
    """Has another token for each that is refused, as often as *others* says."""

    def __init__(self, others=1):
        super().__init__()
        self.others, self.refused = others, []

    def get(self):
        return super().get() if self.asked == 0 else self.latest()

    def latest(self):
        return Tokens(issuer="https://id.example.com", access_token=Secret(f"at{self.asked}"), scope=Scope())

    def instead_of(self, refused):
        self.refused.append(refused.access_token.reveal())
        if len(self.refused) > self.others:
            return None
        self.asked += 1
        return self.latest()


class AsyncReplacingSource(ReplacingSource):
    async def get(self):
        return super().get()

    async def instead_of(self, refused):
        return super().instead_of(refused)


class Api:
    """Takes the token *good*, and tells what it got in all."""

    def __init__(self, good):
        self.good, self.requests = good, []

    def __call__(self, request):
        self.requests.append((request.method, request.headers.get("authorization"), request.read()))
        if request.url.path == "/moved":
            return httpx2.Response(307, headers={"location": "/items"})
        if request.headers.get("authorization") != f"Bearer {self.good}":
            return httpx2.Response(401, headers={"www-authenticate": 'Bearer error="invalid_token"'})
        return httpx2.Response(200)


async def posted(api, source, path="/items", **body):
    """The status that the API answers to a POST, sent by *source*'s kind of client."""
    wire = httpx2.MockTransport(api)
    if isinstance(source, AsyncSource | AsyncReplacingSource):
        auth = AsyncBearerAuth(source, origin=API)
        async with httpx2.AsyncClient(
            auth=auth, transport=wire, base_url=API, follow_redirects=True
        ) as client:
            return (await client.post(path, **body)).status_code
    with httpx2.Client(
        auth=BearerAuth(source, origin=API), transport=wire, base_url=API, follow_redirects=True
    ) as client:
        return client.post(path, **body).status_code


@pytest.mark.parametrize("kind", [ReplacingSource, AsyncReplacingSource])
async def test_a_machine_tries_once_more_with_another_token(kind):
    """RFC 6750 §3.1, invalid_token: "The client MAY request a new access token and retry"."""
    api, source = Api("at2"), kind()
    assert await posted(api, source, json={"a": 1}) == 200
    assert api.requests == [("POST", f"Bearer at{n}", b'{"a":1}') for n in (1, 2)]
    assert source.refused == ["at1"]


@pytest.mark.parametrize("kind", [ReplacingSource, AsyncReplacingSource])
async def test_and_not_twice(kind):
    """What is refused again is refused."""
    api, source = Api("none"), kind(others=9)
    assert await posted(api, source) == 401
    assert len(api.requests) == 2


@pytest.mark.parametrize("kind", [ReplacingSource, AsyncReplacingSource])
async def test_where_there_is_no_other_token_the_answer_stands(kind):
    api, source = Api("none"), kind(others=0)
    assert await posted(api, source) == 401
    assert len(api.requests) == 1


@pytest.mark.parametrize("kind", [Source, AsyncSource])
async def test_the_tokens_of_a_person_are_not_replaced(kind):
    """To refresh spends a refresh token; whether that is worth it, the application knows."""
    api = Api("none")
    assert await posted(api, kind()) == 401
    assert len(api.requests) == 1


def test_a_body_that_is_gone_is_not_sent_again():
    """Nor half of it. A mock transport of httpx2 would have kept it."""
    sent, source = [], ReplacingSource()

    class Wire(httpx2.BaseTransport):
        def handle_request(self, request):
            sent.append(b"".join(request.stream))
            return httpx2.Response(401)

    with httpx2.Client(auth=BearerAuth(source, origin=API), transport=Wire()) as client:
        assert client.post(API, content=iter([b"a", b"b"])).status_code == 401
    assert sent == [b"ab"]
    assert source.refused == []


async def test_what_was_redirected_is_not_sent_again():
    """The first address has acted on it, as far as anybody knows."""
    api, source = Api("at2"), ReplacingSource()
    assert await posted(api, source, "/moved") == 401
    assert len(api.requests) == 2
    assert source.refused == []


@pytest.mark.parametrize("status", [200, 400, 403, 500, 503])
async def test_no_other_answer_is_about_the_token(status):
    source = ReplacingSource()
    assert await posted(lambda _: httpx2.Response(status), source) == status
    assert source.refused == []
