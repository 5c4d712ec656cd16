"""openid-client and oauth4webapi, with which most of Node signs people in, against our server."""

import pytest

from support.person import NotThere
from support.real_provider import CLAIMS, USERNAME
from support.registrations import API, METHODS

pytestmark = pytest.mark.interop

PROGRAMS = ("openid_client", "oauth4webapi")
CONFIDENTIAL = METHODS[:3]


@pytest.fixture(params=PROGRAMS)
def program(request):
    return request.param


def test_discovery(scenario, provider):
    """Both documents, OpenID Connect Discovery §4 and RFC 8414 §3, are found and believed."""
    oidc, oauth2 = scenario("oauth4webapi", "metadata")
    assert oidc == oauth2
    assert oidc["issuer"] == provider.issuer


@pytest.mark.parametrize("method", METHODS)
def test_sign_in(scenario, provider, program, method):
    """Code with PKCE, state, nonce, max_age and iss; the ID token's signature; userinfo about its sub."""
    result = scenario(program, "sign_in", method)
    claims, tokens = result["claims"], result["tokens"]
    assert (claims["iss"], claims["sub"], claims["aud"]) == (provider.issuer, provider.subject, method)
    assert claims.keys() >= {"nonce", "auth_time", "exp", "iat"}
    assert set(tokens["scope"].split()) == {"openid", "profile", "email", "offline_access", "items:read"}
    assert tokens["expires_in"] > 0
    assert isinstance(result["userinfo"].pop("updated_at"), int)
    assert result["userinfo"] == {"sub": provider.subject, "preferred_username": USERNAME, **CLAIMS}


@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
def test_refresh(scenario, program, method):
    """Each refresh rotates; the new ID token is about the same sign-in (Core §12.2); scope may narrow."""
    result = scenario(program, "refresh", method)
    first, second, third = result["first"], result["second"], result["third"]
    assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
    assert second["scope"] == first["scope"]
    assert third["scope"] == "openid"
    for claims in result["claims"]:
        assert [claims[name] for name in ("iss", "sub", "aud", "auth_time")] == [
            result["claims"][0][name] for name in ("iss", "sub", "aud", "auth_time")
        ]


@pytest.mark.parametrize("method", CONFIDENTIAL)
def test_client_credentials(scenario, program, method):
    """A token in the client's own name, RFC 6749 §4.4, and no refresh token beside it (§4.4.3)."""
    tokens = scenario(program, "client_credentials", method)
    assert tokens["scope"] == "items:read"
    assert tokens["token_type"].lower() == "bearer"
    assert "refresh_token" not in tokens
    assert "id_token" not in tokens


@pytest.mark.parametrize("method", CONFIDENTIAL)
def test_introspection_and_revocation(scenario, provider, program, method):
    """RFC 7662 §2.2; RFC 7009 §2.1: with the refresh token goes the access token. §2.2: unknown is fine."""
    result = scenario(program, "introspect_and_revoke", method)
    access_token, refresh_token = result["before"]
    assert access_token["active"]
    assert refresh_token["active"]
    assert (access_token["sub"], access_token["aud"]) == (provider.subject, API)
    assert result["after"] == [{"active": False}, {"active": False}]
    assert result["refresh"]["error"] == "invalid_grant"


def test_sign_out(scenario, program):
    """RP-Initiated Logout §2 and §3: the state comes back, and the session is over."""
    result = scenario(program, "sign_out")
    assert result["state"] == "of the app & its own"
    assert result["silent"]["error"] == "login_required"


def test_wrong_verifier(scenario, program):
    """A code without its verifier is worth nothing. RFC 7636 §4.6."""
    assert scenario(program, "wrong_verifier", "none")["error"] == "invalid_grant"


def test_replayed_code(scenario, program):
    """The second use is refused, and what the first one gave is revoked. RFC 6749 §4.1.2."""
    result = scenario(program, "replayed_code")
    assert result["replay"]["error"] == "invalid_grant"
    assert result["refresh"]["error"] == "invalid_grant"
    assert result["introspection"] == {"active": False}


def test_unregistered_redirect_uri(scenario, program):
    """An error page, and no redirect at all. RFC 6749 §4.1.2.1, RFC 9700 §4.11."""
    with pytest.raises(NotThere) as caught:
        scenario(program, "unregistered_redirect_uri")
    assert caught.value.status == 400
    assert caught.value.url.startswith("http://127.0.0.1:")
    assert "elsewhere" not in caught.value.text


def test_an_api_of_node_accepts_our_access_token(scenario, provider):
    """RFC 9068 §4, as oauth4webapi understands it: for its own audience alone, and untouched."""
    result = scenario("oauth4webapi", "validate_access_token")
    assert (result["claims"]["iss"], result["claims"]["sub"]) == (provider.issuer, provider.subject)
    assert result["claims"]["roles"] == ["admin"]
    assert "aud" in result["foreign"]["message"]
    assert "signature" in result["tampered"]["message"]
