"""What a server without its database still does, and how it refuses the rest."""

import pytest
from starlette.testclient import TestClient

from authwright.authorization_server.records import ProtectedResource, ScopeDescription
from authwright.authorization_server.storage import StorageUnavailable
from authwright.authorization_server.writes import SaveProtectedResource
from support.pages import run

DISCOVERY = "/.well-known/openid-configuration"


class Away:
    """A storage that cannot be reached, whatever it is asked."""

    def __getattr__(self, name):
        raise StorageUnavailable("the database does not answer")


def take_away(place):
    """From one moment to the next."""
    object.__setattr__(place.idp, "storage", Away())
    object.__setattr__(place.idp.server, "storage", Away())


@pytest.mark.parametrize("path", [DISCOVERY, "/.well-known/oauth-authorization-server", "/jwks"])
def test_documents_are_served_as_they_were(place, path):
    """Discovery and JWKS go on. RFC 8414 §3: a verifier that starts meanwhile finds what it needs."""
    client = place.browser().client
    before = client.get(path)
    take_away(place)
    after = client.get(path)
    assert after.status_code == 200
    assert after.json() == before.json()
    assert after.headers["cache-control"] == before.headers["cache-control"]


def test_a_server_knows_its_documents_before_anybody_asks(place):
    """The database may go away right after the start."""
    with TestClient(place.app, base_url=place.issuer) as client:
        take_away(place)
        assert client.get(DISCOVERY).json()["issuer"] == place.issuer


def test_documents_say_what_has_changed(place):
    """They are kept as they were written, and an API that is new has its scopes in them. RFC 8414 §2."""
    client = place.browser().client
    assert "parcels:send" not in client.get(DISCOVERY).json()["scopes_supported"]
    scopes = (ScopeDescription("parcels:send", "Send parcels"),)
    place.commit(SaveProtectedResource(ProtectedResource("https://parcels.example.com", "Parcels", scopes)))
    assert "parcels:send" in client.get(DISCOVERY).json()["scopes_supported"]

    before = client.get("/jwks").json()["keys"]
    made = run(place.idp.keyring.rotate(place.clock.now(), immediately=False))
    after = client.get("/jwks").json()["keys"]
    assert {key["kid"] for key in after} == {key["kid"] for key in before} | set(made)
    assert made


def test_a_document_that_was_never_known_is_unavailable(place):
    """Nothing is made up: the scopes of the APIs are part of the document."""
    take_away(place)
    response = place.browser().client.get(DISCOVERY)
    assert response.status_code == 503
    assert response.headers["retry-after"]


@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
def test_what_needs_the_database_says_when_to_come_again(place, path):
    """Rule 5: fail closed, as 503 with Retry-After, and never as if the token or the client were bad."""
    client = place.browser().client
    take_away(place)
    form = {"client_id": "app", "client_secret": "x" * 32, "token": "x", "grant_type": "refresh_token"}
    response = client.post(path, data=form)
    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"
    assert response.headers["retry-after"].isdecimal()
