"""authwright.idp.cli.dev: what a development server begins with."""

from importlib import resources

import pytest

from authwright.idp.cli.private_file import random_password, write_once
from authwright.idp.desired_state.change import Circumstances
from authwright.idp.desired_state.current import CurrentState
from authwright.idp.desired_state.document import read_document
from authwright.idp.desired_state.person import CLAIMS
from authwright.idp.desired_state.plan import make_plan
from authwright.idp.web.cors import is_client_origin
from authwright.oauth.types import Timestamp
from authwright.oidc.claims import is_claim
from authwright.testing.entropy import CountingEntropy


@pytest.fixture
def desired(tmp_path):
    write_once(tmp_path / "password", random_password())
    write_once(tmp_path / "worker.secret", "k3Jf9-Ls0aPqXv82mN4bTz7RwYc6UeHd")
    text = resources.files("authwright.idp.cli").joinpath("dev.toml").read_text(encoding="utf-8")
    return read_document(text, tmp_path)


@pytest.mark.parametrize("username", ["alice", "bob"])
def test_people_have_every_standard_claim(desired, username):
    """The test user must have every standard claim (OpenID Connect Core §5.1), or each scope test warns."""
    person = next(person for person in desired.people if person.username == username)
    assert set(person.claims) == set(CLAIMS)
    assert all(is_claim(name, value) for name, value in person.claims.items())


def test_roles_and_groups_are_those_that_it_prints(desired):
    """alice (admin, editors)   bob (readers)."""
    people = {person.username: (person.roles or (), person.groups) for person in desired.people}
    assert people == {"alice": (("admin",), ("editors",)), "bob": ((), ("readers",))}


def test_clients_are_those_that_it_prints(desired):
    """web (public, PKCE), worker (a machine with a secret)."""
    web, worker = (each.client for each in desired.clients)
    assert (web.client_id, web.token_endpoint_auth_method, web.require_pkce) == ("web", "none", True)
    assert worker.grant_types == {"client_credentials"}
    assert [api.resource for api in desired.apis] == ["http://localhost:8000"]
    assert [scope.name for scope in desired.apis[0].scopes] == ["items:read", "items:write"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_the_origins_of_this_machine_may_call_the_token_endpoint(desired, host):
    """A single-page app that is being built runs on one of them, on a port of its own."""
    assert is_client_origin(f"http://{host}:43210", [desired.clients[0].client])


def test_it_applies(desired):
    """The file is consistent in itself."""
    plan = make_plan(desired, CurrentState({}, {}, {}, {}), Circumstances(Timestamp(1), CountingEntropy()))
    assert plan.new_secrets == ()


def test_passwords_are_long_and_differ():
    """Random, and typed without trouble."""
    made = {random_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(password) == 17 for password in made)
