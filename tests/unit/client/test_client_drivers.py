"""`AsyncClient` and `Client` over a provider in the same process: both colours do the same."""

import asyncio
import inspect
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from authwright.client import (
    AsyncClient,
    Client,
    ErrorResponse,
    InvalidResponse,
    InvalidStoredValue,
    Login,
    Tokens,
    problems,
)
from authwright.client.exchanges import LIFETIME
from authwright.client.fresh_tokens import AsyncFreshClientTokens, FreshClientTokens
from authwright.oauth.http import HttpResponse
from authwright.transport import AddressRefused, ConnectionFailed, RequestRefused
from support.fake_provider import ISSUER, REDIRECT_URI, AsyncWire, FakeProvider, Wire, json_response


class Blocking:
    """An `AsyncClient` behind the face of a `Client`, so that one test serves both."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return lambda *args, **kwargs: asyncio.run(method(*args, **kwargs))


@pytest.fixture
def provider():
    return FakeProvider()


@pytest.fixture(params=["sync", "async"])
def client(request, provider):
    if request.param == "sync":
        return Client(ISSUER, "web", transport=Wire(provider), clock=provider.clock)
    return Blocking(AsyncClient(ISSUER, "web", transport=AsyncWire(provider), clock=provider.clock))


def sign_in(client, provider):
    request = client.begin_login(redirect_uri=REDIRECT_URI, scope="openid offline_access")
    return client.finish_login(request.login, provider.authorize(request.authorization_url))


def paths(provider):
    return [urlsplit(request.url).path for request in provider.requests]


def test_both_colours_have_the_same_operations():
    """A public method of one, with its parameters, is one of the other."""
    for name, method in inspect.getmembers(AsyncClient, inspect.iscoroutinefunction):
        if not name.startswith("_"):
            counterpart = getattr(Client, name.removeprefix("a") if name == "aclose" else name)
            assert inspect.signature(counterpart) == inspect.signature(method), name


def test_the_whole_story(client, provider):
    """Sign in, learn who it is, refresh, revoke, sign out: with the values stored between the requests."""
    request = client.begin_login(
        redirect_uri=REDIRECT_URI, scope="openid offline_access", prompt="login", max_age=60
    )
    kept = request.login.serialize()
    callback = provider.authorize(request.authorization_url)

    tokens = client.finish_login(Login.deserialize(kept), callback)
    assert client.userinfo(tokens)["email"] == "alice@example.com"

    provider.clock.advance(600)
    renewed = client.refresh(Tokens.deserialize(tokens.serialize()))
    assert renewed.sub == "alice"
    assert renewed.refresh_token.reveal() != tokens.refresh_token.reveal()

    client.revoke(renewed.refresh_token)
    assert provider.revoked == [renewed.refresh_token.reveal()]
    client.revoke(renewed.access_token, token_type_hint="access_token")

    url = client.logout_url(renewed, post_logout_redirect_uri="https://app.example.com/", state="s")
    query = parse_qs(urlsplit(url).query)
    assert query["id_token_hint"] == [renewed.id_token.reveal()]
    assert query["state"] == ["s"]
    assert "id_token_hint" not in client.logout_url()
    with pytest.raises(InvalidStoredValue):
        client.logout_url(replace(renewed, issuer="https://other.example"))


def test_client_credentials(client, provider):
    tokens = client.client_credentials(scope="items:read", resource=["https://api.example.com"])
    assert str(tokens.scope) == "items:read"
    assert "/jwks" not in paths(provider)


def test_one_resource_that_is_no_collection(client, provider):
    """RFC 8707 §2: a string is an iterable of strings, and each character would be asked for."""
    api = "https://api.example.com"
    with pytest.raises(TypeError, match="resource"):
        client.begin_login(redirect_uri=REDIRECT_URI, resource=api)
    with pytest.raises(TypeError, match="resource"):
        client.client_credentials(resource=api)
    for source in (FreshClientTokens, AsyncFreshClientTokens):
        with pytest.raises(TypeError, match="resource"):
            source(client, resource=api)
    assert "/token" not in paths(provider)


def test_errors_say_which_request_was_the_last(client, provider):
    """The token endpoint may be on another host than the metadata; whoever reads the traceback sees which."""

    def away(_request):
        raise ConnectionFailed("the connection failed or did not carry HTTP")

    request = client.begin_login(redirect_uri=REDIRECT_URI)
    callback = provider.authorize(request.authorization_url)
    provider.respond["/jwks"] = lambda _: HttpResponse(503)
    with pytest.raises(InvalidResponse) as refused:
        client.finish_login(request.login, callback)
    assert refused.value.__notes__ == [f"The last request was GET {ISSUER}/jwks"]

    del provider.respond["/jwks"]
    provider.respond["/token"] = away
    with pytest.raises(ConnectionFailed) as failed:
        client.finish_login(request.login, callback)
    assert failed.value.__notes__ == [f"The last request was POST {ISSUER}/token"]


def test_metadata_and_keys_are_fetched_once_an_hour(client, provider):
    sign_in(client, provider)
    sign_in(client, provider)
    fetched = ["/.well-known/openid-configuration", "/jwks", "/token", "/token"]
    assert paths(provider) == fetched
    provider.clock.advance(LIFETIME)
    sign_in(client, provider)
    assert paths(provider) == [*fetched, "/.well-known/openid-configuration", "/jwks", "/token"]


def test_the_keys_are_there_before_the_code_is_spent(client, provider):
    """An outage of the keys leaves the code good for a second try."""
    provider.respond["/jwks"] = lambda _: HttpResponse(503)
    request = client.begin_login(redirect_uri=REDIRECT_URI)
    callback = provider.authorize(request.authorization_url)
    with pytest.raises(InvalidResponse):
        client.finish_login(request.login, callback)
    assert "/token" not in paths(provider)
    del provider.respond["/jwks"]
    assert client.finish_login(request.login, callback).sub == "alice"


def test_a_server_without_openid_connect(client, provider):
    """Its metadata are where RFC 8414 §3.1 says."""
    metadata = replace(provider.metadata, jwks_uri=None, userinfo_endpoint=None)
    provider.respond["/.well-known/openid-configuration"] = lambda _: HttpResponse(404)
    provider.respond["/.well-known/oauth-authorization-server"] = lambda _: json_response(metadata.to_dict())
    assert client.client_credentials(scope="a").access_token
    request = client.begin_login(redirect_uri=REDIRECT_URI, scope="items:read")
    tokens = client.finish_login(request.login, provider.authorize(request.authorization_url))
    assert client.refresh(tokens).id_token is None


def test_an_outage_of_the_metadata_is_not_a_server_without_openid_connect(client, provider):
    provider.respond["/.well-known/openid-configuration"] = lambda _: HttpResponse(503)
    with pytest.raises(InvalidResponse) as caught:
        client.client_credentials()
    assert caught.value.received == 503


def test_a_failed_fetch_is_not_remembered(client, provider):
    provider.respond["/.well-known/openid-configuration"] = lambda _: HttpResponse(503)
    with pytest.raises(InvalidResponse):
        client.client_credentials()
    provider.respond.clear()
    assert client.client_credentials().access_token


def test_the_callback_is_checked_before_anything_is_sent(client, provider):
    request = client.begin_login(redirect_uri=REDIRECT_URI)
    provider.callback["iss"] = "https://attacker.example"
    with pytest.raises(InvalidResponse) as caught:
        client.finish_login(request.login, provider.authorize(request.authorization_url))
    assert caught.value.problem is problems.WRONG_RESPONSE_ISSUER
    assert "/token" not in paths(provider)


def test_tokens_without_refresh_token(client, provider):
    with pytest.raises(InvalidStoredValue):
        client.refresh(client.client_credentials())


def test_a_refresh_that_comes_late_gets_the_same_result(client, provider):
    """A second tab that read the old tokens does not look like a thief. RFC 9700 §4.14.2."""
    tokens = sign_in(client, provider)
    renewed = client.refresh(tokens)
    provider.clock.advance(29)
    late = client.refresh(Tokens.deserialize(tokens.serialize()))
    assert late is renewed
    assert client.refresh(late) is not late


def test_a_result_is_not_remembered_for_long(client, provider):
    """After half a minute the old refresh token is what it looks like."""
    tokens = sign_in(client, provider)
    client.refresh(tokens)
    provider.clock.advance(30)
    with pytest.raises(ErrorResponse) as caught:
        client.refresh(tokens)
    assert caught.value.error == "invalid_grant"


def test_a_refresh_token_that_is_not_rotated_can_be_used_again(client, provider):
    """The result of one refresh is not taken for the result of the next."""
    provider.rotates_refresh_tokens = False
    first = sign_in(client, provider)
    second = client.refresh(first)
    third = client.refresh(second)
    assert second.refresh_token.reveal() == first.refresh_token.reveal()
    assert third.access_token.reveal() != second.access_token.reveal()


def test_an_internal_url(provider):
    """
    The browser goes to the public issuer, the client's own requests to where it is reached from here; the
    metadata still have to be the public issuer's.
    """
    inside = "http://idp:9000"

    class Inside:
        def send(self, request):
            assert request.url.startswith(f"{inside}/")
            return provider.answer(replace(request, url=ISSUER + request.url.removeprefix(inside)))

    client = Client(ISSUER, "web", internal_url=inside, transport=Inside(), clock=provider.clock)
    request = client.begin_login(redirect_uri=REDIRECT_URI)
    assert request.authorization_url.startswith(f"{ISSUER}/authorize?")
    tokens = client.finish_login(request.login, provider.authorize(request.authorization_url))
    assert tokens.issuer == ISSUER
    assert client.userinfo(tokens)["sub"] == "alice"
    assert client.logout_url(tokens).startswith(f"{ISSUER}/logout?")


def test_an_endpoint_on_another_host_is_reached_there(provider):
    """Large providers have several hosts; only what is the issuer's is reached inside."""
    provider.metadata = replace(provider.metadata, token_endpoint="https://tokens.example.com/token")
    provider.respond["https://tokens.example.com/token"] = lambda _: json_response(
        {"access_token": "elsewhere", "token_type": "Bearer"}
    )

    class Inside:
        def send(self, request):
            return provider.answer(replace(request, url=request.url.replace("http://idp:9000", ISSUER)))

    client = Client(ISSUER, "web", internal_url="http://idp:9000/", transport=Inside())
    assert client.client_credentials().access_token.reveal() == "elsewhere"


def test_the_issuer_may_be_on_this_machine():
    """Nothing listens there, and nothing forbids to try: the refusal is the network's."""
    with Client("http://127.0.0.1:1", "web") as client, pytest.raises(Exception) as caught:
        client.client_credentials()
    assert not isinstance(caught.value, AddressRefused | RequestRefused)


async def test_an_async_client_closes_what_it_opened():
    async with AsyncClient("http://127.0.0.1:1", "web") as client:
        with pytest.raises(Exception) as caught:
            await client.client_credentials()
    assert not isinstance(caught.value, AddressRefused | RequestRefused)


async def test_a_transport_that_was_given_stays_open(provider):
    """It is its owner's to close."""
    async with AsyncClient(ISSUER, "web", transport=AsyncWire(provider)) as client:
        await client.client_credentials()
    with Client(ISSUER, "web", transport=Wire(provider)) as client:
        client.client_credentials()
