"""Authlib's clients for requests, for httpx2 and for Starlette, against our server."""

import json

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.integrations.starlette_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from support.colours import InBothColours
from support.person import NotThere
from support.real_provider import CLAIMS, USERNAME
from support.registrations import API, KEY, METHODS, PLAIN_SECRET, REDIRECT_URI
from support.serving import free_port, serving

pytestmark = pytest.mark.interop

SCOPE = "openid profile email offline_access items:read"


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    """Authlib speaks to https alone, unless this is set; ours is on loopback."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def endpoints(provider):
    with OAuth2Session() as session:
        url = f"{provider.issuer}/.well-known/openid-configuration"
        return session.get(url, withhold_token=True).json()


@pytest.fixture(params=["requests", "httpx2"])
def client_of(request, endpoints):
    """The client that authenticates by the method of its name."""

    def make(method):
        secret, by = PLAIN_SECRET, method
        if method == "private_key_jwt":
            secret = ECKey.import_key(KEY.to_dict(private=True))
            by = PrivateKeyJWT(endpoints["token_endpoint"], alg="ES256", headers={"kid": KEY.kid})
        arguments = {
            "client_id": method,
            "client_secret": None if method == "none" else secret,
            "token_endpoint_auth_method": by,
            "revocation_endpoint_auth_method": by,
            "redirect_uri": REDIRECT_URI,
            "code_challenge_method": "S256",
        }
        if request.param == "requests":
            return InBothColours(OAuth2Session(**arguments))
        return AsyncOAuth2Client(**arguments)

    return make


async def sign_in(client, endpoints, person):
    verifier = generate_token(48)
    url, state = _url(client, endpoints, verifier)
    callback = person.visit(url, REDIRECT_URI)
    return await client.fetch_token(
        endpoints["token_endpoint"],
        authorization_response=callback,
        state=state,
        code_verifier=verifier,
        resource=API,
    )


def _url(client, endpoints, verifier):
    # It does no I/O, and so it is the same for both.
    plain = getattr(client, "_client", client)
    return plain.create_authorization_url(
        endpoints["authorization_endpoint"], code_verifier=verifier, scope=SCOPE, resource=API
    )


@pytest.mark.parametrize("method", METHODS)
async def test_code_and_refresh(client_of, endpoints, person, provider, method):
    """Code with PKCE, userinfo with the token in the header, and rotation."""
    async with client_of(method) as client:
        first = await sign_in(client, endpoints, person)
        assert set(first["scope"].split()) == set(SCOPE.split())
        assert (await client.get(endpoints["userinfo_endpoint"])).json()["sub"] == provider.subject
        second = await client.refresh_token(endpoints["token_endpoint"])
        assert second["refresh_token"] != first["refresh_token"]
        assert (await client.get(endpoints["userinfo_endpoint"])).json()["sub"] == provider.subject


@pytest.mark.parametrize("method", METHODS[:3])
async def test_client_credentials_and_introspection(client_of, endpoints, method):
    """A token in the client's own name, and what it means."""
    async with client_of(method) as client:
        token = await client.fetch_token(
            endpoints["token_endpoint"], grant_type="client_credentials", scope="items:read", resource=API
        )
        asked = (endpoints["introspection_endpoint"], token["access_token"])
        told = (await client.introspect_token(*asked)).json()
        assert (told["active"], told["client_id"], told["scope"]) == (True, method, "items:read")


@pytest.mark.parametrize("method", METHODS[:3])
async def test_revocation(client_of, endpoints, person, method):
    """The refresh token and what came with it end."""
    async with client_of(method) as client:
        token = await sign_in(client, endpoints, person)
        await client.revoke_token(endpoints["revocation_endpoint"], token["refresh_token"])
        for each in (token["access_token"], token["refresh_token"]):
            told = (await client.introspect_token(endpoints["introspection_endpoint"], each)).json()
            assert told == {"active": False}
        with pytest.raises(OAuthError) as caught:
            await client.refresh_token(endpoints["token_endpoint"])
        assert caught.value.error == "invalid_grant"


async def test_wrong_verifier(client_of, endpoints, person):
    """RFC 7636 §4.6."""
    async with client_of("none") as client:
        url, state = _url(client, endpoints, generate_token(48))
        with pytest.raises(OAuthError) as caught:
            await client.fetch_token(
                endpoints["token_endpoint"],
                authorization_response=person.visit(url, REDIRECT_URI),
                state=state,
                code_verifier=generate_token(48),
            )
        assert caught.value.error == "invalid_grant"


class OneBrowser:
    """The session of the only browser that comes."""

    def __init__(self, app):
        self._app = app
        self._session = {}

    async def __call__(self, scope, receive, send):
        await self._app({**scope, "session": self._session}, receive, send)


def web_app(issuer):
    """What Authlib's documentation shows for a Starlette application."""
    oauth = OAuth()
    oauth.register(
        "id",
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_id="client_secret_basic",
        client_secret=PLAIN_SECRET,
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )

    async def login(request):
        return await oauth.id.authorize_redirect(request, request.url_for("callback"))

    async def callback(request):
        request.session["token"] = await oauth.id.authorize_access_token(request)
        return RedirectResponse("/welcome")

    async def welcome(request):
        token = request.session["token"]
        userinfo = await oauth.id.userinfo(token=token)
        return JSONResponse({"id_token": token["userinfo"], "userinfo": userinfo})

    async def logout(request):
        return await oauth.id.logout_redirect(
            request,
            post_logout_redirect_uri=request.url_for("bye"),
            id_token_hint=request.session.pop("token")["id_token"],
        )

    async def bye(request):
        return JSONResponse(await oauth.id.validate_logout_response(request))

    endpoints = (login, callback, welcome, logout, bye)
    return OneBrowser(Starlette(routes=[Route(f"/{each.__name__}", each) for each in endpoints]))


def test_a_web_application(provider, person):
    """Discovery, the ID token by signature, nonce and at_hash, userinfo, and logout with its state."""
    port = free_port()
    app = f"http://127.0.0.1:{port}"
    with serving(web_app(provider.issuer), port):
        with pytest.raises(NotThere) as signed_in:
            person.visit(f"{app}/login", "nowhere")
        assert signed_in.value.url == f"{app}/welcome"
        seen = json.loads(signed_in.value.text)
        assert (seen["id_token"]["iss"], seen["id_token"]["sub"]) == (provider.issuer, provider.subject)
        assert (
            seen["userinfo"].items()
            >= {
                "sub": provider.subject,
                "preferred_username": USERNAME,
                **CLAIMS,
            }.items()
        )
        with pytest.raises(NotThere) as signed_out:
            person.visit(f"{app}/logout", "nowhere")
        assert signed_out.value.url.startswith(f"{app}/bye?state=")
        assert signed_out.value.status == 200
