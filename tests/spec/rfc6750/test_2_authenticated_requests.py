"""RFC 6750 §2: how a token is sent; at the level of a whole request."""

import pytest

from authwright.oauth.http import HttpRequest
from authwright.resource_server.refusals import Refused
from support.resource_server import World


async def code(world, request):
    with pytest.raises(Refused) as caught:
        await world.protection.verify(request)
    return caught.value.refusal.code


async def test_2_1_authorization_header():
    """§2.1: "Resource servers MUST support this method"."""
    world = World()
    header = {"authorization": f"bearer {world.issuer.access_token()}"}
    assert (await world.protection.verify(HttpRequest("GET", "/", header))).subject == "alice"


async def test_2_2_form_is_optional():
    """§2.2: "Resource servers MAY support this method": only when the API says so."""
    world = World()
    form = f"access_token={world.issuer.access_token()}".encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert await code(world, HttpRequest("POST", "/", headers, form)) == "AW101"


async def test_2_3_query_is_refused():
    """§2.3: "SHOULD NOT be used": we do not, and tell the client that its token has leaked."""
    world = World()
    assert await code(world, HttpRequest("GET", f"/?access_token={world.issuer.access_token()}")) == "AW115"


async def test_2_not_more_than_one_method():
    """§2: "Clients MUST NOT use more than one method to transmit the token in each request"."""
    world = World()
    token = world.issuer.access_token()
    request = HttpRequest("GET", f"/?access_token={token}", {"authorization": f"Bearer {token}"})
    assert await code(world, request) == "AW115"
    repeated = HttpRequest("GET", "/", {"authorization": f"Bearer {token}, Bearer {token}"})
    assert await code(world, repeated) == "AW114"
