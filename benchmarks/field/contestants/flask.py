"""Authlib on Flask and SQLAlchemy, behind gunicorn: the application that its documentation builds."""

from typing import Any

from authwright.jose.jwk import generate_jwk
from benchmarks.field.contestant import Place
from benchmarks.field.provider import Provider
from benchmarks.field.wsgi import THREADS, WsgiApplication


class AuthlibOnFlask(WsgiApplication):
    """On PostgreSQL."""

    name = "authlib-flask"
    title = "Authlib on Flask, PostgreSQL"
    password_hash = "Argon2id, 19 MiB, 2 passes, 1 lane"
    remarks = "sessions in signed cookies; clients' secrets in plain; discovery is a constant"

    folder, application, set_up = "authlib_flask", "app:app", "app.py"
    distributions = ("", "authlib"), ("Flask", "flask")

    def configuration(self, place: Place) -> dict[str, Any]:
        return {
            "databaseUrl": place.database_url.replace("postgresql:", "postgresql+psycopg:"),
            "threads": THREADS,
            "keys": [generate_jwk(alg, kid=alg).to_dict(private=True) for alg in ("ES256", "RS256")],
        }

    def provider(self, place: Place) -> Provider:
        return Provider(place.port)
