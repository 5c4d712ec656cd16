"""authwright.oauth.metadata."""

import json

import pytest

from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.metadata import (
    AuthorizationServerMetadata,
    ProtectedResourceMetadata,
    parse_authorization_server_metadata,
    parse_protected_resource_metadata,
    protected_resource_metadata_url,
)

ISSUER = "https://id.example.com"
SERVER = AuthorizationServerMetadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize",
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/jwks",
    scopes_supported=("openid",),
    response_types_supported=("code",),
    code_challenge_methods_supported=("S256",),
    authorization_response_iss_parameter_supported=True,
    request_uri_parameter_supported=False,
)
RESOURCE = ProtectedResourceMetadata(
    resource="https://api.example.com", authorization_servers=(ISSUER,), bearer_methods_supported=("header",)
)


def body(**members) -> bytes:
    return json.dumps({"issuer": ISSUER, **members}).encode()


def test_server_round_trip():
    """What the server publishes, a client reads. RFC 8414 §2."""
    assert parse_authorization_server_metadata(json.dumps(SERVER.to_dict()).encode(), issuer=ISSUER) == SERVER


def test_absent_and_empty_members_are_left_out():
    """Claims with zero elements MUST be omitted. RFC 8414 §3.2."""
    document = SERVER.to_dict()
    assert "userinfo_endpoint" not in document
    assert "acr_values_supported" not in document
    assert document["scopes_supported"] == ["openid"]
    assert document["request_uri_parameter_supported"] is False


def test_defaults_of_the_specification():
    """What a document does not say has the value that the specification gives it. RFC 8414 §2."""
    metadata = parse_authorization_server_metadata(body(unknown={"x": 1}, token_endpoint=None), issuer=ISSUER)
    assert metadata == AuthorizationServerMetadata(issuer=ISSUER)
    assert metadata.grant_types_supported == ("authorization_code", "implicit")
    assert metadata.token_endpoint_auth_methods_supported == ("client_secret_basic",)
    assert metadata.request_uri_parameter_supported


@pytest.mark.parametrize("issuer", [f"{ISSUER}/", "https://evil.example", "HTTPS://id.example.com"])
def test_issuer_must_be_the_one_asked_for(issuer):
    """The issuer MUST be identical to the one the document was fetched for. RFC 8414 §3.3."""
    with pytest.raises(InvalidValue, match="another issuer"):
        parse_authorization_server_metadata(body(), issuer=issuer)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"{}", "what it describes"),
        (b'{"issuer":"a","issuer":"b"}', "not a JSON object"),
        (b'{"issuer":1}', "must be a string"),
        (body(scopes_supported="openid"), "array of strings"),
        (body(scopes_supported=["openid", 1]), "array of strings"),
        (body(request_parameter_supported="false"), "true or false"),
        (body(token_endpoint=["https://a"]), "must be a string"),
        (body(token_endpoint="/token"), "absolute URI"),
        (body(authorization_endpoint="javascript:alert(1)"), "http URL"),
        (body(authorization_endpoint="https:/x"), "http URL"),
        (body(op_tos_uri="file://etc/passwd"), "http URL"),
    ],
)
def test_malformed_server_metadata(document, reason):
    """A document of the wrong shape is refused, and no URL in it can be a script."""
    with pytest.raises(InvalidValue, match=reason):
        parse_authorization_server_metadata(document, issuer=ISSUER)


def test_resource_round_trip():
    """What an API publishes, a client reads. RFC 9728 §2."""
    document = json.dumps(RESOURCE.to_dict()).encode()
    assert parse_protected_resource_metadata(document, resource=RESOURCE.resource) == RESOURCE
    assert "scopes_supported" not in RESOURCE.to_dict()


def test_resource_must_be_the_one_asked_for():
    """The resource MUST be identical to the one the document was fetched for. RFC 9728 §3.3."""
    document = json.dumps(RESOURCE.to_dict()).encode()
    with pytest.raises(InvalidValue, match="another resource"):
        parse_protected_resource_metadata(document, resource="https://api.example.com/")
    with pytest.raises(InvalidValue, match="what it describes"):
        parse_protected_resource_metadata(b"{}", resource="https://api.example.com")


@pytest.mark.parametrize(
    ("resource", "url"),
    [
        ("https://api.example.com", "https://api.example.com/.well-known/oauth-protected-resource"),
        ("https://api.example.com/", "https://api.example.com/.well-known/oauth-protected-resource"),
        ("https://a:8443/mcp", "https://a:8443/.well-known/oauth-protected-resource/mcp"),
        ("https://a/mcp/", "https://a/.well-known/oauth-protected-resource/mcp/"),
        ("https://a/mcp?x=/", "https://a/.well-known/oauth-protected-resource/mcp?x=/"),
        ("https://a?x=1", "https://a/.well-known/oauth-protected-resource?x=1"),
        ("https://a/?x=1", "https://a/.well-known/oauth-protected-resource?x=1"),
    ],
)
def test_resource_metadata_url(resource, url):
    """Inserted between host and path; a slash right after the host is dropped. RFC 9728 §3.1."""
    assert protected_resource_metadata_url(resource) == url
