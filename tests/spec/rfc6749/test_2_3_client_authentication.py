"""RFC 6749 §2.3, RFC 7523 §3: how a client proves who it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwright.authorization_server.endpoints.introspection import introspection
from authwright.authorization_server.endpoints.revocation import revocation
from authwright.authorization_server.endpoints.token import token
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.writes import SaveClient
from authwright.jose.jwk import generate_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth import client_assertion
from authwright.oauth.errors import InvalidClient, InvalidRequest, OAuthError, UnauthorizedClient
from authwright.oauth.parameters import Parameters
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, Seconds, Timestamp, digest
from support.authorization_server import API, APP, ISSUER, OPAQUE_API, SECRET, WORKER, basic, make_world

KEY = generate_jwk("ES256", kid="k1")
GRANT = {"grant_type": "client_credentials", "scope": "items:read"}
ASSERTED = replace(
    WORKER,
    client_id=ClientId("asserted"),
    token_endpoint_auth_method="private_key_jwt",
    client_secret_digests=(),
    jwks=Jwks((KEY.public(),)),
    scope=parse_scope("items:read secrets:read"),
)


async def refused(world, **parameters) -> InvalidClient:
    with pytest.raises(InvalidClient) as caught:
        await world.token(**{**GRANT, **parameters})
    return caught.value


async def test_client_secret_basic():
    """§2.3.1."""
    world = await make_world()
    assert await world.token(authorization="worker", **GRANT)


async def test_client_secret_post():
    """§2.3.1, for a client that registered it."""
    world = await make_world()
    await world.storage.commit(
        (SaveClient(replace(WORKER, token_endpoint_auth_method="client_secret_post")),)
    )
    assert await world.token(authorization=None, client_id="worker", client_secret=SECRET, **GRANT)


async def test_a_wrong_secret_is_refused_with_a_challenge():
    """§5.2: 401 and WWW-Authenticate for a client that used the header."""
    world = await make_world()
    with pytest.raises(InvalidClient) as caught:
        await token(ClientRequest(Parameters(tuple(GRANT.items())), basic("worker", "wrong")), world.server)
    assert caught.value.status == 401
    assert caught.value.headers["www-authenticate"].startswith("Basic")


async def test_every_cause_reads_the_same_to_the_caller():
    """Unknown, disabled, wrong: one code, one description."""
    world = await make_world()
    await world.storage.commit((SaveClient(replace(APP, disabled_at=Timestamp(1))),))
    errors = [
        await refused(world, authorization="nobody"),
        await refused(world, authorization="app"),
        await refused(world, authorization=None, client_id="worker", client_secret="wrong"),
    ]
    assert {(error.code, error.description, error.status) for error in errors} == {
        ("invalid_client", "Client authentication failed.", 401)
    }
    assert len({error.detail for error in errors}) == len(errors) - 1


async def test_two_methods_at_once_are_refused():
    """§2.3: MUST NOT use more than one."""
    world = await make_world()
    with pytest.raises(InvalidRequest):
        await world.token(authorization="worker", client_secret=SECRET, **GRANT)


async def test_a_method_that_was_not_registered_is_refused():
    world = await make_world()
    error = await refused(world, authorization=None, client_id="worker", client_secret=SECRET)
    assert "another token_endpoint_auth_method" in error.detail


async def test_a_confidential_client_without_credentials_is_refused():
    world = await make_world()
    error = await refused(world, authorization=None, client_id="worker")
    assert error.detail == "a confidential client sent no credentials"


async def test_an_unknown_public_client_is_refused():
    world = await make_world()
    assert await refused(world, authorization=None, client_id="nobody")


async def test_a_request_without_any_client_is_refused():
    world = await make_world()
    assert "no client_id" in (await refused(world, authorization=None)).detail


async def test_a_scheme_that_is_no_client_authentication_is_challenged():
    world = await make_world()
    with pytest.raises(InvalidClient) as caught:
        await token(ClientRequest(Parameters(tuple(GRANT.items())), "Bearer abc"), world.server)
    assert "www-authenticate" in caught.value.headers


async def test_client_id_in_the_form_must_be_that_of_the_header():
    """Two readers of the request must not see two clients."""
    world = await make_world()
    with pytest.raises(InvalidRequest):
        await world.token(authorization="worker", client_id="app", **GRANT)
    assert await world.token(authorization="worker", client_id="worker", **GRANT)


async def test_a_public_client_gets_no_client_credentials():
    """§4.4: MUST only be used by confidential clients."""
    world = await make_world()
    await world.storage.commit((SaveClient(replace(WORKER, token_endpoint_auth_method="none")),))
    with pytest.raises(UnauthorizedClient):
        await world.token(authorization=None, client_id="worker", **GRANT)


async def test_two_secrets_are_good_while_one_replaces_the_other():
    world = await make_world()
    both = (digest("new-secret"), digest(SECRET))
    await world.storage.commit((SaveClient(replace(WORKER, client_secret_digests=both)),))
    assert await world.token(authorization="worker", **GRANT)


async def test_a_client_without_any_secret_cannot_use_the_empty_one():
    """An empty secret is no secret."""
    world = await make_world()
    await world.storage.commit((SaveClient(replace(WORKER, client_secret_digests=())),))
    for secret in ("", "x"):
        with pytest.raises(OAuthError):
            await token(
                ClientRequest(Parameters(tuple(GRANT.items())), basic("worker", secret)), world.server
            )


async def asserted(
    world, *, audience=ISSUER, jti="1", key=KEY, client_id="asserted", now=None, lifetime=60, **parameters
):
    assertion = client_assertion.make(
        ClientId(client_id),
        key,
        audience=audience,
        jti=jti,
        now=now or world.clock.now(),
        lifetime=Seconds(lifetime),
    )
    return await world.token(
        **{
            "authorization": None,
            "client_assertion": assertion,
            "client_assertion_type": client_assertion.CLIENT_ASSERTION_TYPE,
            **GRANT,
            **parameters,
        }
    )


async def asserting_world(**changes):
    world = await make_world(**changes)
    await world.storage.commit((SaveClient(ASSERTED),))
    return world


@pytest.mark.parametrize(
    "audience", [ISSUER, *(f"{ISSUER}/{path}" for path in ("token", "introspect", "revoke"))]
)
async def test_private_key_jwt(audience):
    """RFC 7523 §3; oidcc ensure-client-assertion-with-iss-aud-succeeds: the issuer, and our endpoints."""
    world = await asserting_world()
    assert await asserted(world, audience=audience)


async def test_an_assertion_is_used_once():
    """RFC 7523 §3: a ``jti`` that was used is remembered."""
    world = await asserting_world()
    await asserted(world)
    with pytest.raises(InvalidClient) as caught:
        await asserted(world)
    assert caught.value.detail == "the client_assertion was used before"
    assert await asserted(world, jti="2")


@pytest.mark.parametrize(
    "parameters",
    [
        {"scope": "unknown"},
        {"grant_type": None},
        {"grant_type": "password"},
        {"scope": "items:read secrets:read", "resource": [API, OPAQUE_API]},
    ],
)
async def test_an_assertion_is_used_up_by_a_request_that_is_refused(parameters):
    """Who overheard a failing request cannot use its assertion."""
    world = await asserting_world()
    with pytest.raises(OAuthError):
        await asserted(world, **parameters)
    with pytest.raises(InvalidClient):
        await asserted(world)


def asserting_request(world, **parameters):
    assertion = client_assertion.make(
        ClientId("asserted"), KEY, audience=ISSUER, jti="1", now=world.clock.now()
    )
    return world.request(
        client_assertion=assertion,
        client_assertion_type=client_assertion.CLIENT_ASSERTION_TYPE,
        **parameters,
    )


@pytest.mark.parametrize("endpoint", [introspection, revocation])
async def test_an_assertion_is_used_once_at_every_endpoint(endpoint):
    """RFC 7523 §3, item 7; RFC 7662 §2.3 and RFC 7009 §2.2.1: what is refused is the client, by its code."""
    world = await asserting_world()
    await endpoint(asserting_request(world, token="x"), world.server)
    with pytest.raises(InvalidClient) as caught:
        await endpoint(asserting_request(world, token="x"), world.server)
    assert caught.value.detail == "the client_assertion was used before"
    assert await refused(
        world, authorization=None, **dict(asserting_request(world).parameters), client_id="asserted"
    )


@pytest.mark.parametrize("endpoint", [introspection, revocation])
async def test_an_assertion_is_used_up_by_a_refusal_at_every_endpoint(endpoint):
    """RFC 7523 §3: whoever overheard the request that failed cannot use it at another endpoint."""
    world = await asserting_world()
    with pytest.raises(InvalidRequest):
        await endpoint(asserting_request(world), world.server)
    with pytest.raises(InvalidClient):
        await endpoint(asserting_request(world, token="x"), world.server)


async def test_an_assertion_is_used_up_by_an_attempt_on_the_token_of_another():
    """RFC 7009 §2.1: the token of another client is refused."""
    world = await asserting_world()
    tokens = await world.tokens(scope="openid offline_access")
    with pytest.raises(UnauthorizedClient):
        await revocation(asserting_request(world, token=tokens.refresh_token.reveal()), world.server)
    with pytest.raises(InvalidClient):
        await revocation(asserting_request(world, token="x"), world.server)


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "https://elsewhere.example.com"},
        {"key": generate_jwk("ES256", kid="k1")},
        {"client_id": "worker"},
        {"client_id": "nobody"},
        {"client_assertion": "x.y.z"},
        {"client_assertion_type": "urn:other"},
        {"client_id_in_form": "app"},
    ],
)
async def test_a_wrong_assertion_is_refused(changes):
    """RFC 7523 §3."""
    world = await asserting_world()
    if "client_id_in_form" in changes:
        changes = {}
        assertion = client_assertion.make(
            ClientId("asserted"), KEY, audience=ISSUER, jti="9", now=world.clock.now()
        )
        changes = {"client_assertion": assertion, "client_id": "app"}
        with pytest.raises(InvalidClient):
            await world.token(
                authorization=None,
                client_assertion_type=client_assertion.CLIENT_ASSERTION_TYPE,
                **changes,
                **GRANT,
            )
        return
    with pytest.raises(InvalidClient):
        await asserted(world, **changes)


async def test_the_policy_says_how_long_an_assertion_may_live():
    """`Policy.client_assertion_lifetime` bounds how long a used ``jti`` is remembered."""
    policy = Policy(client_assertion_lifetime=timedelta(seconds=20), clock_leeway=timedelta())
    world = await asserting_world(policy=policy)
    assert await asserted(world, lifetime=20)
    with pytest.raises(InvalidClient) as caught:
        await asserted(world, jti="2", lifetime=21)
    assert caught.value.detail == "the client_assertion expires too far in the future"


async def test_the_policy_says_how_far_off_a_clients_clock_may_be():
    """`Policy.clock_leeway`."""
    world = await asserting_world(policy=Policy(clock_leeway=timedelta(seconds=5)))
    ahead = world.clock.now()
    world.clock.advance(-5)
    assert await asserted(world, now=ahead)
    world.clock.advance(-1)
    with pytest.raises(InvalidClient):
        await asserted(world, jti="2", now=ahead)
