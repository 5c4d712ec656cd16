"""OpenID Connect Core §5.3 and §5.4: userinfo, and which scope gives which claims."""

import pytest

from authwright.authorization_server.endpoints.userinfo import userinfo
from authwright.oauth.errors import InsufficientScope, InvalidToken
from authwright.oauth.types import Secret
from support.authorization_server import ALICE, make_world

PROFILE = {
    "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile",
    "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
}  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("openid", set()),
        ("openid profile", PROFILE),
        ("openid email", {"email", "email_verified"}),
        ("openid address", {"address"}),
        ("openid phone", {"phone_number", "phone_number_verified"}),
        (
            "phone address email profile openid",
            PROFILE | {"email", "email_verified", "address", "phone_number", "phone_number_verified"},
        ),
    ],
)
async def test_scope_decides_the_claims(scope, expected):
    """§5.4; and sub always (§5.3.2)."""
    world = await make_world()
    tokens = await world.tokens(scope=scope)
    claims = await userinfo(tokens.access_token, world.server)
    assert claims.pop("sub") == "alice"
    assert set(claims) == expected
    assert claims == {name: ALICE.claims[name] for name in expected}


async def test_a_token_for_an_api_serves_userinfo_too():
    """The story: one access token for the API and for userinfo, when openid was granted."""
    world = await make_world()
    tokens = await world.tokens(scope="openid email items:read")
    assert (await userinfo(tokens.access_token, world.server))["email"]


@pytest.mark.parametrize("scope", ["items:read", "secrets:read"])
async def test_a_token_without_openid_is_refused(scope):
    world = await make_world()
    tokens = await world.tokens(scope=scope)
    with pytest.raises(InsufficientScope):
        await userinfo(tokens.access_token, world.server)


async def test_a_machines_token_is_refused():
    world = await make_world()
    tokens = await world.token(authorization="worker", grant_type="client_credentials")
    with pytest.raises(InsufficientScope):
        await userinfo(tokens.access_token, world.server)


async def test_what_is_no_access_token_is_refused():
    """ID token, refresh token, code; and noise."""
    world = await make_world()
    tokens = await world.tokens(scope="openid offline_access")
    code = await world.browser().code()
    values = [
        tokens.id_token.reveal(),
        tokens.refresh_token.reveal(),
        code,
        "x",
        "a.b.c",
        "é.é.é",
        tokens.access_token.reveal()[:-4] + "AAAA",
    ]
    for value in values:
        with pytest.raises(InvalidToken):
            await userinfo(Secret(value), world.server)
