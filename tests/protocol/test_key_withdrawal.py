"""A signing key that somebody else has: nothing that it signed is good at any endpoint of ours."""

import pytest

from support.pages import API, APP_SECRET, REDIRECT_URI, TRUSTED, run

CREDENTIALS = {"client_id": "app", "client_secret": APP_SECRET}


@pytest.fixture
def signed_in(browser):
    """A person's tokens: the app's, and the browser that they came by."""
    page = browser.sign_in(page=browser.authorize(scope="openid offline_access items:read", resource=API))
    browser.press(page, "aw-allow")
    return browser, browser.token(browser.answer()["code"]).json()


def withdraw(place, alg):
    """The key that signs by *alg* is withdrawn, as by `authwright keys withdraw`."""
    (kid,) = [key.kid for key in place.idp.server.signer.jwks().keys if key.alg == alg]
    run(place.idp.keyring.withdraw(kid, place.clock.now()))
    return kid


def test_it_is_published_no_longer(browser, place):
    """OpenID Connect Core §10.1.1: what is not in the JWK Set verifies nothing."""
    kid = withdraw(place, "ES256")
    document = browser.client.get("/.well-known/openid-configuration").json()
    keys = browser.client.get(document["jwks_uri"]).json()["keys"]
    assert kid not in [key["kid"] for key in keys]
    assert sorted(key["alg"] for key in keys) == ["ES256", "RS256"]


def test_access_tokens_are_refused(place, signed_in):
    """At introspection and userinfo, RFC 7662 §2.2 and OpenID Connect Core §5.3.3; new ones are good."""
    browser, tokens = signed_in
    asked = {**CREDENTIALS, "token": tokens["access_token"]}
    assert browser.client.post("/introspect", data=asked).json()["active"]
    withdraw(place, "ES256")
    assert browser.client.post("/introspect", data=asked).json() == {"active": False}
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert browser.client.get("/userinfo", headers=bearer).status_code == 401
    refreshed = {
        **CREDENTIALS,
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }
    new = browser.client.post("/token", data=refreshed).json()["access_token"]
    assert browser.client.post("/introspect", data={**CREDENTIALS, "token": new}).json()["active"]


def test_id_tokens_prove_nothing(place, browser):
    """An id_token_hint of the withdrawn key signs nobody out, RP-Initiated Logout §2; the session goes on."""
    browser.sign_in(page=browser.authorize(TRUSTED.client_id))
    tokens = browser.client.post(
        "/token",
        data={
            "grant_type": "authorization_code",
            "code": browser.answer()["code"],
            "redirect_uri": REDIRECT_URI,
            "code_verifier": "v" * 43,
            "client_id": TRUSTED.client_id,
            "client_secret": APP_SECRET,
        },
    ).json()
    withdraw(place, "RS256")
    page = browser.get("/logout", id_token_hint=tokens["id_token"])
    assert page.status == 400
    assert browser.get("/account").status == 200


def test_sessions_stay(place, browser):
    """They are not signed."""
    browser.sign_in()
    withdraw(place, "ES256")
    withdraw(place, "RS256")
    assert browser.get("/account").path == "/account"
