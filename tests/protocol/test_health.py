"""What load balancers and supervisors ask: may requests come here, and does this process turn."""

import asyncio

import pytest


@pytest.fixture
def client(place):
    return place.browser().client


def test_a_node_that_can_write_is_ready(client):
    """And alive. Nobody may keep the answer."""
    for path in ("/healthz", "/livez"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["cache-control"] == "no-store"


def test_a_node_that_was_told_to_stop_is_not_ready(client, place):
    """It is alive, and serves whoever is here."""
    place.idp.stopping.set()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "stopping"})
    assert client.get("/livez").status_code == 200
    assert client.get("/jwks").status_code == 200


def test_a_node_without_its_database_is_not_ready(client, place):
    """It is alive: to start it anew brings no database back. RFC 9110 §10.2.3 for Retry-After."""
    asyncio.run(place.storage.close())
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    assert client.get("/livez").status_code == 200
