"""
Ory Hydra, built from its Go module.

Hydra has no people and no pages: it sends the browser to a login and consent application, which answers
through its administrative interface. Here the load plays that application (two calls for the login, two for
the consent, as its documentation shows), so no page, no password and nothing of that application is measured.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.field.contestant import HERE, Contestant, Home, Launch, Place, call_json, copied, nice
from benchmarks.field.provider import ACCESS_TOKEN_SECONDS, REDIRECT_URI, SECRET, Machine, Provider
from benchmarks.load import Talk, body_request, get

_LOGIN_APPLICATION = "http://127.0.0.1:9"
_GO = ("/usr/local/go/bin/go", "go")
_SETS = ("hydra.jwt.access-token", "hydra.openid.id-token")


class Hydra(Contestant):
    """On PostgreSQL."""

    name = "hydra"
    title = "Ory Hydra, PostgreSQL"
    password_hash = "none: it has no people"
    remarks = (
        "login and consent application played by the load, its cost not counted; "
        "clients' secrets with one iteration of PBKDF2 in place of 25,000"
    )
    warm_up = 3

    def install(self, home: Home) -> None:
        copied(HERE / "hydra", home.of("hydra"))
        if not (home.of("hydra") / "hydra").exists():
            go = next((go for go in _GO if Path(go).exists()), "go")
            environment = {**os.environ, "GOFLAGS": "-p=1 -buildvcs=false -mod=mod"}
            build = (go, "build", "-o", "hydra", "-ldflags", "-s -w", "github.com/ory/hydra/v2")
            nice(home.of("hydra"), *build, environment=environment)

    def installed(self, home: Home) -> Sequence[Path]:
        return (home.of("hydra") / "hydra",)

    def prepare(self, place: Place) -> None:
        program = place.home.of("hydra") / "hydra"
        environment = {**os.environ, **self._settings(place)}
        nice("", program, "migrate", "sql", "-e", "--yes", environment=environment)

    def launch(self, place: Place) -> Launch:
        program = str(place.home.of("hydra") / "hydra")
        return Launch((program, "serve", "all", "--dev", "--sqa-opt-out"), self._settings(place))

    def configure(self, place: Place) -> None:
        admin = f"http://127.0.0.1:{place.admin_port}/admin"
        for client in (
            {"client_id": "worker", "grant_types": ["client_credentials"], "scope": "items:read"},
            {
                "client_id": "app",
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "redirect_uris": [REDIRECT_URI],
                "scope": "openid profile offline_access items:read",
                "skip_consent": True,
            },
        ):
            members = {"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"}
            call_json("POST", f"{admin}/clients", {**client, **members})
        for name in _SETS:
            self._sign_by(place, name, "ES256")

    def before(self, place: Place, workload: str) -> None:
        alg = "RS256" if workload == "client_credentials_rs256" else "ES256"
        if self._alg(place, _SETS[0]) != alg:
            self._sign_by(place, _SETS[0], alg)

    def provider(self, place: Place) -> Provider:
        machine = Machine("worker", {"scope": "items:read"})
        return Provider(
            place.port,
            jwks="/.well-known/jwks.json",
            authorization="/oauth2/auth",
            token="/oauth2/token",
            introspection="/admin/oauth2/introspect",
            admin_port=place.admin_port,
            machines={"ES256": machine, "RS256": machine},
            offline={"scope": "openid profile items:read offline_access"},
            elsewhere=lambda url, person: _login_application(place.admin_port, url, person),
        )

    def version(self, home: Home) -> str:
        module = (home.of("hydra") / "go.mod").read_text()
        return module.partition("github.com/ory/hydra/v2 ")[2].split()[0]

    def _alg(self, place: Place, name: str) -> str:
        keys = call_json("GET", f"http://127.0.0.1:{place.admin_port}/admin/keys/{name}")
        return keys["keys"][0]["alg"]

    def _sign_by(self, place: Place, name: str, alg: str) -> None:
        """One key for the whole instance: Hydra has no algorithm by client or API."""
        keys = f"http://127.0.0.1:{place.admin_port}/admin/keys/{name}"
        call_json("DELETE", keys)
        call_json("POST", keys, {"alg": alg, "kid": "", "use": "sig"})

    def _settings(self, place: Place) -> dict[str, str]:
        return {
            "DSN": f"{place.database_url}?sslmode=disable&max_conns=20&max_idle_conns=20",
            "SECRETS_SYSTEM": "a-secret-of-the-benchmark-of-32-bytes",
            "URLS_SELF_ISSUER": place.issuer,
            "URLS_LOGIN": f"{_LOGIN_APPLICATION}/login",
            "URLS_CONSENT": f"{_LOGIN_APPLICATION}/consent",
            "SERVE_PUBLIC_HOST": "127.0.0.1",
            "SERVE_PUBLIC_PORT": str(place.port),
            "SERVE_ADMIN_HOST": "127.0.0.1",
            "SERVE_ADMIN_PORT": str(place.admin_port),
            "STRATEGIES_ACCESS_TOKEN": "jwt",
            "TTL_ACCESS_TOKEN": f"{ACCESS_TOKEN_SECONDS}s",
            "TTL_ID_TOKEN": "600s",
            "TTL_AUTH_CODE": "60s",
            "LOG_LEVEL": "warn",
            # 25,000 by default, for secrets that are random: six times slower in client_credentials.
            "OAUTH2_HASHERS_PBKDF2_ITERATIONS": "1",
        }


def _login_application(admin: int, url: str, person: str) -> Talk:
    """What a login and consent application asks and answers, when it finds everything in order."""
    page, query = urlsplit(url).path.strip("/"), urlsplit(url).query
    if page not in ("login", "consent"):
        raise RuntimeError(f"Hydra refused: {url}")
    path = f"/admin/oauth2/auth/requests/{page}"
    response = yield get(admin, f"{path}?{query}")
    asked = json.loads(response.expect(200).body)
    if page == "login":
        answer = {"subject": asked["subject"] or person, "remember": True, "remember_for": 43200}
    else:
        answer = {"grant_scope": asked["requested_scope"], "remember": True, "remember_for": 43200}
    response = yield body_request(
        "PUT", admin, f"{path}/accept?{query}", json.dumps(answer), "content-type: application/json\r\n"
    )
    return json.loads(response.expect(200).body)["redirect_to"]
