"""How a client authenticates itself."""

from urllib.parse import parse_qs

import pytest

from authwright.client.client_auth import (
    ClientSecretBasic,
    ClientSecretPost,
    NoAuth,
    PrivateKeyJwt,
    RegisteredClient,
    build_authenticated_request,
)
from authwright.jose.jwks import Jwks
from authwright.oauth import client_assertion
from authwright.oauth.client_secret import read_basic
from authwright.oauth.types import ClientId, Secret, Timestamp
from support.fake_provider import ISSUER, FakeProvider, signing_key

NOW = Timestamp(1_800_000_000)
METADATA = FakeProvider().metadata
URL = f"{ISSUER}/token"
WEB = ClientId("web")


def build(auth):
    client = RegisteredClient(client_id=WEB, auth=auth)
    request = build_authenticated_request(METADATA, client, URL, [("grant_type", "x y")], now=NOW)
    return request, {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def test_a_public_client_names_itself():
    """A client without credentials sends its client_id. RFC 6749 §3.2.1."""
    request, form = build(NoAuth())
    assert form == {"grant_type": "x y", "client_id": "web"}
    assert "authorization" not in request.headers
    assert request.body.startswith(b"grant_type=x+y")


@pytest.mark.parametrize("auth", [ClientSecretBasic, ClientSecretPost])
def test_the_secret_is_wrapped(auth):
    """A bare string would be in every repr of the client, and fail at the first login."""
    with pytest.raises(TypeError, match="client_secret"):
        auth("bare")


def test_client_secret_basic():
    """RFC 6749 §2.3.1: both parts are form-urlencoded before they are joined."""
    request, form = build(ClientSecretBasic(Secret("p:ss w%rd")))
    credentials = read_basic(request.headers["authorization"])
    assert (credentials.client_id, credentials.client_secret.reveal()) == ("web", "p:ss w%rd")
    assert form == {"grant_type": "x y"}


def test_client_secret_post():
    """RFC 6749 §2.3.1."""
    request, form = build(ClientSecretPost(Secret("s")))
    assert form == {"grant_type": "x y", "client_id": "web", "client_secret": "s"}
    assert "authorization" not in request.headers


@pytest.mark.parametrize(("audience", "expected"), [(None, ISSUER), (URL, URL)])
def test_private_key_jwt(audience, expected):
    """RFC 7523 §3: an assertion for this issuer alone, by the client's key, made anew each time."""
    key = signing_key("ES256", "client")
    auth = PrivateKeyJwt(key, audience=audience)
    _, form = build(auth)
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    _, again = build(auth)
    identifiers = {
        client_assertion.check(
            each["client_assertion"],
            client_id=WEB,
            keys=Jwks((key.public(),)),
            audiences=[expected],
            now=NOW,
        ).jti
        for each in (form, again)
    }
    assert len(identifiers) == 2


@pytest.mark.parametrize("auth", [ClientSecretBasic(Secret("hidden")), ClientSecretPost(Secret("hidden"))])
def test_the_repr_hides_the_secret(auth):
    assert "hidden" not in repr(auth)


def test_the_repr_hides_the_key():
    key = signing_key("ES256", "client")
    assert key.to_dict(private=True)["d"] not in repr(PrivateKeyJwt(key))
