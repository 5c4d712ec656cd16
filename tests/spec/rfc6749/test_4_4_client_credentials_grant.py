"""RFC 6749 §4.4: a machine asks on its own behalf; and the errors of every token request."""

import pytest

from authwright.jose import jws
from authwright.jose.encoding import parse_json_object
from authwright.oauth.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from support.authorization_server import API, SIGNER, make_world

GRANT = {"authorization": "worker", "grant_type": "client_credentials"}


def claims(response) -> dict:
    verified = jws.verify(response.access_token.reveal(), SIGNER.jwks(), algorithms=("ES256",))
    return parse_json_object(verified.payload)


async def test_a_machine_gets_an_access_token_and_nothing_else():
    """§4.4.3: a refresh token SHOULD NOT be included."""
    world = await make_world()
    response = await world.token(**GRANT, scope="items:read")
    assert set(response.to_dict()) == {"access_token", "token_type", "expires_in", "scope"}


async def test_the_subject_is_the_client_itself():
    """RFC 9068 §2.2; its roles are the client's."""
    world = await make_world()
    found = claims(await world.token(**GRANT, scope="items:read"))
    assert found["sub"] == found["client_id"] == "worker"
    assert found["roles"] == ["importer"]
    assert found["aud"] == API
    assert "auth_time" not in found


async def test_without_scope_it_gets_all_that_is_registered_for_it():
    """§3.3: the server may choose a default."""
    world = await make_world()
    assert (await world.token(**GRANT)).scope == "items:read items:write"
    assert (await world.token(**GRANT, resource=API)).scope == "items:read items:write"


async def test_the_scope_of_a_person_is_refused():
    world = await make_world()
    with pytest.raises(InvalidScope):
        await world.token(**GRANT, scope="openid")


@pytest.mark.parametrize(
    "scope", ["secrets:read", "unheard-of", "items:read unheard-of", "openid items:read"]
)
async def test_scope_is_never_widened(scope):
    """§5.2: invalid_scope for what the client did not register, whatever stands beside it."""
    world = await make_world()
    with pytest.raises(InvalidScope):
        await world.token(**GRANT, scope=scope)


async def test_an_api_that_the_client_has_no_scope_for_is_refused():
    """RFC 8707 §2: invalid_target."""
    world = await make_world()
    with pytest.raises(InvalidTarget):
        await world.token(**GRANT, resource="https://opaque.example.com")


async def test_no_write_is_needed():
    """A self-contained token for a machine leaves no row: the hot path does not wait for a disk."""
    world = await make_world()

    async def commit(_writes):
        raise AssertionError("a commit")

    world.storage.commit = commit
    assert await world.token(**GRANT)


async def test_grant_type_is_required():
    world = await make_world()
    with pytest.raises(InvalidRequest):
        await world.token(authorization="worker")


@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "implicit",
        "AUTHORIZATION_CODE",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
        "urn:x",
    ],
)
async def test_other_grants_are_not_supported(grant_type):
    """Neither the password grant (RFC 9700 §2.4), nor others that would pass by the login page, are built."""
    world = await make_world()
    with pytest.raises(UnsupportedGrantType):
        await world.token(authorization="worker", grant_type=grant_type)


async def test_a_grant_that_was_not_registered_is_refused():
    world = await make_world()
    with pytest.raises(UnauthorizedClient):
        await world.token(authorization="app", grant_type="client_credentials")
