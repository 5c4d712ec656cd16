"""Issuers in one process, nodes on one database, secrets in logs, addresses behind proxies."""

import asyncio
import base64
import contextlib
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from authwright.authorization_server.issuance import TokenResponse
from authwright.authorization_server.writes import SaveClient, SaveProtectedResource
from authwright.idp.storage.open import open_storage
from authwright.oauth.errors import InvalidGrant, OAuthError
from authwright.testing.entropy import CountingEntropy
from support.authorization_server import APIS, APP, WORKER, make_world
from support.pages import APP as PAGES_APP
from support.pages import APP_SECRET, PASSWORD, make_place
from support.pages import ISSUER as PAGES_ISSUER
from support.pages import REDIRECT_URI as PAGES_REDIRECT_URI
from support.pkce import VERIFIER
from support.storages import new_database_url

FORM = {"content-type": "application/x-www-form-urlencoded"}


def flow(place):
    """A person signs in and consents; the client gets tokens."""
    browser = place.browser()
    page = browser.sign_in(page=browser.authorize(scope="openid profile offline_access"))
    browser.press(page, "aw-allow")
    answer = browser.answer()
    response = browser.token(answer["code"])
    assert response.status_code == 200
    return answer, response.json()


def test_two_issuers_in_one_process_share_nothing():
    """ARCHITECTURE: no process-wide state. A token of one is nothing to the other, nor is a session."""
    one, two = asyncio.run(make_place()), asyncio.run(make_place("https://two.example.com"))
    for place in (one, two):
        place.add_account("alice")
    _, tokens = flow(one)
    _, others = flow(two)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert one.browser().client.get("/userinfo", headers=bearer).status_code == 200
    assert two.browser().client.get("/userinfo", headers=bearer).status_code == 401
    assert one.idp.keyring.jwks() != two.idp.keyring.jwks()
    assert others["access_token"] != tokens["access_token"]


def test_an_issuer_with_a_path():
    """RFC 8414 §3.1: both well-known addresses; pages and endpoints live under the path."""
    place = asyncio.run(make_place("https://example.com/realms/one"))
    place.add_account("alice")
    client = place.browser().client
    found = client.get("https://example.com/realms/one/.well-known/openid-configuration").json()
    inserted = client.get("https://example.com/.well-known/oauth-authorization-server/realms/one").json()
    assert found == inserted
    assert found["token_endpoint"] == "https://example.com/realms/one/token"
    assert client.get("https://example.com/realms/one/login").status_code == 200
    assert client.get("https://example.com/login").status_code == 404


def test_the_host_header_changes_nothing():
    """Every URL is built from the configured issuer."""
    place = asyncio.run(make_place())
    response = place.browser().client.get(
        "/.well-known/openid-configuration",
        headers={"host": "evil.example.com", "x-forwarded-host": "evil.example.com"},
    )
    assert "evil" not in response.text
    assert response.json()["issuer"] == PAGES_ISSUER


def test_no_secret_reaches_the_log_or_an_error():
    """Grep for every secret of a whole story, successes and refusals."""
    place = asyncio.run(make_place())
    place.add_account("alice")
    browser = place.browser()
    answer, tokens = flow(place)
    answers = [
        browser.token(answer["code"]),
        browser.client.post("/token", data={"grant_type": "refresh_token", "refresh_token": "x" * 43}),
        browser.client.post("/token", auth=("app", APP_SECRET), data={"grant_type": "nonsense"}),
        browser.client.get("/userinfo", headers={"authorization": f"Bearer {tokens['id_token']}"}),
        browser.client.post("/token?client_secret=" + APP_SECRET, data={"client_id": "app"}),
    ]
    browser.sign_in(password="a wrong password that is long")
    browser.authorize(redirect_uri="https://evil.example.com/" + tokens["access_token"])
    secrets = [
        PASSWORD, APP_SECRET, VERIFIER, answer["code"], tokens["access_token"], tokens["id_token"],
        tokens["refresh_token"], "a wrong password that is long", "x" * 43,
        *(cookie.value for cookie in browser.client.cookies.jar),
    ]  # fmt: skip
    everything = "\n".join([*place.lines, *(response.text for response in answers)])
    assert len(place.lines) > 5
    for secret in secrets:
        assert secret not in everything
    for line in place.lines:
        assert json.loads(line)


@pytest.mark.parametrize("method", ["get", "post"])
def test_client_credentials_in_the_url_are_refused(method):
    """RFC 6749 §2.3.1: MUST NOT be in the request URI; they would be in every log on the way."""
    client = asyncio.run(make_place()).browser().client
    response = getattr(client, method)(f"/token?client_id=app&client_secret={APP_SECRET}")
    assert response.status_code in {400, 405}


def test_cors_is_for_the_origins_of_clients():
    """A single-page app at a registered origin may read; others may not. Metadata is for everybody."""
    client = asyncio.run(make_place()).browser().client
    ours, theirs = "https://app.example.com", "https://evil.example.com"
    asked = {"access-control-request-method": "POST"}
    good = client.options("/token", headers={"origin": ours, **asked})
    assert good.headers["access-control-allow-origin"] == ours
    assert (
        "access-control-allow-origin"
        not in client.options("/token", headers={"origin": theirs, **asked}).headers
    )
    refused = client.post("/token", headers={"origin": ours}, data={})
    assert refused.headers["access-control-allow-origin"] == ours
    assert "access-control-allow-credentials" not in refused.headers
    assert (
        "access-control-allow-origin"
        not in client.post("/token", headers={"origin": theirs}, data={}).headers
    )
    assert client.get("/jwks", headers={"origin": theirs}).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in client.get("/login", headers={"origin": ours}).headers


def test_a_body_of_another_type_is_refused():
    """RFC 6749 §3.2: a form, and nothing that is like one."""
    client = asyncio.run(make_place()).browser().client
    body = json.dumps({"grant_type": "client_credentials"})
    response = client.post("/token", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("order", [1, -1])
def test_a_parameter_that_comes_twice_is_refused_everywhere(order):
    """RFC 6749 §3.1, §3.2: MUST NOT, since two readers may take two values. CVE-2026-9689."""
    client = asyncio.run(make_place()).browser().client

    def twice(name, first, second, **others):
        return urlencode([*others.items(), *[(name, first), (name, second)][::order]])

    asked = {"client_id": "app", "response_type": "code", "scope": "openid", "code_challenge_method": "S256"}
    queries = [
        twice("redirect_uri", PAGES_REDIRECT_URI, "https://evil.example.com/", **asked),
        twice("client_id", "app", "trusted", redirect_uri=PAGES_REDIRECT_URI, response_type="code"),
        twice("state", "a", "b", redirect_uri=PAGES_REDIRECT_URI, **asked),
    ]
    for query in queries:
        for response in (
            client.get(f"/authorize?{query}"),
            client.post("/authorize", content=query, headers=FORM),
        ):
            assert response.status_code == 400
            assert "location" not in response.headers
    credentials = {"client_id": "app", "client_secret": APP_SECRET}
    for path, name in (("/token", "grant_type"), ("/introspect", "token"), ("/revoke", "token")):
        response = client.post(path, content=twice(name, "a", "b", **credentials), headers=FORM)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), path
    post_logout = twice("post_logout_redirect_uri", "https://app.example.com/", "https://evil.example.com/")
    assert client.get(f"/logout?{post_logout}").status_code == 400


def test_wrong_methods_are_told_the_right_ones():
    """RFC 9110 §15.5.6."""
    client = asyncio.run(make_place()).browser().client
    assert client.get("/token").status_code == 405
    assert client.get("/token").headers["allow"] == "POST, OPTIONS"
    assert client.delete("/jwks").status_code == 405


@contextlib.asynccontextmanager
async def node(url, seed):
    """A server with a storage of its own on the database at *url*."""
    storage = open_storage(url)
    try:
        world = await make_world(storage=storage, entropy=CountingEntropy(seed))
        await storage.commit((SaveClient(APP), SaveClient(WORKER), *map(SaveProtectedResource, APIS)))
        yield world
    finally:
        await storage.close()


@contextlib.asynccontextmanager
async def two_nodes(path: Path):
    """Two servers on one database."""
    url = new_database_url(path)
    async with node(url, "one") as one, node(url, "two") as two:
        yield one, two


async def test_one_code_on_two_nodes_gives_tokens_once(tmp_path):
    """Parallel redemptions over two nodes: exactly one success each; then the grant is revoked."""
    async with two_nodes(tmp_path) as (one, two):
        for _ in range(20):
            browser = one.browser()
            code = await browser.code(scope="openid offline_access")
            results = await asyncio.gather(
                *((one, two)[number % 2].redeem(code) for number in range(20)), return_exceptions=True
            )
            won = [result for result in results if isinstance(result, TokenResponse)]
            assert len(won) == 1
            assert all(isinstance(result, OAuthError | TokenResponse) for result in results)
            with pytest.raises(InvalidGrant):
                await two.refresh(won[0])


async def test_a_replay_is_noticed_after_a_restart(tmp_path):
    """
    A code that was redeemed and a refresh token that was rotated before the restart are known as spent, and
    each takes its grant along. RFC 6749 §4.1.2, RFC 9700 §4.14.2; CVE-2026-9802.
    """
    url = new_database_url(tmp_path)
    async with node(url, "before") as before:
        code = await before.browser().code(scope="openid offline_access")
        redeemed = await before.redeem(code)
        first = await before.tokens(scope="openid offline_access")
        newest = await before.refresh(first)
    async with node(url, "after") as after:
        after.clock.advance(31)
        with pytest.raises(InvalidGrant, match="redeemed before"):
            await after.redeem(code)
        with pytest.raises(InvalidGrant, match="used before"):
            await after.refresh(first)
        for tokens in (redeemed, newest):
            with pytest.raises(InvalidGrant, match="revoked"):
                await after.refresh(tokens)


async def test_a_session_of_one_node_is_known_to_the_other(tmp_path):
    """Sign-in here, tokens there: nothing lives in a process."""
    async with two_nodes(tmp_path) as (one, two):
        browser = one.browser()
        await browser.log_in()
        browser.server = two.server
        code = await browser.code(prompt="none", scope="openid items:read")
        assert (await one.redeem(code)).scope == "items:read openid"


def test_basic_credentials_are_the_rfcs():
    """RFC 6749 §2.3.1: form-urlencoded inside Basic; a secret with a plus and a colon survives."""
    place = asyncio.run(make_place())
    client = place.browser().client
    encoded = base64.b64encode(b"app:" + APP_SECRET.encode()).decode()
    response = client.post("/token", data={"grant_type": "x"}, headers={"authorization": f"bAsIc {encoded}"})
    # Refused for the method that it registered, and not for its syntax: the log says so.
    assert response.json()["error"] == "invalid_client"
    assert any("another token_endpoint_auth_method" in line for line in place.lines)
    assert PAGES_APP.token_endpoint_auth_method == "client_secret_post"
