"""What the guides show runs, and does what they say."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from support.fake_provider import AsyncWire, FakeProvider

GUIDES = Path(__file__).parents[3] / "docs" / "guides"


@pytest.fixture
def program(monkeypatch):
    """The names that the code of a guide defines, read from top to bottom."""
    monkeypatch.setenv("API_SECRET", "secret-of-the-api")
    monkeypatch.setenv("CLIENT_SECRET", "secret-of-the-client")

    def run(guide):
        page = (GUIDES / guide).read_text("utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        names = {"__name__": "guide"}
        exec(compile("\n".join(blocks), guide, "exec"), names)
        return names

    return run


def test_protect_an_api(program):
    names = program("protect-an-api.md")
    names["test_readers_read"]()
    names["test_without_tokens"]()

    issuer = names["issuer"]
    with TestClient(names["app"]) as client:
        editor = issuer.authorization(scope="items:write", groups=["editors"])
        assert client.delete("/items/1", headers=editor).status_code == 200
        assert client.delete("/items/1", headers=issuer.authorization(scope="items:write")).status_code == 403
        with client.websocket_connect("/feed", headers=issuer.authorization(scope="items:read")) as feed:
            assert feed.receive_text() == "alice"
        document = client.get("/.well-known/oauth-protected-resource").json()
        assert document["scopes_supported"] == ["items:read", "items:write"]

    gold = {"permissions": ["read"], "https://example.com/roles": ["gold"]}
    response = TestClient(names["app"]).get("/partners", headers=names["tenant"].authorization(claims=gold))
    assert response.json() == ["read", "gold"]

    with TestClient(names["inner"]) as client:
        admin = issuer.authorization(scope="reports", roles=["admin"])
        assert client.get("/staff/report", headers=admin).json() == {"for": "alice"}
        assert client.get("/staff/report", headers=issuer.authorization(scope="reports")).status_code == 403


async def test_sign_people_in(program):
    names = program("sign-people-in.md")
    provider = FakeProvider()
    names["client"]._transport = AsyncWire(provider)
    names["client"].clock = names["client"]._exchanges.clock = provider.clock

    session = {}
    url = await names["begin"](session)
    assert await names["callback"](session, provider.authorize(url)) == "https://id.example.com alice"
    assert list(session) == ["tokens"]
    async with names["api_of"](session) as api:
        assert str(api.base_url) == names["API"]
    assert urlsplit(await names["sign_out"](session)).path == "/logout"
    assert (session, len(provider.revoked)) == ({}, 1)
    names["api"].close()
