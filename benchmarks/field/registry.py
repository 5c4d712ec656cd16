"""All contestants by name."""

from benchmarks.field.contestant import Contestant
from benchmarks.field.contestants.authwright import Authwright, AuthwrightPostgresql, AuthwrightTwoWorkers
from benchmarks.field.contestants.django import DjangoOauthToolkit
from benchmarks.field.contestants.flask import AuthlibOnFlask
from benchmarks.field.contestants.hydra import Hydra
from benchmarks.field.contestants.keycloak import Keycloak
from benchmarks.field.contestants.oidc_provider import OidcProvider, OidcProviderInMemory

CONTESTANTS: dict[str, Contestant] = {
    each.name: each
    for each in (
        Authwright(),
        AuthwrightPostgresql(),
        AuthwrightTwoWorkers(),
        OidcProvider(),
        OidcProviderInMemory(),
        Keycloak(),
        Hydra(),
        DjangoOauthToolkit(),
        AuthlibOnFlask(),
    )
}
"""In the order of the tables."""
