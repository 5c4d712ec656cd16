"""OpenID Connect Core §2, §3.1.3.6, §12.2: the ID token."""

from dataclasses import replace

import pytest

from authwright.authorization_server.writes import SaveClient
from authwright.jose import jws
from authwright.jose.encoding import parse_json_object
from authwright.oidc.id_token import ExpectedIdToken, check_id_token
from support.authorization_server import APP, ISSUER, SIGNER, make_world


def opened(response, alg="RS256"):
    verified = jws.verify(response.id_token.reveal(), SIGNER.jwks(), algorithms=(alg,))
    return verified.header, parse_json_object(verified.payload)


async def test_oidcc_idtoken_signature():
    """A client without id_token_signed_response_alg gets RS256 and a kid."""
    world = await make_world()
    header, _ = opened(await world.tokens())
    assert header["alg"] == "RS256"
    assert header["kid"]


async def test_only_claims_that_were_asked_for():
    """Certification warns of others: profile claims go to userinfo."""
    world = await make_world()
    _, claims = opened(await world.tokens(scope="openid profile email", nonce="n-1"))
    assert set(claims) == {
        "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
    }  # fmt: skip
    assert (claims["iss"], claims["sub"], claims["aud"], claims["nonce"]) == (ISSUER, "alice", "app", "n-1")


async def test_without_nonce_none_is_returned():
    """oidcc ensure-request-without-nonce-succeeds-for-code-flow."""
    world = await make_world()
    assert "nonce" not in opened(await world.tokens())[1]


@pytest.mark.parametrize("length", [43, 64, 384])
async def test_long_nonces_come_back_intact(length):
    world = await make_world()
    assert opened(await world.tokens(nonce="n" * length))[1]["nonce"] == "n" * length


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_client_may_register_another_algorithm(alg):
    """Our own client checks it, with at_hash."""
    world = await make_world()
    await world.storage.commit((SaveClient(replace(APP, id_token_signed_response_alg=alg)),))
    tokens = await world.tokens(nonce="n")
    checked = check_id_token(
        tokens.id_token.reveal(),
        SIGNER.jwks(),
        ExpectedIdToken(issuer=ISSUER, client_id=APP.client_id, algorithms=frozenset({alg}), nonce="n"),
        access_token=tokens.access_token.reveal(),
        now=world.clock.now(),
    )
    assert checked.subject == "alice"


async def test_a_refreshed_id_token_keeps_who_and_when():
    """§12.2: iss, sub, aud, auth_time the same, iat newer, no nonce needed."""
    world = await make_world()
    tokens = await world.tokens(scope="openid offline_access", nonce="n")
    before = opened(tokens)[1]
    world.clock.advance(100)
    after = opened(await world.refresh(tokens))[1]
    for claim in ("iss", "sub", "aud", "auth_time", "sid", "acr"):
        assert after[claim] == before[claim]
    assert after["iat"] == before["iat"] + 100
    assert "nonce" not in after


async def test_auth_time_is_that_of_the_sign_in():
    """Stable across silent requests."""
    world = await make_world()
    browser = world.browser()
    first = opened(await world.tokens(browser, max_age=10_000))[1]
    world.clock.advance(50)
    second = opened(await world.tokens(browser, prompt="none", max_age=10_000))[1]
    assert second["auth_time"] == first["auth_time"]
    assert second["sub"] == first["sub"]


async def test_no_id_token_without_openid():
    world = await make_world()
    assert (await world.tokens(scope="items:read")).id_token is None
