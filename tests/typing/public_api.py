# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""
The public API as its users write it, for type checkers alone: nothing here runs.

`test_public_api_types` has mypy and pyright read it. An ``ignore`` stands where something must be a type
error; both checkers complain of one that is not needed.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, assert_type

import httpx2
from fastapi import FastAPI, Security
from starlette.routing import Route

from authwright.authorization_server.policy import Policy
from authwright.client import (
    AsyncClient,
    AuthorizationRequest,
    Client,
    ClientSecretBasic,
    ErrorResponse,
    Login,
    PrivateKeyJwt,
    Secret,
    Tokens,
)
from authwright.client.fresh_tokens import (
    AsyncFreshClientTokens,
    AsyncFreshTokens,
    FreshClientTokens,
    FreshTokens,
)
from authwright.client.httpx_auth import AsyncBearerAuth, BearerAuth
from authwright.idp.app import create_app
from authwright.idp.log import Log
from authwright.idp.provider import IdentityProvider, open_identity_provider
from authwright.idp.settings import Settings, load
from authwright.idp.web.asgi import Asgi
from authwright.integrations import starlette
from authwright.integrations.fastapi import Auth, Guard, Principal
from authwright.jose.jwk import Jwk, generate_jwk
from authwright.oauth.types import Subject
from authwright.testing.fake_issuer import FakeIssuer

ISSUER, API = "https://id.example.com", "https://api.example.com"

# An API

auth = Auth(issuer=ISSUER, audience=API, leeway=timedelta(seconds=10), algorithms=["ES256"])
app = FastAPI(**auth.swagger(client_id="web", scopes=["items:read"]))
auth.install(app, scopes={"items:read": "Read your items"})
auth.scheme_name = "API"
Reader = Annotated[Principal, Security(auth, scopes=["items:read"])]
Editor = Annotated[Principal, Security(auth.role("admin") | auth.group("editors") & auth.role("staff"))]

# An issuer and an audience are required, and by name: the check that tutorials leave out cannot be left out.
Auth(issuer=ISSUER)  # type: ignore[call-arg]
Auth(ISSUER, API)  # type: ignore[call-arg]


@app.get("/items")
async def items(user: Reader, editor: Editor) -> Mapping[str, object]:
    """A route of FastAPI."""
    assert_type(user, Principal)
    assert_type(user.sub, Subject)
    assert_type(user.groups, tuple[str, ...])
    assert_type(editor.roles, tuple[str, ...])
    assert_type(editor.claims, Mapping[str, Any])
    user.sub = Subject("mallory")  # type: ignore[misc]
    return {"owner": user.sub}


def guards() -> None:
    """Guards are combined, and only with guards."""
    assert_type(auth.role("admin") & auth.group("editors"), Guard)
    auth.role("admin") | "editors"  # type: ignore[operator]
    assert_type(starlette.Auth(issuer=ISSUER, audience=API).routes(), list[Route])


# A client


async def signs_people_in(key: Jwk, callback: str) -> Tokens:
    """The code flow, for asyncio."""
    async with AsyncClient(ISSUER, "notes", auth=PrivateKeyJwt(key)) as client:
        assert_type(client, AsyncClient)
        request = await client.begin_login(redirect_uri="https://notes.example.com/callback", scope="openid")
        assert_type(request, AuthorizationRequest)
        assert_type(request.login, Login)
        tokens = await client.finish_login(request.login, callback)
        assert_type(tokens.sub, Subject | None)
        assert_type(tokens.access_token, Secret)
        assert_type(await client.userinfo(tokens), Mapping[str, Any])
        assert_type(await client.logout_url(tokens), str)
        await client.revoke(tokens.access_token.reveal())  # type: ignore[arg-type]
        return await client.refresh(tokens)


def calls_an_api(store: list[Tokens]) -> None:
    """A machine, for threads; and a person's tokens kept fresh."""
    with Client(ISSUER, "worker", auth=ClientSecretBasic(Secret("s"))) as client:
        try:
            tokens = client.client_credentials(scope="items:read", resource=[API])
        except ErrorResponse as error:
            assert_type(error.error, str)
            raise
        assert_type(tokens, Tokens)
        machine = FreshClientTokens(client, scope="items:read", resource=[API])
        assert_type(machine.get(), Tokens)
        httpx2.Client(auth=BearerAuth(machine, origin=API))
        httpx2.Client(auth=BearerAuth(FreshTokens(client, tokens, store=store.append), origin=API))
        BearerAuth(machine)  # type: ignore[call-arg]
    Client(ISSUER, "worker", auth=ClientSecretBasic("s"))  # type: ignore[arg-type]


async def calls_an_api_from_a_loop(client: AsyncClient, tokens: Tokens) -> None:
    """The same for asyncio, where storing is awaited."""

    async def store(_tokens: Tokens) -> None: ...

    machine = AsyncFreshClientTokens(client, scope="items:read", resource=[API])
    httpx2.AsyncClient(auth=AsyncBearerAuth(machine, origin=API))
    httpx2.AsyncClient(auth=AsyncBearerAuth(AsyncFreshTokens(client, tokens, store=store), origin=API))
    # What one answers at once, the other must not be asked for.
    BearerAuth(machine, origin=API)  # type: ignore[arg-type]


# An identity provider


async def runs_an_identity_provider() -> Asgi:
    """The server inside another program."""
    settings = load(Path("authwright.toml"), environ={})
    assert_type(settings, Settings)
    assert_type(settings.access_token_lifetime, timedelta)
    assert_type(settings.policy(), Policy)
    settings.issuer = ISSUER  # type: ignore[misc]
    async with open_identity_provider(settings, Log.to_stderr("info", "json")) as idp:
        assert_type(idp, IdentityProvider)
        return create_app(idp)


# Tests of an API


def tests_an_api(issuer: FakeIssuer) -> None:
    """An issuer that needs no server."""
    assert_type(generate_jwk("ES256", kid="one"), Jwk)
    assert_type(issuer.issuer, str)
