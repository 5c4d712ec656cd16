"""authwright.oauth.resource."""

import pytest

from authwright.oauth.errors import InvalidTarget
from authwright.oauth.resource import check_resource


@pytest.mark.parametrize(
    "resource", ["https://api.example.com", "https://a/b?c=d", "urn:example:api", "http://a:8000"]
)
def test_absolute_uris(resource):
    """A resource is an absolute URI; a query is allowed. RFC 8707 §2."""
    check_resource(resource)


@pytest.mark.parametrize("resource", ["", "api", "/api", "//a/b", "https://a b", "https://"])
def test_not_absolute(resource):
    """MUST be an absolute URI, else invalid_target. RFC 8707 §2."""
    with pytest.raises(InvalidTarget, match="absolute"):
        check_resource(resource)


@pytest.mark.parametrize("resource", ["https://a/#b", "urn:x:y#"])
def test_fragment(resource):
    """MUST NOT include a fragment component. RFC 8707 §2."""
    with pytest.raises(InvalidTarget, match="fragment"):
        check_resource(resource)
