"""This server: the working tree installed as a wheel, started by ``authwright serve``."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.field.contestant import REPOSITORY, UV, Contestant, Home, Launch, Place, nice
from benchmarks.field.provider import ACCESS_TOKEN_SECONDS, Machine, Provider

_KEY = "c2l4dGVlbi1ieXRlcy1vZi1hLWJlbmNobWFyay1rZXk"


class Authwright(Contestant):
    """On SQLite."""

    name = "authwright-sqlite"
    title = "authwright, SQLite"
    uses_postgresql = False
    password_hash = "Argon2id, 19 MiB, 2 passes, 1 lane"
    workers: ClassVar[int] = 1

    def install(self, home: Home) -> None:
        requirements = home.of("authwright") / "requirements.txt"
        requirements.parent.mkdir(parents=True, exist_ok=True)
        locked = ("export", "--frozen", "--quiet", "--no-dev", "--no-emit-project", "--no-hashes")
        extras = ("--extra", "idp", "--extra", "postgres")
        nice(REPOSITORY, UV, *locked, *extras, "--output-file", requirements)
        project = ("--reinstall-package", "authwright", f"{REPOSITORY}[idp,postgres]")
        home.environment("authwright", "-r", str(requirements), *project)

    def installed(self, home: Home) -> Sequence[Path]:
        return (home.of("authwright") / "venv",)

    def prepare(self, place: Place) -> None:
        environment = {**os.environ, **self._settings(place), "PYTHONPATH": str(REPOSITORY)}
        python = place.home.of("authwright") / "venv" / "bin" / "python"
        realm = ("-m", "benchmarks.field.contestants.authwright_realm")
        nice(place.directory, python, *realm, environment=environment)

    def launch(self, place: Place) -> Launch:
        command = str(place.home.of("authwright") / "venv" / "bin" / "authwright")
        return Launch((command, "serve"), self._settings(place), place.directory)

    def provider(self, place: Place) -> Provider:
        return Provider(
            place.port,
            machines={alg: Machine("worker", {"resource": api(alg)}) for alg in ("ES256", "RS256")},
            scope="openid profile items:read",
            parameters={"resource": api("ES256")},
            offline={"scope": "openid profile items:read offline_access"},
            pages=lambda person, password: {"login": person, "password": password, "action": "sign-in"},
        )

    def version(self, home: Home) -> str:
        return nice("", home.of("authwright") / "venv" / "bin" / "authwright", "--version").strip()

    def _settings(self, place: Place) -> dict[str, str]:
        file = place.directory / "authwright.db"
        settings = {
            "AUTHWRIGHT_ISSUER": place.issuer,
            "AUTHWRIGHT_PORT": str(place.port),
            "AUTHWRIGHT_KEY_ENCRYPTION_KEY": _KEY,
            "AUTHWRIGHT_DATABASE_URL": place.database_url if place.cluster else f"sqlite:///{file}",
            "AUTHWRIGHT_ACCESS_TOKEN_LIFETIME": f"{ACCESS_TOKEN_SECONDS}s",
            "AUTHWRIGHT_TRUSTED_PROXIES": "127.0.0.1",
            "AUTHWRIGHT_LOG_LEVEL": "warning",
        }
        if self.workers > 1:
            settings["AUTHWRIGHT_WORKERS"] = str(self.workers)
        return settings


class AuthwrightPostgresql(Authwright):
    """On PostgreSQL."""

    name = "authwright-postgresql"
    title = "authwright, PostgreSQL"
    uses_postgresql = True


class AuthwrightTwoWorkers(AuthwrightPostgresql):
    """Two processes, on both cores."""

    name = "authwright-postgresql-2"
    title = "authwright, PostgreSQL, 2 workers on 2 cores"
    workers = 2
    cores = 2
    remarks = "shares the second core with the load"


def api(alg: str) -> str:
    """The API whose access tokens are signed by *alg*."""
    return f"https://{alg.lower()}.example.com"
