"""django-oauth-toolkit behind gunicorn: a Django project with the toolkit and Django's own login page."""

from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.field.contestant import Place
from benchmarks.field.provider import Machine, Provider
from benchmarks.field.wsgi import WsgiApplication


class DjangoOauthToolkit(WsgiApplication):
    """On PostgreSQL."""

    name = "django-oauth-toolkit"
    title = "django-oauth-toolkit, PostgreSQL"
    password_hash = "PBKDF2-SHA256, 1,000,000 iterations (Django's default)"
    remarks = (
        "opaque access tokens, ID tokens by RS256: it has no others; clients' secrets in plain; "
        "prompt=none fails with a 500, so silent is without it"
    )

    folder, application, set_up = "django_oauth_toolkit", "wsgi:application", "set_up.py"
    distributions = ("", "django-oauth-toolkit"), ("Django", "django")
    environment = (("DJANGO_SETTINGS_MODULE", "settings"),)

    def configuration(self, place: Place) -> dict[str, Any]:
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "databasePort": place.cluster.port if place.cluster else 0,
            "privateKey": key.decode(),
        }

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
