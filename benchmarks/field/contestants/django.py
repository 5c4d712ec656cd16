"""django-oauth-toolkit behind gunicorn: a Django project with the toolkit and Django's own login page."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.field.contestant import HERE, Contestant, Home, Launch, Place, nice
from benchmarks.field.gunicorn import gunicorn
from benchmarks.field.provider import (
    ACCESS_TOKEN_SECONDS,
    PASSWORD,
    PEOPLE,
    REDIRECT_URI,
    SECRET,
    Machine,
    Provider,
)

_PROJECT = HERE / "django_oauth_toolkit"


class DjangoOauthToolkit(Contestant):
    """On PostgreSQL."""

    name = "django-oauth-toolkit"
    title = "django-oauth-toolkit, PostgreSQL"
    password_hash = "PBKDF2-SHA256, 1,000,000 iterations (Django's default)"
    remarks = (
        "opaque access tokens, ID tokens by RS256: it has no others; clients' secrets in plain; "
        "prompt=none fails with a 500, so silent is without it"
    )

    def install(self, home: Home) -> None:
        home.environment("django-oauth-toolkit", "-r", str(_PROJECT / "requirements.txt"))

    def installed(self, home: Home) -> Sequence[Path]:
        return (home.of("django-oauth-toolkit") / "venv",)

    def prepare(self, place: Place) -> None:
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        document = {
            "issuer": place.issuer,
            "databasePort": place.cluster.port if place.cluster else 0,
            "privateKey": key.decode(),
            "accessTokenSeconds": ACCESS_TOKEN_SECONDS,
            "secret": SECRET,
            "clientSecret": SECRET,
            "redirectUri": REDIRECT_URI,
            "people": PEOPLE,
            "password": PASSWORD,
        }
        (place.directory / "configuration.json").write_text(json.dumps(document))
        environment = {**os.environ, **self._environment(place)}
        python = place.home.of("django-oauth-toolkit") / "venv" / "bin" / "python"
        nice(_PROJECT, python, "set_up.py", environment=environment)

    def launch(self, place: Place) -> Launch:
        programs = place.home.of("django-oauth-toolkit") / "venv" / "bin"
        return Launch(gunicorn(programs, place.port, "wsgi:application"), self._environment(place), _PROJECT)

    def provider(self, place: Place) -> Provider:
        return Provider(
            place.port,
            discovery="/o/.well-known/openid-configuration",
            jwks="/o/.well-known/jwks.json",
            authorization="/o/authorize/",
            token="/o/token/",
            introspection="/o/introspect/",
            userinfo="/o/userinfo/",
            machines={"ES256": Machine("worker", {"scope": "items:read"}, opaque=True)},
            opaque=True,
            silent={},
        )

    def version(self, home: Home) -> str:
        code = (
            "import importlib.metadata as m;"
            "print(m.version('django-oauth-toolkit') + ', Django', m.version('django'))"
        )
        return nice("", home.of("django-oauth-toolkit") / "venv" / "bin" / "python", "-c", code).strip()

    def _environment(self, place: Place) -> dict[str, str]:
        return {
            "CONFIGURATION": str(place.directory / "configuration.json"),
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
