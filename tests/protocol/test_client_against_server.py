"""The client of this house against its server, over real HTTP on loopback: whole flows, in both colours."""

import asyncio
from dataclasses import replace

import httpx2
import pytest

from authwright.authorization_server.writes import SaveClient
from authwright.client import (
    AsyncClient,
    Client,
    ClientSecretBasic,
    ClientSecretPost,
    ErrorResponse,
    InvalidCallback,
    InvalidResponse,
    Login,
    NoAuth,
    PrivateKeyJwt,
    Tokens,
    problems,
)
from authwright.idp.app import create_app
from authwright.jose.jwks import Jwks
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, Secret
from support.authorization_server import RegisteredKeys
from support.colours import InBothColours
from support.fake_provider import signing_key
from support.pages import API, APP, APP_SECRET, GOODBYE_URI, REDIRECT_URI, make_place
from support.serving import free_port, serving

KEY = signing_key("ES256", "of-the-client")
METHODS = {
    "client_secret_basic": ClientSecretBasic(Secret(APP_SECRET)),
    "client_secret_post": ClientSecretPost(Secret(APP_SECRET)),
    "private_key_jwt": PrivateKeyJwt(KEY),
    "none": NoAuth(),
}
REGISTERED = [
    replace(
        APP,
        client_id=ClientId(method),
        token_endpoint_auth_method=method,
        client_secret_digests=APP.client_secret_digests if method.startswith("client_secret") else (),
        jwks=Jwks((KEY.public(),)) if method == "private_key_jwt" else None,
        require_consent=False,
        logo_uri=None,
    )
    for method in METHODS
]
WORKER = replace(
    APP,
    client_id=ClientId("worker"),
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"client_credentials"}),
    scope=parse_scope("items:read items:write"),
    redirect_uris=(),
)


@pytest.fixture
def place():
    port = free_port()
    place = asyncio.run(make_place(f"http://localhost:{port}"))
    # The place of the pages' tests has no client with a key.
    place.idp = replace(place.idp, server=replace(place.idp.server, client_keys=RegisteredKeys()))
    place.commit(*(SaveClient(client) for client in (*REGISTERED, WORKER)))
    place.add_account("alice", name="Alice Example")
    with serving(create_app(place.idp), port):
        yield place


@pytest.fixture
def browser(place):
    """A person's browser, over the network like the client itself."""
    browser = place.browser()
    with httpx2.Client(base_url=place.issuer) as connection:
        browser.client = connection
        yield browser


@pytest.fixture(params=["sync", "async"])
def client_of(request, place):
    def make(method="client_secret_basic", client_id=None):
        arguments = (place.issuer, client_id or method)
        if request.param == "async":
            return AsyncClient(*arguments, auth=METHODS[method], clock=place.clock)
        return InBothColours(Client(*arguments, auth=METHODS[method], clock=place.clock))

    return make


def visit(browser, url):
    """Open *url*, sign in if asked, and tell what the browser is sent back with."""
    page = browser.get(url)
    if page.path == "/login":
        browser.sign_in(page=page)
    assert browser.left_for is not None
    return browser.left_for


async def sign_in(client, browser, **parameters):
    request = await client.begin_login(
        redirect_uri=REDIRECT_URI, scope="openid profile offline_access", **parameters
    )
    return await client.finish_login(request.login, visit(browser, request.authorization_url))


@pytest.mark.parametrize("method", METHODS)
async def test_a_person_signs_in_and_out(method, client_of, browser, place):
    """Code flow with PKCE, refresh, revocation and logout, for every way to authenticate a client."""
    async with client_of(method) as client:
        request = await client.begin_login(
            redirect_uri=REDIRECT_URI, scope="openid profile offline_access items:read", resource=[API]
        )
        kept = request.login.serialize()
        callback = visit(browser, request.authorization_url)
        tokens = await client.finish_login(Login.deserialize(kept), callback)
        assert tokens.sub == place.subjects["alice"]
        assert tokens.issuer == place.issuer
        assert "items:read" in tokens.scope

        place.clock.advance(600)
        renewed = await client.refresh(Tokens.deserialize(tokens.serialize()))
        assert renewed.sub == tokens.sub
        assert renewed.claims["auth_time"] == tokens.claims["auth_time"]
        assert renewed.refresh_token.reveal() != tokens.refresh_token.reveal()

        await client.revoke(renewed.refresh_token)
        with pytest.raises(ErrorResponse) as caught:
            await client.refresh(renewed)
        assert caught.value.error == "invalid_grant"

        url = await client.logout_url(renewed, post_logout_redirect_uri=GOODBYE_URI, state="af0")
        browser.get(url)
        assert browser.left_for == f"{GOODBYE_URI}?state=af0"


async def test_userinfo_is_about_the_person_of_the_id_token(client_of, browser):
    async with client_of() as client:
        tokens = await sign_in(client, browser)
        claims = await client.userinfo(tokens)
        assert (claims["sub"], claims["name"]) == (tokens.sub, "Alice Example")
        with pytest.raises(InvalidResponse) as caught:
            await client.userinfo(replace(tokens, claims={**tokens.claims, "sub": "bob"}))
        assert caught.value.problem is problems.FOREIGN_USERINFO


async def test_a_machine_gets_a_token(client_of):
    async with client_of("client_secret_basic", "worker") as client:
        tokens = await client.client_credentials(scope="items:read", resource=[API])
        assert str(tokens.scope) == "items:read"
        assert tokens.refresh_token is None


async def test_a_code_works_once_and_its_replay_ends_everything(client_of, browser):
    """RFC 6749 §4.1.2."""
    async with client_of() as client:
        request = await client.begin_login(redirect_uri=REDIRECT_URI, scope="openid offline_access")
        callback = visit(browser, request.authorization_url)
        tokens = await client.finish_login(request.login, callback)
        with pytest.raises(ErrorResponse) as caught:
            await client.finish_login(request.login, callback)
        assert caught.value.error == "invalid_grant"
        with pytest.raises(ErrorResponse):
            await client.refresh(tokens)


async def test_the_callback_of_another_browser_is_refused(client_of, browser):
    """An attacker's code, taken to a victim's session."""
    async with client_of() as client:
        attackers = await client.begin_login(redirect_uri=REDIRECT_URI)
        victims = await client.begin_login(redirect_uri=REDIRECT_URI)
        with pytest.raises(InvalidCallback):
            await client.finish_login(victims.login, visit(browser, attackers.authorization_url))


async def test_a_person_says_no(client_of, browser):
    async with client_of() as client:
        request = await client.begin_login(redirect_uri=REDIRECT_URI)
        browser.press(browser.get(request.authorization_url), "aw-cancel")
        with pytest.raises(ErrorResponse) as caught:
            await client.finish_login(request.login, browser.left_for)
        assert caught.value.error == "access_denied"


async def test_prompt_none_without_a_session(client_of, browser):
    async with client_of() as client:
        request = await client.begin_login(redirect_uri=REDIRECT_URI, prompt="none")
        browser.get(request.authorization_url)
        with pytest.raises(ErrorResponse) as caught:
            await client.finish_login(request.login, browser.left_for)
        assert caught.value.error == "login_required"


async def test_prompt_none_and_max_age_with_a_session(client_of, browser):
    async with client_of() as client:
        tokens = await sign_in(client, browser)
        silent = await sign_in(client, browser, prompt="none", max_age=3600, id_token_hint=tokens.id_token)
        assert silent.claims["auth_time"] == tokens.claims["auth_time"]


async def test_the_issuer_rotates_its_keys(client_of, browser, place):
    """A client that knows the old keys asks again."""
    async with client_of() as client:
        before = await sign_in(client, browser)
        await place.idp.keyring.rotate(place.clock.now(), immediately=True)
        place.clock.advance(2)
        after = await sign_in(client, browser)
        assert before.sub == after.sub
        assert before.id_token.reveal().split(".")[0] != after.id_token.reveal().split(".")[0]


async def test_a_wrong_secret(place):
    async with AsyncClient(
        place.issuer, "worker", auth=ClientSecretBasic(Secret("wrong")), clock=place.clock
    ) as client:
        with pytest.raises(ErrorResponse) as caught:
            await client.client_credentials()
        assert (caught.value.error, caught.value.status) == ("invalid_client", 401)
