"""authwright.authorization_server.access_tokens: tokens of a key, or of a clock, that another node has."""

from dataclasses import replace

import pytest

from authwright.authorization_server.access_tokens import read_access_token
from authwright.authorization_server.verified_tokens import VerifiedTokens
from authwright.jose.jwks import Jwks
from authwright.testing.clock import FrozenClock
from authwright.testing.signer import LocalSigner
from support.authorization_server import make_world


class Behind:
    """The signer of a node that has not heard of the key of *ahead* until it looks; counts the looks."""

    def __init__(self, ahead):
        self.ahead, self.looks = ahead, 0

    def jwks(self):
        return self.ahead.jwks() if self.looks else Jwks(())

    async def renewed_jwks(self):
        self.looks += 1
        return self.jwks()


async def issued(world):
    response = await world.token(authorization="worker", grant_type="client_credentials")
    return response.access_token


def other_node(world, signer, clock=None):
    """The same issuer, in another process."""
    return replace(world.server, signer=signer, clock=clock or world.clock, verified_tokens=VerifiedTokens())


async def read(server, token):
    return await read_access_token(token, server, server.clock.now())


async def test_a_key_of_another_node_is_looked_for_before_its_token_is_refused():
    """Once: then it is known."""
    world = await make_world()
    token, signer = await issued(world), Behind(world.server.signer)
    server = other_node(world, signer)
    assert (await read(server, token)).client_id == "worker"
    assert (await read(server, token)).client_id == "worker"
    assert signer.looks == 1


async def test_a_key_that_nobody_has_is_refused():
    """After the same look."""
    world = await make_world()
    signer = Behind(LocalSigner("ES256", "RS256"))
    assert await read(other_node(world, signer), await issued(world)) is None
    assert signer.looks == 1


@pytest.mark.parametrize(("behind", "is_good"), [(60, True), (61, False)])
async def test_a_clock_of_another_node_may_be_ahead(behind, is_good):
    """By a minute."""
    world = await make_world()
    token = await issued(world)
    clock = FrozenClock(world.clock.now() - behind)
    live = await read(other_node(world, world.server.signer, clock), token)
    assert (live is not None) is is_good
