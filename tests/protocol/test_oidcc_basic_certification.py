"""
The OpenID Foundation's basic certification plan for providers, module by module, over HTTP.

Each test bears the name of its module and does what the module does: against the
whole provider, by way of its pages, as a client and a person would.
"""

import asyncio
import math
from collections import Counter
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from authwright.authorization_server.writes import SaveClient
from authwright.idp.writes import SaveAccount
from authwright.jose import jws
from authwright.jose.encoding import b64url_decode, dump_json, parse_json_object
from authwright.jose.jwks import parse_jwks
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, digest
from authwright.oidc.id_token import at_hash
from support.pages import APP_SECRET, PASSWORD, REDIRECT_URI, TRUSTED, make_place
from support.pkce import CHALLENGE, VERIFIER

SCOPE = "openid profile email address phone offline_access"
RP = replace(TRUSTED, client_id=ClientId("rp"), scope=parse_scope(SCOPE), require_pkce=False)
RP_2 = replace(
    RP, client_id=ClientId("rp2"), token_endpoint_auth_method="client_secret_basic",
    client_secret_digests=(digest("another-secret-with-many-characters"),),
)  # fmt: skip
PROFILE = {
    "name": "Alice Example", "family_name": "Example", "given_name": "Alice", "middle_name": "M",
    "nickname": "al", "preferred_username": "alice", "profile": "https://people.example.com/alice",
    "picture": "https://people.example.com/alice.png", "website": "https://alice.example.com",
    "gender": "female", "birthdate": "1990-01-01", "zoneinfo": "Europe/Berlin", "locale": "de-DE",
    "updated_at": 1_700_000_000,
}  # fmt: skip
EMAIL = {"email": "alice@example.com", "email_verified": True}
PHONE = {"phone_number": "+49 30 1234", "phone_number_verified": True}
ADDRESS = {"address": {"street_address": "1 Main St", "locality": "Berlin", "country": "DE"}}
LONG_STATE = "s" * 128


class Run:
    """One module's run: a provider, a person's browser, and the client between them."""

    def __init__(self):
        self.place = asyncio.run(make_place())
        self.place.commit(SaveClient(RP), SaveClient(RP_2))
        account = self.place.add_account("alice")
        asyncio.run(self._fill(account))
        self.browser = self.place.browser()

    async def _fill(self, account):
        stored = await self.place.storage.account(account.subject)
        claims = {**PROFILE, **EMAIL, **PHONE, **ADDRESS}
        await self.place.storage.commit((SaveAccount(replace(stored, claims=claims)),))

    def authorize(self, **parameters):
        """An authorization request of the plan: PKCE only where a module says so."""
        return self.browser.authorize(
            parameters.pop("client_id", "rp"),
            **{"scope": "openid", "code_challenge": None, "code_challenge_method": None, **parameters},
        )

    def sign_in(self, page):
        assert page.path == "/login", page.text
        return self.browser.press(page, "aw-submit", login="alice", password=PASSWORD)

    def answer(self, **parameters):
        """The authorization response, signing in and consenting when asked."""
        page = self.authorize(**parameters)
        if self.browser.left_for is None and page.path == "/login":
            page = self.sign_in(page)
        if self.browser.left_for is None and page.path == "/consent":
            self.browser.press(page, "aw-allow")
        return self.browser.answer()

    def redeem(self, code, client_id="rp", **parameters):
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "client_id": client_id,
            "client_secret": APP_SECRET,
            **parameters,
        }
        return self.browser.client.post("/token", data=fields)

    def tokens(self, **parameters):
        """A whole flow; the token response, checked as every module checks it."""
        code = self.answer(**parameters)["code"]
        assert entropy_bits(code) >= 96
        assert len(b64url_decode(code)) * 8 >= 128
        response = self.redeem(code)
        return self.checked(response)

    def checked(self, response):
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        tokens = response.json()
        assert tokens["token_type"] == "Bearer"
        assert tokens["expires_in"] > 0
        assert all("\x20" <= character <= "\x7e" for character in tokens["access_token"])
        assert entropy_bits(tokens["access_token"]) >= 96
        return tokens

    def id_token(self, tokens):
        """The verified claims; the checks of every module: who, for whom, by a published key, at_hash."""
        keys = parse_jwks(self.browser.client.get("/jwks").content)
        verified = jws.verify(tokens["id_token"], keys, algorithms=("RS256",))
        claims = parse_json_object(verified.payload)
        assert verified.header["kid"]
        assert claims["iss"] == self.place.issuer
        assert claims["aud"] == "rp"
        assert claims["iat"] <= self.place.clock.now() < claims["exp"]
        assert claims["at_hash"] == at_hash("RS256", tokens["access_token"])
        return claims

    def userinfo(self, tokens):
        response = self.browser.client.get(
            "/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
        )
        assert response.status_code == 200
        claims = response.json()
        assert claims["sub"] == self.id_token(tokens)["sub"]
        return claims


def entropy_bits(text):
    """Shannon entropy of the characters, as the certification suite measures it."""
    counts = Counter(text)
    per_character = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return per_character * len(text)


@pytest.fixture
def run():
    return Run()


def refused_by_page(run, page):
    """An HTML error page, and no redirect."""
    assert run.browser.left_for is None
    assert page.status == 400
    assert page.by_id("aw-error")
    assert "Something went wrong" in page.text
    return page


def test_oidcc_server(run):
    """Happy flow; state unchanged; iss right; nothing but code, state and iss in the query."""
    answer = run.answer(state=LONG_STATE, nonce="n-0S6_WzA2Mj")
    assert set(answer) == {"code", "state", "iss"}
    assert answer["state"] == LONG_STATE
    assert answer["iss"] == run.place.issuer
    assert urlsplit(run.browser.left_for).fragment == ""
    claims = run.id_token(run.checked(run.redeem(answer["code"])))
    assert claims["nonce"] == "n-0S6_WzA2Mj"


def test_oidcc_response_type_missing(run):
    """A redirect with an error; no code beside it, no parameter that the RFC does not name."""
    run.authorize(response_type=None)
    answer = run.browser.answer()
    assert answer["error"] in {"invalid_request", "unsupported_response_type"}
    assert set(answer) == {"error", "error_description", "state", "iss"}
    assert not set("\r\n\t") & set(answer["error_description"])


def test_oidcc_idtoken_signature(run):
    """Without id_token_signed_response_alg: RS256 and a kid."""
    header = jws.parse(run.tokens()["id_token"]).header
    assert header["alg"] == "RS256"
    assert header["kid"]


def test_oidcc_idtoken_unsigned(run):
    """Skipped by the plan when discovery does not list none; it does not, and none is refused as a hint."""
    found = run.browser.client.get("/.well-known/openid-configuration").json()
    assert "none" not in found["id_token_signing_alg_values_supported"]


def test_oidcc_userinfo_get(run):
    assert run.userinfo(run.tokens())


def test_oidcc_userinfo_post_header(run):
    tokens = run.tokens()
    response = run.browser.client.post(
        "/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "Application/X-WWW-Form-URLencoded",
    ],
)
def test_oidcc_userinfo_post_body(run, content_type):
    """The token in the form body, RFC 6750 §2.2; a media type has no case, RFC 9110 §8.3.1."""
    body = {"access_token": run.tokens()["access_token"]}
    headers = {"content-type": content_type}
    assert run.browser.client.post("/userinfo", data=body, headers=headers).status_code == 200


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(run):
    assert "nonce" not in run.id_token(run.tokens(nonce=None))


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        pytest.param("openid profile", PROFILE, id="test_oidcc_scope_profile"),
        pytest.param("openid email", EMAIL, id="test_oidcc_scope_email"),
        pytest.param("openid address", ADDRESS, id="test_oidcc_scope_address"),
        pytest.param("openid phone", PHONE, id="test_oidcc_scope_phone"),
        pytest.param(
            "openid profile email address phone",
            {**PROFILE, **EMAIL, **ADDRESS, **PHONE},
            id="test_oidcc_scope_all",
        ),
    ],
)
def test_oidcc_scope(run, scope, claims):
    """The scope's claims from userinfo, in their types, and not in the ID token."""
    tokens = run.tokens(scope=scope)
    found = run.userinfo(tokens)
    assert {name: value for name, value in found.items() if name != "sub"} == claims
    assert not set(claims) & set(run.id_token(tokens))


def test_oidcc_alternate_happy_flow(run):
    """The order of scope and of parameters does not matter."""
    page = run.browser.get(
        "/authorize",
        state="x",
        scope="email openid",
        redirect_uri=REDIRECT_URI,
        response_type="code",
        client_id="rp",
    )
    run.sign_in(page)
    assert run.browser.answer()["code"]


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"display": "page"}, id="test_oidcc_display_page"),
        pytest.param({"display": "popup"}, id="test_oidcc_display_popup"),
        pytest.param({"ui_locales": "se"}, id="test_oidcc_ui_locales"),
        pytest.param({"claims_locales": "se"}, id="test_oidcc_claims_locales"),
    ],
)
def test_oidcc_hints_that_must_not_cause_errors(run, parameters):
    assert run.tokens(**parameters)


def test_oidcc_prompt_login(run):
    """Asks again although signed in, on a recognisable page; later auth_time."""
    first = run.id_token(run.tokens())
    run.place.clock.advance(2)
    page = run.authorize(prompt="login")
    assert page.path == "/login"
    assert "Sign in again" in page.text
    run.sign_in(page)
    second = run.id_token(run.checked(run.redeem(run.browser.answer()["code"])))
    assert second["auth_time"] > first["auth_time"]
    assert second["sub"] == first["sub"]


def test_oidcc_prompt_none_not_logged_in(run):
    run.authorize(prompt="none", state=LONG_STATE)
    answer = run.browser.answer()
    assert answer["error"] == "login_required"
    assert answer["state"] == LONG_STATE


def test_oidcc_prompt_none_logged_in(run):
    """Silent success; same sub, same auth_time: consent is remembered."""
    run.place.commit(SaveClient(replace(RP, require_consent=True)))
    first = run.id_token(run.tokens())
    run.place.clock.advance(10)
    run.authorize(prompt="none")
    second = run.id_token(run.checked(run.redeem(run.browser.answer()["code"])))
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


def test_oidcc_max_age_1(run):
    """Two seconds later: a new login, auth_time there, later and recent."""
    first = run.id_token(run.tokens())
    run.place.clock.advance(2)
    page = run.authorize(max_age=1)
    run.sign_in(page)
    second = run.id_token(run.checked(run.redeem(run.browser.answer()["code"])))
    assert second["auth_time"] == first["auth_time"] + 2 == run.place.clock.now()


def test_oidcc_max_age_10000(run):
    """auth_time there, and unchanged on the second, silent request."""
    first = run.id_token(run.tokens(max_age=10_000))
    run.place.clock.advance(30)
    second = run.id_token(run.tokens(max_age=10_000))
    assert second["auth_time"] == first["auth_time"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(run):
    assert run.tokens(extra="foobar")


def test_oidcc_id_token_hint(run):
    """prompt=none and the hint from the first login."""
    tokens = run.tokens()
    run.authorize(prompt="none", id_token_hint=tokens["id_token"])
    assert run.browser.answer()["code"]


def test_oidcc_login_hint(run):
    """May be an unknown address."""
    page = run.authorize(login_hint="buffy@example.com")
    assert 'value="buffy@example.com"' in page.html
    run.sign_in(page)
    assert run.browser.answer()["code"]


@pytest.mark.parametrize("advertised", [True, False])
def test_oidcc_ensure_request_with_acr_values_succeeds(run, advertised):
    """All advertised values sent, or "1 2"; one of the advertised comes back as acr."""
    supported = run.browser.client.get("/.well-known/openid-configuration").json()["acr_values_supported"]
    claims = run.id_token(run.tokens(acr_values=" ".join(supported) if advertised else "1 2"))
    assert claims["acr"] in supported


def test_oidcc_codereuse(run):
    """Second use: invalid_grant."""
    code = run.answer()["code"]
    run.checked(run.redeem(code))
    refused = run.redeem(code)
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"
    assert refused.headers["cache-control"] == "no-store"


def test_oidcc_codereuse_30seconds(run):
    """invalid_grant, and the access token that the code gave stops working at userinfo."""
    code = run.answer()["code"]
    tokens = run.checked(run.redeem(code))
    assert run.userinfo(tokens)
    run.place.clock.advance(30)
    assert run.redeem(code).json()["error"] == "invalid_grant"
    response = run.browser.client.get(
        "/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_oidcc_ensure_registered_redirect_uri(run):
    """A page; never a redirect, neither to the bad nor to the registered URI."""
    refused_by_page(run, run.authorize(redirect_uri="https://evil.example.com/callback"))


def test_oidcc_ensure_post_request_succeeds(run):
    page = run.browser.post(
        "/authorize",
        {"client_id": "rp", "response_type": "code", "scope": "openid", "redirect_uri": REDIRECT_URI},
    )
    run.sign_in(page)
    assert run.browser.answer()["code"]


def test_oidcc_server_client_secret_post(run):
    """client_secret_post for one client, client_secret_basic for the other."""
    assert run.tokens()
    code = run.answer(client_id="rp2")["code"]
    response = run.browser.client.post(
        "/token",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI},
        auth=("rp2", "another-secret-with-many-characters"),
    )
    assert run.checked(response)


def test_oidcc_request_uri_unsigned(run):
    run.authorize(request_uri="https://app.example.com/request.jwt")
    assert run.browser.answer()["error"] == "request_uri_not_supported"


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(run):
    run.authorize(request="eyJhbGciOiJub25lIn0.e30.")
    assert run.browser.answer()["error"] == "request_not_supported"


def test_oidcc_claims_essential(run):
    """The claims parameter is announced as not supported, and ignored: nothing more in the ID token."""
    found = run.browser.client.get("/.well-known/openid-configuration").json()
    assert found["claims_parameter_supported"] is False
    tokens = run.tokens(claims=dump_json({"userinfo": {"name": {"essential": True}}}).decode())
    assert "name" not in run.id_token(tokens)


def test_oidcc_ensure_request_object_with_redirect_uri(run):
    """redirect_uri inside the request object: an error, never a fall-back to another URI."""
    refused_by_page(run, run.authorize(redirect_uri=None, request="eyJhbGciOiJub25lIn0.e30."))


def test_oidcc_refresh_token(run):
    """offline_access with prompt=consent; refreshed claims; client 2's token refused for client 1."""
    tokens = run.tokens(scope="openid offline_access", prompt="consent", nonce="n" * 43)
    before = run.id_token(tokens)
    run.place.clock.advance(5)
    response = run.browser.client.post(
        "/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": "rp",
            "client_secret": APP_SECRET,
        },
    )
    refreshed = run.checked(response)
    after = run.id_token(refreshed)
    assert set(refreshed["scope"].split()) == {"openid", "offline_access"}
    assert [after[name] for name in ("iss", "sub", "aud", "auth_time")] == [
        before[name] for name in ("iss", "sub", "aud", "auth_time")
    ]
    assert after["iat"] == before["iat"] + 5
    stolen = run.browser.client.post(
        "/token",
        data={"grant_type": "refresh_token", "refresh_token": refreshed["refresh_token"]},
        auth=("rp2", "another-secret-with-many-characters"),
    )
    assert stolen.status_code == 400
    assert stolen.json()["error"] == "invalid_grant"


def test_oidcc_ensure_request_with_valid_pkce_succeeds(run):
    code = run.answer(code_challenge=CHALLENGE, code_challenge_method="S256")["code"]
    assert run.checked(run.redeem(code, code_verifier=VERIFIER))


def test_oidcc_discovery_endpoint_verification(run):
    """The config plan: issuer, https, RS256, openid; keys valid, public and with distinct kids."""
    found = run.browser.client.get("/.well-known/openid-configuration")
    assert found.headers["content-type"] == "application/json"
    metadata = found.json()
    assert metadata["issuer"] == run.place.issuer
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert "openid" in metadata["scopes_supported"]
    assert metadata == run.browser.client.get("/.well-known/oauth-authorization-server").json()
    keys = run.browser.client.get(urlsplit(metadata["jwks_uri"]).path).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) == len(parse_jwks({"keys": keys}).keys)
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {name for key in keys for name in key}


def test_errors_are_those_of_the_rfc(run):
    """3.1: HTTP 400, 401 for invalid_client alone; JSON; a description without control characters."""
    for fields, status in [
        ({"grant_type": "nonsense", "client_id": "rp", "client_secret": APP_SECRET}, 400),
        ({"grant_type": "authorization_code", "client_id": "rp", "client_secret": "wrong"}, 401),
        ({}, 401),
    ]:
        response = run.browser.client.post("/token", data=fields)
        assert response.status_code == status
        body = response.json()
        assert set(body) == {"error", "error_description"}
        assert body["error_description"].isprintable()
        assert '"' not in body["error_description"]
