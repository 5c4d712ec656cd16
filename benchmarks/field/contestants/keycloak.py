"""Keycloak, from Maven Central: the distribution, built for PostgreSQL and started optimised."""

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.field.contestant import Contestant, Home, Launch, Place, call_json, nice
from benchmarks.field.provider import ACCESS_TOKEN_SECONDS, PASSWORD, PEOPLE, REDIRECT_URI, SECRET, Provider

_VERSION = "26.7.3"
_ADMINISTRATOR = "administrator"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"


class Keycloak(Contestant):
    """On PostgreSQL, one node."""

    name = "keycloak"
    title = "Keycloak, PostgreSQL"
    password_hash = "Argon2id, 7 MiB, 5 passes, 1 lane (its default)"
    remarks = "heap 512 MB (its default)"
    warm_up = 20

    def install(self, home: Home) -> None:
        if (self._root(home) / ".built").exists():
            return
        shutil.rmtree(home.of("keycloak"), ignore_errors=True)
        home.of("keycloak").mkdir(parents=True)
        artifact = f"org.keycloak:keycloak-quarkus-dist:{_VERSION}:zip"
        copy = (
            "mvn",
            "-q",
            "-B",
            _COPY,
            f"-Dartifact={artifact}",
            f"-DoutputDirectory={home.of('keycloak')}",
        )
        nice(home.of("keycloak"), *copy)
        archive = home.of("keycloak") / f"keycloak-quarkus-dist-{_VERSION}.zip"
        with zipfile.ZipFile(archive) as content:
            content.extractall(home.of("keycloak"))
        archive.unlink()
        command = self._root(home) / "bin" / "kc.sh"
        command.chmod(0o755)
        nice(self._root(home), command, "build", "--db=postgres", "--cache=local")
        (self._root(home) / ".built").touch()

    def installed(self, home: Home) -> Sequence[Path]:
        return (self._root(home),)

    def launch(self, place: Place) -> Launch:
        options = {
            "db-url": f"jdbc:postgresql://127.0.0.1:{place.cluster.port if place.cluster else 0}/bench",
            "db-username": "bench",
            "db-password": "none-is-asked",
            "hostname": place.issuer,
            "http-enabled": "true",
            "http-host": "127.0.0.1",
            "http-port": str(place.port),
            "log-level": "warn",
        }
        command = str(self._root(place.home) / "bin" / "kc.sh")
        arguments = (f"--{name}={value}" for name, value in options.items())
        environment = {"KC_BOOTSTRAP_ADMIN_USERNAME": _ADMINISTRATOR, "KC_BOOTSTRAP_ADMIN_PASSWORD": SECRET}
        return Launch((command, "start", "--optimized", *arguments), environment, place.directory)

    def configure(self, place: Place) -> None:
        login = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": _ADMINISTRATOR,
            "password": SECRET,
        }
        path = f"{place.issuer}/realms/master/protocol/openid-connect/token"
        token = call_json("POST", path, urlencode(login), form=True)["access_token"]
        realm = f"{place.issuer}/admin/realms/bench"
        call_json("POST", f"{place.issuer}/admin/realms", _realm(), token=token)
        call_json("POST", f"{realm}/components", _key_provider(), token=token)
        call_json("POST", f"{realm}/client-scopes", _client_scope(), token=token)
        for client in _clients():
            call_json("POST", f"{realm}/clients", client, token=token)

    def provider(self, place: Place) -> Provider:
        realm = "/realms/bench"
        protocol = f"{realm}/protocol/openid-connect"
        return Provider(
            place.port,
            discovery=f"{realm}/.well-known/openid-configuration",
            jwks=f"{protocol}/certs",
            authorization=f"{protocol}/auth",
            token=f"{protocol}/token",
            introspection=f"{protocol}/token/introspect",
            userinfo=f"{protocol}/userinfo",
        )

    def first_document(self, place: Place) -> str:
        del place  # the administrators' realm is there before the other is made
        return "/realms/master/.well-known/openid-configuration"

    def version(self, home: Home) -> str:
        del home
        java = nice("", "java", "--version")
        return f"{_VERSION}, {java.splitlines()[0]}"

    def _root(self, home: Home) -> Path:
        return home.of("keycloak") / f"keycloak-{_VERSION}"


_OWN_AUDIENCE = {
    # Without it the app's own tokens are not active when the app asks.
    "name": "audience",
    "protocol": "openid-connect",
    "protocolMapper": "oidc-audience-mapper",
    "config": {
        "included.client.audience": "app",
        "access.token.claim": "true",
        "introspection.token.claim": "true",
    },
}


def _realm() -> dict[str, object]:
    return {
        "realm": "bench",
        "enabled": True,
        "sslRequired": "none",
        "defaultSignatureAlgorithm": "ES256",
        "accessTokenLifespan": ACCESS_TOKEN_SECONDS,
        "ssoSessionIdleTimeout": 43200,
        "ssoSessionMaxLifespan": 43200,
        "revokeRefreshToken": True,
        "refreshTokenMaxReuse": 0,
        "users": [
            {
                "username": person,
                "enabled": True,
                "email": f"{person}@example.com",
                "emailVerified": True,
                "firstName": person,
                "lastName": "of Example",
                "credentials": [{"type": "password", "value": PASSWORD}],
            }
            for person in PEOPLE
        ],
    }


def _key_provider() -> dict[str, object]:
    return {
        "name": "ecdsa",
        "providerId": "ecdsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "config": {"ecdsaEllipticCurveKey": ["P-256"], "priority": ["100"]},
    }


def _client_scope() -> dict[str, object]:
    attributes = {"include.in.token.scope": "true", "display.on.consent.screen": "true"}
    return {"name": "items:read", "protocol": "openid-connect", "attributes": attributes}


def _clients() -> list[dict[str, object]]:
    common = {"secret": SECRET, "clientAuthenticatorType": "client-secret", "publicClient": False}
    workers = [
        {
            **common,
            "clientId": f"worker-{alg.lower()}",
            "standardFlowEnabled": False,
            "serviceAccountsEnabled": True,
            "attributes": {"access.token.signed.response.alg": alg},
        }
        for alg in ("ES256", "RS256")
    ]
    app = {
        **common,
        "clientId": "app",
        "redirectUris": [REDIRECT_URI],
        "defaultClientScopes": ["acr", "basic", "email", "profile", "roles", "web-origins"],
        "optionalClientScopes": ["items:read"],
        "protocolMappers": [_OWN_AUDIENCE],
        "attributes": {
            "access.token.signed.response.alg": "ES256",
            "id.token.signed.response.alg": "ES256",
            "pkce.code.challenge.method": "S256",
        },
    }
    return [*workers, app]
