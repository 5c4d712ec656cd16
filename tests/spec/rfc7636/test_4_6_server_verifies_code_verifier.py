"""RFC 7636: PKCE at the authorization and token endpoints."""

from dataclasses import replace

import pytest

from authwright.authorization_server.writes import SaveClient
from authwright.oauth.errors import InvalidGrant
from support.authorization_server import APP, answer, make_world
from support.pkce import VERIFIER


async def refusal(**parameters) -> dict[str, str]:
    world = await make_world()
    return answer(await world.browser().authorize(**parameters))


async def test_a_challenge_is_required():
    """§4.4.1, RFC 9700 §2.1.1."""
    assert (await refusal(drop=("code_challenge",)))["error"] == "invalid_request"


@pytest.mark.parametrize("method", ["plain", None, "s256", "S512"])
async def test_only_s256_is_accepted(method):
    """§4.2; an absent method means plain (§4.3)."""
    assert (await refusal(code_challenge_method=method))["error"] == "invalid_request"


@pytest.mark.parametrize("challenge", ["short", VERIFIER, "A" * 44, "é" * 43])
async def test_a_malformed_challenge_is_refused(challenge):
    """§4.2: the base64url of a SHA-256."""
    assert (await refusal(code_challenge=challenge))["error"] == "invalid_request"


async def test_a_wrong_verifier_is_refused_and_does_not_spend_the_code():
    """§4.6: invalid_grant. Whoever only saw the code cannot stop its owner."""
    world = await make_world()
    code = await world.browser().code()
    for verifier in ("w" * 43, "short", "v" * 129, None):
        with pytest.raises(InvalidGrant):
            await world.redeem(code, code_verifier=verifier)
    assert await world.redeem(code)


async def test_a_verifier_without_a_challenge_is_refused():
    """RFC 9700 §4.8.2: the challenge was removed on the way."""
    world = await make_world()
    await world.storage.commit((SaveClient(replace(APP, require_pkce=False)),))
    browser = world.browser()
    code = await browser.code(drop=("code_challenge", "code_challenge_method"))
    with pytest.raises(InvalidGrant) as caught:
        await world.redeem(code)
    assert "no code_challenge" in caught.value.detail
    assert await world.redeem(code, code_verifier=None)


async def test_a_client_with_the_exception_may_still_use_pkce():
    world = await make_world()
    await world.storage.commit((SaveClient(replace(APP, require_pkce=False)),))
    code = await world.browser().code()
    with pytest.raises(InvalidGrant):
        await world.redeem(code, code_verifier=None)
    assert await world.redeem(code)


async def test_a_method_without_a_challenge_is_refused():
    world = await make_world()
    await world.storage.commit((SaveClient(replace(APP, require_pkce=False)),))
    assert answer(await world.browser().authorize(drop=("code_challenge",)))["error"] == "invalid_request"
