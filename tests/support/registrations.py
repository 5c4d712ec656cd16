"""What is registered at our server for clients that we did not write."""

from dataclasses import replace

from authwright.authorization_server.records import Client, ProtectedResource, ScopeDescription
from authwright.authorization_server.writes import SaveClient, SaveProtectedResource
from authwright.jose.jwk import generate_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, digest

API = "https://items.example.com/v1"
APIS = {
    "ES256": API,
    "RS256": "https://rs256.example.com",
    "PS256": "https://ps256.example.com",
    "EdDSA": "https://eddsa.example.com",
}
SECRET = "a-secret-with-a-%-and-a-+-and-many-characters"
PLAIN_SECRET = "a-second-secret_of-the-kind-that-we-make"
KEY = generate_jwk("ES256", kid="of-the-client")
REDIRECT_URI = "http://127.0.0.1:8321/callback"
POST_LOGOUT_REDIRECT_URI = "http://127.0.0.1:8321/bye"
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")

_WEB = Client(
    client_id=ClientId("web"),
    client_name="Garden planner",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
    scope=parse_scope("openid profile email offline_access items:read items:write"),
    redirect_uris=(REDIRECT_URI,),
    post_logout_redirect_uris=(POST_LOGOUT_REDIRECT_URI,),
    require_consent=True,
)


def _client(method):
    match method:
        case "private_key_jwt":
            proof = {"jwks": Jwks((KEY.public(),))}
        case "none":
            proof = {"grant_types": _WEB.grant_types - {"client_credentials"}}
        case _:
            proof = {"client_secret_digests": (digest(SECRET), digest(PLAIN_SECRET))}
    return replace(_WEB, client_id=ClientId(method), token_endpoint_auth_method=method, **proof)


SPA = replace(
    _WEB,
    client_id=ClientId("spa"),
    token_endpoint_auth_method="none",
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    redirect_uris=("http://localhost/",),
    post_logout_redirect_uris=("http://localhost/",),
)
_SCOPES = (ScopeDescription("items:read", "see your items"), ScopeDescription("items:write", "change them"))
WRITES = [
    *(SaveClient(_client(method)) for method in METHODS),
    SaveClient(SPA),
    *(
        SaveProtectedResource(ProtectedResource(api, alg, _SCOPES, access_token_signed_response_alg=alg))
        for alg, api in APIS.items()
    ),
]
