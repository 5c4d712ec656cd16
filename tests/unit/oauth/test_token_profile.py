"""authwright.oauth.token_profile: access tokens of issuers that do not follow RFC 9068."""

from dataclasses import replace

import pytest

from authwright.jose import jwt
from authwright.jose.errors import InvalidClaims, MalformedClaim, MissingClaim, WrongType
from authwright.jose.jwk import generate_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.access_token import verify
from authwright.oauth.scope import Scope
from authwright.oauth.token_profile import AUTH0, ENTRA, KEYCLOAK, OPENID_CONNECT, RFC_9068
from authwright.oauth.types import Timestamp

ISSUER = "https://idp.example.com"
API = "https://api.example.com"
NOW = Timestamp(1_800_000_000)
KEY = generate_jwk("ES256")
BASE = {"iss": ISSUER, "aud": API, "sub": "u1", "iat": NOW, "exp": NOW + 300}

KEYCLOAK_CLAIMS = {
    **BASE,
    "jti": "onrtac:1",
    "typ": "Bearer",
    "azp": "web",
    "aud": [API, "account"],
    "scope": "openid items:read",
    "realm_access": {"roles": ["admin", "offline_access"]},
    "resource_access": {API: {"roles": ["writer"]}, "account": {"roles": ["manage-account"]}},
    "groups": ["/editors"],
}
AUTH0_CLAIMS = {**BASE, "azp": "web", "scope": "openid items:read", "permissions": ["items:delete"]}
ENTRA_CLAIMS = {**BASE, "ver": "2.0", "azp": "web", "scp": "items.read", "roles": ["Admin"], "groups": ["g1"]}


def check(claims, profile, typ="JWT"):
    return verify(
        jwt.sign(claims, KEY, typ=typ),
        Jwks((KEY.public(),)),
        issuer=ISSUER,
        audience=API,
        algorithms=("ES256",),
        now=NOW,
        profile=profile,
    )


def test_keycloak():
    """Roles of the realm and of this API are joined, those of other clients are not."""
    token = check(KEYCLOAK_CLAIMS, KEYCLOAK)
    assert token.client_id == "web"
    assert token.roles == ("admin", "offline_access", "writer")
    assert token.groups == ("/editors",)
    assert token.scope == Scope("openid", "items:read")
    # The nonce that older releases put into access tokens.
    assert check({**KEYCLOAK_CLAIMS, "nonce": "n"}, KEYCLOAK, typ="at+jwt")


@pytest.mark.parametrize("kind", ["ID", "Refresh", "Logout", "Offline", None])
def test_keycloak_says_the_kind_in_a_claim(kind):
    """An ID token or refresh token of Keycloak is no access token. RFC 8725 §3.12."""
    with pytest.raises(WrongType):
        check({**KEYCLOAK_CLAIMS, "typ": kind}, KEYCLOAK)


def test_auth0():
    """Permissions are read as roles; the tenant's own claim is added by replacing the paths."""
    token = check(AUTH0_CLAIMS, AUTH0)
    assert (token.client_id, token.jti, token.roles) == ("web", None, ("items:delete",))
    ours = replace(AUTH0, roles=(("https://example.com/roles",), ("permissions",)))
    assert check({**AUTH0_CLAIMS, "https://example.com/roles": ["admin"]}, ours).roles == (
        "admin",
        "items:delete",
    )


def test_entra():
    """``scp`` for the scope; the client is ``azp`` or, in version 1.0, ``appid``."""
    token = check(ENTRA_CLAIMS, ENTRA)
    assert (token.client_id, token.scope, token.roles, token.groups) == (
        "web",
        Scope("items.read"),
        ("Admin",),
        ("g1",),
    )
    first = {**ENTRA_CLAIMS, "ver": "1.0", "appid": "old"}
    del first["azp"]
    assert check(first, ENTRA).client_id == "old"


def test_entra_id_token_of_the_same_registration():
    """Entra's ID tokens have no ``azp`` and may have the API's own audience; they are refused."""
    claims = {**ENTRA_CLAIMS}
    del claims["azp"], claims["scp"]
    with pytest.raises(MissingClaim) as caught:
        check(claims, ENTRA)
    assert caught.value.claim == "azp"


def test_any_issuer():
    """The generic profile reads a scope written as an array, and needs no client and no jti."""
    token = check({**BASE, "scp": ["a", "b"], "cid": "web"}, OPENID_CONNECT, typ=None)
    assert (token.scope, token.client_id) == (Scope("a", "b"), "web")
    assert check(BASE, OPENID_CONNECT).client_id is None
    assert check(BASE, OPENID_CONNECT).scope == Scope()


@pytest.mark.parametrize(
    "profile", [KEYCLOAK, AUTH0, ENTRA, OPENID_CONNECT, RFC_9068], ids=lambda each: each.name
)
@pytest.mark.parametrize("mark", [{"at_hash": "x"}, {"c_hash": "x"}, {"nonce": "n", "typ": "ID"}])
def test_id_tokens_are_refused_under_every_profile(profile, mark):
    """What shows itself to be an ID token opens no API. RFC 8725 §3.12."""
    everything = {**KEYCLOAK_CLAIMS, "ver": "2.0", "client_id": "web"}
    typ = "at+jwt"
    assert check(everything, profile, typ=typ)
    with pytest.raises(WrongType):
        check({**everything, **mark}, profile, typ=typ)


@pytest.mark.parametrize("profile", [KEYCLOAK, AUTH0, ENTRA, OPENID_CONNECT], ids=lambda each: each.name)
@pytest.mark.parametrize("typ", ["dpop+jwt", "logout+jwt", "secevent+jwt", "oauth-authz-req+jwt"])
def test_tokens_of_other_kinds_are_refused_under_every_profile(profile, typ):
    """An explicit type of another kind is never an access token. RFC 8725 §3.11."""
    with pytest.raises(WrongType):
        check(KEYCLOAK_CLAIMS, profile, typ=typ)


def test_strict_is_the_default():
    """Nothing of other dialects passes where RFC 9068 is asked for."""
    with pytest.raises(WrongType):
        check(KEYCLOAK_CLAIMS, RFC_9068)
    with pytest.raises(MissingClaim):
        check(KEYCLOAK_CLAIMS, RFC_9068, typ="at+jwt")


@pytest.mark.parametrize(
    "changes",
    [
        {"realm_access": ["admin"]},
        {"realm_access": {"roles": "admin", "x": 1}, "resource_access": {API: ["writer"]}},
        {"realm_access": {"roles": {"admin": True}}},
    ],
)
def test_malformed_roles(changes):
    """Roles of a shape that is not the profile's are refused, not guessed at."""
    with pytest.raises(MalformedClaim):
        check({**KEYCLOAK_CLAIMS, **changes}, KEYCLOAK)


def test_roles_that_are_nowhere():
    """A path that leads nowhere gives no roles."""
    claims = {name: value for name, value in KEYCLOAK_CLAIMS.items() if not name.endswith("_access")}
    assert check(claims, KEYCLOAK).roles == ()


def test_binding_is_not_ignored():
    """A key-bound token is refused under other profiles too."""
    with pytest.raises(InvalidClaims):
        check({**BASE, "cnf": {"x5t#S256": "x"}}, OPENID_CONNECT)
