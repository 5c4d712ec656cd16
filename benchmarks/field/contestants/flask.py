"""Authlib on Flask and SQLAlchemy, behind gunicorn: the application that its documentation builds."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from authwright.jose.jwk import generate_jwk
from benchmarks.field.contestant import HERE, Contestant, Home, Launch, Place, nice
from benchmarks.field.gunicorn import THREADS, gunicorn
from benchmarks.field.provider import ACCESS_TOKEN_SECONDS, PASSWORD, PEOPLE, REDIRECT_URI, SECRET, Provider

_APPLICATION = HERE / "authlib_flask"


class AuthlibOnFlask(Contestant):
    """On PostgreSQL."""

    name = "authlib-flask"
    title = "Authlib on Flask, PostgreSQL"
    password_hash = "Argon2id, 19 MiB, 2 passes, 1 lane"
    remarks = "sessions in signed cookies; clients' secrets in plain; discovery is a constant"

    def install(self, home: Home) -> None:
        home.environment("authlib-flask", "-r", str(_APPLICATION / "requirements.txt"))

    def installed(self, home: Home) -> Sequence[Path]:
        return (home.of("authlib-flask") / "venv",)

    def prepare(self, place: Place) -> None:
        document = {
            "issuer": place.issuer,
            "databaseUrl": place.database_url.replace("postgresql:", "postgresql+psycopg:"),
            "threads": THREADS,
            "keys": [generate_jwk(alg, kid=alg).to_dict(private=True) for alg in ("ES256", "RS256")],
            "accessTokenSeconds": ACCESS_TOKEN_SECONDS,
            "secret": SECRET,
            "clientSecret": SECRET,
            "redirectUri": REDIRECT_URI,
            "people": PEOPLE,
            "password": PASSWORD,
        }
        (place.directory / "configuration.json").write_text(json.dumps(document))
        environment = {**os.environ, **self._environment(place)}
        python = place.home.of("authlib-flask") / "venv" / "bin" / "python"
        nice(_APPLICATION, python, "app.py", environment=environment)

    def launch(self, place: Place) -> Launch:
        command = gunicorn(place.home.of("authlib-flask") / "venv" / "bin", place.port, "app:app")
        return Launch(command, self._environment(place), _APPLICATION)

    def provider(self, place: Place) -> Provider:
        return Provider(place.port)

    def version(self, home: Home) -> str:
        code = "import importlib.metadata as m; print(m.version('authlib') + ', Flask', m.version('flask'))"
        return nice("", home.of("authlib-flask") / "venv" / "bin" / "python", "-c", code).strip()

    def _environment(self, place: Place) -> dict[str, str]:
        configuration = str(place.directory / "configuration.json")
        return {"CONFIGURATION": configuration, "PYTHONDONTWRITEBYTECODE": "1"}
