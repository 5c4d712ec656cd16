"""Metadata and keys, as a client takes them."""

from dataclasses import replace

import pytest

from authwright.client import Client, InvalidResponse, NotOffered, problems
from authwright.client.discovery import (
    build_authorization_server_metadata_request,
    build_jwks_request,
    build_openid_configuration_request,
    endpoint,
    parse_jwks_response,
    parse_metadata_response,
)
from authwright.oauth.http import HttpResponse
from authwright.oauth.invalid_value import InvalidValue
from support.fake_provider import ISSUER, FakeProvider, Wire, json_response

PROVIDER = FakeProvider()


def document(issuer=ISSUER, **members):
    return json_response({**replace(PROVIDER.metadata, issuer=issuer).to_dict(), **members})


@pytest.mark.parametrize(
    ("issuer", "openid", "oauth"),
    [
        (
            ISSUER,
            f"{ISSUER}/.well-known/openid-configuration",
            f"{ISSUER}/.well-known/oauth-authorization-server",
        ),
        (
            f"{ISSUER}/realms/one",
            f"{ISSUER}/realms/one/.well-known/openid-configuration",
            f"{ISSUER}/.well-known/oauth-authorization-server/realms/one",
        ),
    ],
)
def test_where_the_metadata_is(issuer, openid, oauth):
    """OpenID Connect Discovery §4.1 appends, RFC 8414 §3.1 inserts."""
    assert build_openid_configuration_request(issuer).url == openid
    assert build_authorization_server_metadata_request(issuer).url == oauth


def test_the_metadata_are_those_of_the_issuer():
    assert parse_metadata_response(document(), issuer=ISSUER) == PROVIDER.metadata


@pytest.mark.parametrize("named", [f"{ISSUER}/", "https://ID.example.com", "https://attacker.example"])
def test_the_metadata_of_another_issuer_are_refused(named):
    """The issuer "MUST be identical", byte for byte. RFC 8414 §3.3."""
    with pytest.raises(InvalidResponse) as caught:
        parse_metadata_response(document(issuer=named), issuer=ISSUER)
    assert caught.value.problem is problems.INVALID_METADATA
    assert (caught.value.received, caught.value.expected) == (named, ISSUER)  # both, to be compared


def test_an_auth0_issuer_ends_with_a_slash():
    """What the provider calls itself is right, slash or not."""
    issuer = "https://tenant.example.com/"
    assert parse_metadata_response(document(issuer=issuer), issuer=issuer).issuer == issuer
    assert build_openid_configuration_request(issuer).url == f"{issuer}.well-known/openid-configuration"


@pytest.mark.parametrize(
    "member", ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"]
)
@pytest.mark.parametrize("url", ["http://id.example.com/x", "http://localhost/x"])
def test_an_endpoint_on_plain_http_is_refused(member, url):
    """Secrets and tokens travel by TLS. RFC 6749 §3.1, §3.2."""
    with pytest.raises(InvalidResponse) as caught:
        parse_metadata_response(document(**{member: url}), issuer=ISSUER)
    assert caught.value.problem is problems.INSECURE_ENDPOINT
    assert caught.value.received == member


def test_an_issuer_on_this_machine_may_use_plain_http():
    """For development, as RFC 8252 §8.3 allows it for redirects."""
    issuer = "http://localhost:9000"
    local = FakeProvider(issuer=issuer).metadata
    assert parse_metadata_response(json_response(local.to_dict()), issuer=issuer) == local
    with pytest.raises(InvalidResponse):
        parse_metadata_response(
            json_response({**local.to_dict(), "token_endpoint": "http://elsewhere/token"}), issuer=issuer
        )


@pytest.mark.parametrize(
    "issuer",
    ["http://id.example.com", "id.example.com", "https://id.example.com?x", "https://id.example.com#x"],
)
def test_a_client_refuses_an_issuer_that_cannot_be_one(issuer):
    """At start-up, not at the first login. RFC 8414 §2."""
    with pytest.raises(InvalidValue):
        Client(issuer, "web", transport=Wire(PROVIDER))


@pytest.mark.parametrize(
    "internal_url", ["", "idp", "idp:9000", "ftp://idp", "http://", "http://idp:9000?x", "http://idp:9000#x"]
)
def test_a_client_refuses_an_internal_url_that_cannot_be_one(internal_url):
    """At start-up, not at the first login, and with what is wrong with it."""
    with pytest.raises(InvalidValue):
        Client(ISSUER, "web", internal_url=internal_url, transport=Wire(PROVIDER))


@pytest.mark.parametrize("parse", [lambda r: parse_metadata_response(r, issuer=ISSUER), parse_jwks_response])
def test_a_document_that_is_not_found(parse):
    with pytest.raises(InvalidResponse) as caught:
        parse(HttpResponse(302, {"location": ISSUER}))
    assert caught.value.problem is problems.UNEXPECTED_STATUS
    assert caught.value.received == 302


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"{}", b'{"keys": 1}'])
def test_documents_that_are_malformed(body):
    with pytest.raises(InvalidResponse) as caught:
        parse_metadata_response(HttpResponse(200, {}, body), issuer=ISSUER)
    assert caught.value.problem is problems.INVALID_METADATA
    with pytest.raises(InvalidResponse) as caught:
        parse_jwks_response(HttpResponse(200, {}, body))
    assert caught.value.problem is problems.INVALID_KEYS


def test_the_keys_are_asked_for_where_the_metadata_say():
    assert build_jwks_request(PROVIDER.metadata).url == f"{ISSUER}/jwks"
    keys = parse_jwks_response(json_response(PROVIDER.jwks.to_dict()))
    assert [key.kid for key in keys.keys] == ["first"]


def test_an_endpoint_that_is_not_there():
    with pytest.raises(NotOffered) as caught:
        endpoint(replace(PROVIDER.metadata, revocation_endpoint=None), "revocation_endpoint")
    assert caught.value.expected == "revocation_endpoint"
