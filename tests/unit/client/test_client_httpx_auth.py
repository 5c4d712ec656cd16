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
