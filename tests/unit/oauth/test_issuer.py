"""authwright.oauth.issuer."""

import pytest

from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.issuer import (
    authorization_server_metadata_url,
    check_issuer,
    check_response_issuer,
    openid_configuration_url,
    reached_at,
)


@pytest.mark.parametrize(
    "issuer", ["https://id.example.com", "https://id.example.com/", "https://id.example.com:8443/realms/a/"]
)
def test_https_issuers(issuer):
    """https, a host, perhaps a path; a trailing slash is part of the name. RFC 8414 §2."""
    check_issuer(issuer)


@pytest.mark.parametrize("issuer", ["http://localhost:9000", "http://127.0.0.1", "http://[::1]:1/realm"])
def test_plain_http_only_to_this_machine_and_on_request(issuer):
    """http is for development on this machine, and has to be asked for."""
    check_issuer(issuer, allow_loopback_http=True)
    with pytest.raises(InvalidValue, match="https"):
        check_issuer(issuer)


@pytest.mark.parametrize(
    ("issuer", "reason"),
    [
        ("http://id.example.com", "https"),
        ("ftp://localhost", "https"),
        ("urn:example", "no host"),
        ("https:/x", "no host"),
        ("https://u@id.example.com", "user name"),
        ("https://id.example.com?a", "query"),
        ("https://id.example.com#a", "query"),
        ("id.example.com", "absolute"),
    ],
)
def test_what_is_no_issuer(issuer, reason):
    """No query, no fragment. RFC 8414 §2."""
    with pytest.raises(InvalidValue, match=reason):
        check_issuer(issuer, allow_loopback_http=True)


@pytest.mark.parametrize(
    ("issuer", "oauth", "openid"),
    [
        (
            "https://a.example",
            "https://a.example/.well-known/oauth-authorization-server",
            "https://a.example/.well-known/openid-configuration",
        ),
        (
            "https://a.example/",
            "https://a.example/.well-known/oauth-authorization-server",
            "https://a.example/.well-known/openid-configuration",
        ),
        (
            "https://a.example:8443/realms/x/",
            "https://a.example:8443/.well-known/oauth-authorization-server/realms/x",
            "https://a.example:8443/realms/x/.well-known/openid-configuration",
        ),
    ],
)
def test_well_known_urls(issuer, oauth, openid):
    """RFC 8414 §3.1 inserts before the path, OpenID Connect Discovery §4.1 appends to it."""
    assert authorization_server_metadata_url(issuer) == oauth
    assert openid_configuration_url(issuer) == openid


def test_response_issuer_must_be_right():
    """``iss`` MUST be compared with the issuer by simple string comparison. RFC 9207 §2.4."""
    check_response_issuer("https://a", issuer="https://a", supported=True)
    for received in ("https://b", "https://a/", "HTTPS://a", ""):
        for supported in (True, False):
            with pytest.raises(InvalidValue, match="another issuer"):
                check_response_issuer(received, issuer="https://a", supported=supported)


def test_response_issuer_may_not_be_left_out_where_it_is_promised():
    """A server that says it sends ``iss`` and does not is somebody else. RFC 9207 §2.4."""
    check_response_issuer(None, issuer="https://a", supported=False)
    with pytest.raises(InvalidValue, match="lacks iss"):
        check_response_issuer(None, issuer="https://a", supported=True)


@pytest.mark.parametrize("issuer", ["https://id.example.com/realm", "https://id.example.com/realm/"])
@pytest.mark.parametrize("base", ["http://idp:9000/realm", "http://idp:9000/realm/"])
def test_another_address_of_the_issuer(issuer, base):
    """What is under the issuer is asked for under the other address, and nothing else is."""
    assert reached_at("https://id.example.com/realm/jwks", issuer=issuer, base=base) == (
        "http://idp:9000/realm/jwks"
    )
    for url in (
        "https://id.example.com/realms/jwks",
        "https://id.example.com/",
        "https://cdn.example.com/jwks",
    ):
        assert reached_at(url, issuer=issuer, base=base) == url
