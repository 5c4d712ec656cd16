"""RFC 9728: the document of an API, where it is and what it says."""

import pytest

from authwright.jose.encoding import dump_json
from authwright.oauth.metadata import parse_protected_resource_metadata
from authwright.resource_server.expectation import Expectation
from authwright.resource_server.metadata import metadata_path, metadata_url, protected_resource_metadata


def expecting(audience):
    return Expectation(issuer="https://id.test", audience=audience)


@pytest.mark.parametrize(
    ("audience", "url"),
    [
        ("https://api.test", "https://api.test/.well-known/oauth-protected-resource"),
        ("https://api.test/", "https://api.test/.well-known/oauth-protected-resource"),
        ("https://api.test/v1", "https://api.test/.well-known/oauth-protected-resource/v1"),
        ("https://api.test/v1?x=1", "https://api.test/.well-known/oauth-protected-resource/v1?x=1"),
        ("http://localhost:8000", "http://localhost:8000/.well-known/oauth-protected-resource"),
    ],
)
def test_3_well_known(audience, url):
    """§3.1: inserted between host and path; the path of the route has no query."""
    assert metadata_url(expecting(audience)) == url
    assert metadata_path(expecting(audience)) == "/" + url.partition("?")[0].split("/", 3)[3]


@pytest.mark.parametrize(
    "audience", ["my-api", "urn:my:api", "http://api.test", "https://api.test#x", "api://1234", "https:"]
)
def test_1_2_resource_identifier(audience):
    """§1.2: "a URL that uses the https scheme and has no fragment component"; others have no document."""
    assert metadata_url(expecting(audience)) is None
    assert metadata_path(expecting(audience)) is None


def test_2_document():
    """§2; and MCP: at least one authorization server, and never ``offline_access``."""
    document = protected_resource_metadata(
        expecting("https://api.test"), scopes=["items:write", "items:read", "offline_access", "items:read"]
    )
    assert document.to_dict() == {
        "resource": "https://api.test",
        "authorization_servers": ["https://id.test"],
        "scopes_supported": ["items:read", "items:write"],
        "bearer_methods_supported": ["header"],
    }
    assert (
        parse_protected_resource_metadata(dump_json(document.to_dict()), resource="https://api.test")
        == document
    )


def test_2_bearer_methods():
    document = protected_resource_metadata(expecting("https://api.test"), form_body=True)
    assert document.bearer_methods_supported == ("header", "body")
    assert "scopes_supported" not in document.to_dict()
