"""
Issuer identifiers, the documents found through them, and ``iss`` in authorization responses.

:rfc:`8414#section-2`, OpenID Connect Discovery §4, :rfc:`9207`. An issuer is compared byte for byte and
never changed: two spellings of one URL are two issuers.
"""

from .invalid_value import InvalidValue
from .uri import parse_uri


def check_issuer(issuer: str, *, allow_loopback_http: bool = False) -> None:
    """
    Check that *issuer* can be an issuer identifier: https, a host, no query and no fragment.

    :rfc:`8414#section-2`. With *allow_loopback_http*, plain http to this machine also passes, for
    development. Raises `InvalidValue`.
    """
    uri = parse_uri(issuer)
    if uri.host is None:
        raise InvalidValue("the issuer has no host")
    if uri.userinfo is not None:
        raise InvalidValue("the issuer holds a user name")
    if uri.query is not None or uri.fragment is not None:
        raise InvalidValue("the issuer has a query or a fragment")
    if uri.scheme != "https" and not (allow_loopback_http and uri.scheme == "http" and uri.is_loopback):
        raise InvalidValue("the issuer is not an https URL")


def authorization_server_metadata_url(issuer: str) -> str:
    """Where the metadata of *issuer* is by :rfc:`8414#section-3.1`: inserted before the issuer's path."""
    scheme, _, rest = issuer.removesuffix("/").partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority}/.well-known/oauth-authorization-server{slash}{path}"


def openid_configuration_url(issuer: str) -> str:
    """Where the metadata of *issuer* is by OpenID Connect Discovery §4.1: appended to the issuer's path."""
    return f"{issuer.removesuffix('/')}/.well-known/openid-configuration"


def check_internal_url(internal_url: str) -> None:
    """Check that an issuer can be reached at *internal_url*: http or https, a host. Raises `InvalidValue`."""
    uri = parse_uri(internal_url)
    if uri.scheme not in {"https", "http"} or uri.host is None:
        raise InvalidValue("internal_url is not an http or https URL, such as http://idp:9000")
    if uri.query is not None or uri.fragment is not None:
        raise InvalidValue("internal_url has a query or a fragment")


def reached_at(url: str, *, issuer: str, base: str) -> str:
    """*url* by way of *base*, where *issuer* is reached from here; that of anybody else as it is."""
    public = issuer.removesuffix("/")
    return base.removesuffix("/") + url[len(public) :] if url.startswith(f"{public}/") else url


def check_response_issuer(received: str | None, *, issuer: str, supported: bool) -> None:
    """
    Check ``iss`` of an authorization response against the *issuer* that the request went to.

    :rfc:`9207#section-2.4`: this is what defeats mix-up, so when the server's metadata says that it sends
    ``iss`` (*supported*), a response without it is refused; one that is there must be right in any case.
    Raises `InvalidValue`.
    """
    if received is None:
        if supported:
            raise InvalidValue("the authorization response lacks iss, which its issuer promises to send")
    elif received != issuer:
        raise InvalidValue("the authorization response comes from another issuer")
