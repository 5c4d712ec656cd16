"""Our client, in both colours, signs people in at node-oidc-provider, a certified server."""

import pytest

from authwright.client import (
    AsyncClient,
    Client,
    ClientSecretBasic,
    ClientSecretPost,
    ErrorResponse,
    NoAuth,
    PrivateKeyJwt,
    Tokens,
)
from authwright.oauth.types import Secret
from support.colours import InBothColours
from support.oidc_provider import (
    API,
    CLIENT_KEY,
    METHODS,
    OTHER_API,
    POST_LOGOUT_REDIRECT_URI,
    REDIRECT_URI,
    SECRET,
)

pytestmark = pytest.mark.interop

AUTH = {
    "client_secret_basic": ClientSecretBasic(Secret(SECRET)),
    "client_secret_post": ClientSecretPost(Secret(SECRET)),
    "private_key_jwt": PrivateKeyJwt(CLIENT_KEY),
    "none": NoAuth(),
}


@pytest.fixture(params=["async", "sync"])
def client_of(request, oidc_provider):
    """The client that authenticates by the method of its name."""

    def make(method="client_secret_basic"):
        if request.param == "async":
            return AsyncClient(oidc_provider.issuer, method, auth=AUTH[method])
        return InBothColours(Client(oidc_provider.issuer, method, auth=AUTH[method]))

    return make


async def sign_in(client, person, scope="openid profile offline_access", **parameters):
    request = await client.begin_login(redirect_uri=REDIRECT_URI, scope=scope, prompt="consent", **parameters)
    return await client.finish_login(request.login, person.visit(request.authorization_url, REDIRECT_URI))


@pytest.mark.parametrize("method", METHODS)
async def test_sign_in_refresh_and_userinfo(client_of, foreign_person, method):
    """Code with PKCE, state, nonce and iss, the ID token, rotation, and userinfo about the same person."""
    async with client_of(method) as client:
        tokens = await sign_in(client, foreign_person)
        assert tokens.sub == "bertha"
        assert set(tokens.scope) == {"openid", "profile", "offline_access"}

        renewed = await client.refresh(Tokens.deserialize(tokens.serialize()))
        assert renewed.sub == tokens.sub
        assert renewed.access_token.reveal() != tokens.access_token.reveal()
        assert (await client.userinfo(renewed))["name"] == "bertha of Example"


async def test_tokens_for_an_api(client_of, foreign_person, oidc_provider):
    """RFC 8707: the access token is a JWT for the API that was named, and stays so when it is refreshed."""
    async with client_of() as client:
        tokens = await sign_in(client, foreign_person, "openid offline_access items:read", resource=[API])
        assert "items:read" in tokens.scope
        renewed = await client.refresh(tokens)
        for each in (tokens, renewed):
            claims = oidc_provider.read_access_token(each.access_token.reveal())
            assert (claims["aud"], claims["sub"], claims["scope"]) == (API, "bertha", "items:read")


@pytest.mark.parametrize("method", METHODS[:3])
async def test_client_credentials(client_of, oidc_provider, method):
    """RFC 6749 §4.4, by every way to authenticate a confidential client."""
    async with client_of(method) as client:
        tokens = await client.client_credentials(scope="items:read", resource=[OTHER_API])
        claims = oidc_provider.read_access_token(tokens.access_token.reveal())
        assert (claims["aud"], claims["client_id"]) == (OTHER_API, method)
        assert tokens.refresh_token is None
        assert tokens.id_token is None


@pytest.mark.parametrize("method", METHODS)
async def test_revocation(client_of, foreign_person, method):
    """RFC 7009: nothing comes of a refresh token that was taken back."""
    async with client_of(method) as client:
        tokens = await sign_in(client, foreign_person)
        await client.revoke(tokens.refresh_token)
        with pytest.raises(ErrorResponse) as caught:
            await client.refresh(tokens)
        assert caught.value.error == "invalid_grant"


async def test_sign_out(client_of, foreign_person):
    """RP-Initiated Logout: the state comes back, and the person has to sign in again."""
    async with client_of() as client:
        tokens = await sign_in(client, foreign_person)
        url = await client.logout_url(
            tokens, post_logout_redirect_uri=POST_LOGOUT_REDIRECT_URI, state="af0 & more"
        )
        back = foreign_person.visit(url, POST_LOGOUT_REDIRECT_URI)
        assert back == f"{POST_LOGOUT_REDIRECT_URI}?state=af0+%26+more"

        silent = await client.begin_login(redirect_uri=REDIRECT_URI, prompt="none")
        with pytest.raises(ErrorResponse) as caught:
            await client.finish_login(
                silent.login, foreign_person.visit(silent.authorization_url, REDIRECT_URI)
            )
        assert caught.value.error == "login_required"


async def test_silent_sign_in(client_of, foreign_person):
    """prompt=none, max_age and id_token_hint with a session: the same person, without a page."""
    async with client_of() as client:
        tokens = await sign_in(client, foreign_person, "openid")
        request = await client.begin_login(
            redirect_uri=REDIRECT_URI, prompt="none", max_age=3600, id_token_hint=tokens.id_token
        )
        silent = await client.finish_login(
            request.login, foreign_person.visit(request.authorization_url, REDIRECT_URI)
        )
        assert silent.sub == tokens.sub
        assert "auth_time" in silent.claims


async def test_a_code_works_once(client_of, foreign_person):
    """The refusal arrives as what it is, with the error code of the server."""
    async with client_of() as client:
        request = await client.begin_login(redirect_uri=REDIRECT_URI)
        callback = foreign_person.visit(request.authorization_url, REDIRECT_URI)
        await client.finish_login(request.login, callback)
        with pytest.raises(ErrorResponse) as caught:
            await client.finish_login(request.login, callback)
        assert (caught.value.error, caught.value.status) == ("invalid_grant", 400)
