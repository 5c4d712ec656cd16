"""RFC 6750 §3: the challenge, read by the parser that clients use."""

import pytest

from authwright.oauth.challenge import parse_challenges
from authwright.oauth.http import HttpRequest
from authwright.oauth.scope import parse_scope
from authwright.resource_server.error_response import error_response
from authwright.resource_server.refusals import Refused
from support.resource_server import World, bearing

METADATA = "https://api.test/.well-known/oauth-protected-resource"


async def challenge(world, request, scope=""):
    with pytest.raises(Refused) as caught:
        await world.protection.verify(request, scope=parse_scope(scope))
    response = error_response(caught.value, resource_metadata=METADATA)
    (parsed,) = parse_challenges(response.headers["www-authenticate"])
    assert parsed.scheme == "bearer"
    return response.status, dict(parsed.parameters)


async def test_3_1_no_credentials():
    """§3.1: "the resource server SHOULD NOT include an error code or other error information"."""
    status, parameters = await challenge(World(), HttpRequest("GET", "/"), "items:read")
    assert (status, parameters) == (401, {"scope": "items:read", "resource_metadata": METADATA})


async def test_3_1_invalid_request():
    """§3.1: "The resource server SHOULD respond with the HTTP 400 (Bad Request) status code"."""
    status, parameters = await challenge(World(), HttpRequest("GET", "/", {"authorization": "Bearer a b"}))
    assert (status, parameters["error"]) == (400, "invalid_request")


async def test_3_1_invalid_token():
    """§3.1: "The resource SHOULD respond with the HTTP 401 (Unauthorized) status code"."""
    world = World()
    status, parameters = await challenge(
        world, bearing(world.issuer.access_token(lifetime=-60)), "items:read"
    )
    assert status == 401
    assert parameters == {
        "error": "invalid_token",
        "error_description": "The access token has expired.",
        "scope": "items:read",
        "resource_metadata": METADATA,
    }


async def test_3_1_insufficient_scope():
    """§3.1: "SHOULD respond with the HTTP 403 … MAY include the scope attribute with the scope necessary"."""
    world = World()
    status, parameters = await challenge(world, bearing(world.issuer.access_token(scope="a")), "b a")
    assert (status, parameters["error"], parameters["scope"]) == (403, "insufficient_scope", "a b")
