"""Programs that we did not write, and our server for them."""

import pytest

from support.absent import absent
from support.node import NodeMissing, install, run_scenario
from support.oidc_provider import make_keys, running_oidc_provider
from support.person import Person
from support.real_provider import PASSWORD, USERNAME, running_provider
from support.registrations import API, KEY, POST_LOGOUT_REDIRECT_URI, REDIRECT_URI, SECRET, WRITES


@pytest.fixture(scope="session")
def node():
    """Where Node is, with the packages installed."""
    try:
        return install()
    except NodeMissing as missing:
        absent(str(missing))


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    """Our issuer, one for all tests of a worker: what they do to it does not reach each other."""
    with running_provider(tmp_path_factory.mktemp("provider"), WRITES) as provider:
        yield provider


@pytest.fixture(scope="session")
def oidc_provider(node):
    """The issuer that we did not write."""
    with running_oidc_provider(node, make_keys("now")) as provider:
        yield provider


@pytest.fixture
def foreign_person():
    """Its development pages believe everybody."""
    with Person("bertha", "whatever") as person:
        yield person


@pytest.fixture
def person():
    with Person(USERNAME, PASSWORD) as person:
        yield person


@pytest.fixture
def scenario(node, provider, person):
    """Runs a scenario of a program as the client that authenticates by *method*."""

    def run(program, name, method="client_secret_basic", **changes):
        settings = {
            "issuer": provider.issuer,
            "client_id": method,
            "method": method,
            "secret": SECRET,
            "key": KEY.to_dict(private=True),
            "redirect_uri": REDIRECT_URI,
            "post_logout_redirect_uri": POST_LOGOUT_REDIRECT_URI,
            "other_redirect_uri": "http://127.0.0.1:8321/elsewhere",
            "api": API,
            **changes,
        }
        return run_scenario(node, f"{program}.mjs", name, settings, person.visit)

    return run
