"""node-oidc-provider, run by tests/interop/oidc_provider.mjs, with keys that the test holds too."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from authwright.client import Client, ClientSecretBasic, Tokens
from authwright.jose.jwk import generate_jwk
from authwright.oauth.types import Secret
from support.node import START_SECONDS, program
from support.person import Person

API = "https://api.example.com"
OPAQUE_API = "https://opaque.example.com"
OTHER_API = "https://other.example.com"
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
REDIRECT_URI = "http://127.0.0.1:8321/callback"
POST_LOGOUT_REDIRECT_URI = "http://127.0.0.1:8321/bye"
SECRET = "a-secret-with-a-%-and-a-+-and-many-characters"
CLIENT_KEY = generate_jwk("ES256", kid="of-the-client")
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
WEB = WORKER = "client_secret_basic"

_RESOURCES = {
    API: {"alg": "ES256"},
    OTHER_API: {"alg": "ES256"},
    OPAQUE_API: {"format": "opaque"},
    **{f"{API}/{alg}": {"alg": alg} for alg in ALGORITHMS},
}


def _client(method):
    """A client that may do everything and is named after the way in which it authenticates."""
    grant_types = ["authorization_code", "refresh_token"]
    if method != "none":
        grant_types.append("client_credentials")
    proof = {}
    if method.startswith("client_secret"):
        proof["client_secret"] = SECRET
    if method == "private_key_jwt":
        proof["jwks"] = {"keys": [CLIENT_KEY.public().to_dict()]}
    return {
        "client_id": method,
        "token_endpoint_auth_method": method,
        "grant_types": grant_types,
        "redirect_uris": [REDIRECT_URI],
        "post_logout_redirect_uris": [POST_LOGOUT_REDIRECT_URI],
        **proof,
    }


@dataclass
class OidcProvider:
    """A running issuer. *keys* are the private ones."""

    issuer: str
    keys: KeySet

    def client_credentials(self, **parameters) -> str:
        """An access token of the machine client, in its own name."""
        return self.token_response(grant_type="client_credentials", **parameters)["access_token"]

    def token_response(self, **parameters):
        """What the token endpoint answers the machine client."""
        response = httpx2.post(f"{self.issuer}/token", data=parameters, auth=_basic())
        response.raise_for_status()
        return response.json()

    def read_access_token(self, token: str):
        """The claims of a JWT, by its signature, checked by software that is not ours either."""
        return jwt.decode(token, self.keys, algorithms=list(ALGORITHMS)).claims

    def revoke(self, token: str) -> None:
        """Take back a token of the machine client."""
        httpx2.post(
            f"{self.issuer}/token/revocation", data={"token": token}, auth=_basic()
        ).raise_for_status()


def make_keys(generation: str) -> KeySet:
    """One key for each kind of algorithm; *generation* is part of every ``kid``."""
    return KeySet(
        [
            ECKey.generate_key("P-256", {"kid": f"ec-{generation}", "use": "sig"}),
            RSAKey.generate_key(2048, {"kid": f"rsa-{generation}", "use": "sig"}),
            OKPKey.generate_key("Ed25519", {"kid": f"okp-{generation}", "use": "sig"}),
        ]
    )


@contextlib.contextmanager
def running_oidc_provider(node: Path, keys: KeySet, *, port: int = 0) -> Iterator[OidcProvider]:
    """Run an issuer with *keys* until the block ends."""
    environment = {
        "PORT": str(port),
        "KEYS": json.dumps(keys.as_dict(private=True)),
        "CLIENTS": json.dumps([_client(method) for method in METHODS]),
        "RESOURCES": json.dumps(_RESOURCES),
    }
    with program(node, "oidc_provider.mjs", **environment) as running:
        yield OidcProvider(running.line(START_SECONDS), keys)


def sign_in(provider: OidcProvider, person: Person, **parameters) -> Tokens:
    """The tokens of *person* at the web client, got by our own client."""
    with Client(provider.issuer, WEB, auth=ClientSecretBasic(Secret(SECRET))) as client:
        request = client.begin_login(redirect_uri=REDIRECT_URI, **parameters)
        return client.finish_login(request.login, person.visit(request.authorization_url, REDIRECT_URI))


def _basic() -> httpx2.BasicAuth:
    # The characters that RFC 6749 §2.3.1 escapes.
    return httpx2.BasicAuth(WORKER, SECRET.replace("%", "%25").replace("+", "%2B"))
