"""
Learning what an authorization server is: its metadata, and the keys of its ID tokens.

OpenID Connect Discovery §4, :rfc:`8414#section-3`, :rfc:`7517#section-5`.
"""

from http import HTTPStatus
from typing import Final

from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import JoseError
from authwright.jose.jwks import Jwks, parse_jwks
from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.issuer import authorization_server_metadata_url, openid_configuration_url
from authwright.oauth.metadata import AuthorizationServerMetadata, parse_authorization_server_metadata
from authwright.oauth.uri import parse_uri

from .errors import InvalidResponse, NotOffered
from .problems import INSECURE_ENDPOINT, INVALID_KEYS, INVALID_METADATA, NOT_OFFERED, UNEXPECTED_STATUS

_ENDPOINTS: Final = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "end_session_endpoint",
)


def build_openid_configuration_request(issuer: str) -> HttpRequest:
    """Ask for the metadata of *issuer*. OpenID Connect Discovery §4.1."""
    return HttpRequest("GET", openid_configuration_url(issuer), {"accept": "application/json"})


def build_authorization_server_metadata_request(issuer: str) -> HttpRequest:
    """Ask for the metadata of *issuer*, a server without OpenID Connect. :rfc:`8414#section-3.1`."""
    return HttpRequest("GET", authorization_server_metadata_url(issuer), {"accept": "application/json"})


def parse_metadata_response(response: HttpResponse, *, issuer: str) -> AuthorizationServerMetadata:
    """
    The metadata, which must name *issuer* byte for byte. Raises `InvalidResponse`.

    Every endpoint must be https; those of an issuer that is itself on plain http, on this machine, may be so
    too.
    """
    _check_found(response)
    try:
        metadata = parse_authorization_server_metadata(response.body, issuer=issuer)
    except InvalidValue as error:
        raise InvalidResponse(
            INVALID_METADATA, detail=error.detail, received=_named_issuer(response), expected=issuer
        ) from error
    local = issuer.startswith("http://")
    for member in _ENDPOINTS:
        url: str | None = getattr(metadata, member)
        if url is not None and not _is_secure(url, local=local):
            raise InvalidResponse(INSECURE_ENDPOINT, received=member)
    return metadata


def endpoint(metadata: AuthorizationServerMetadata, member: str) -> str:
    """The URL that *metadata* gives for *member*. Raises `NotOffered` when there is none."""
    url: str | None = getattr(metadata, member)
    if url is None:
        raise NotOffered(NOT_OFFERED, expected=member)
    return url


def build_jwks_request(metadata: AuthorizationServerMetadata) -> HttpRequest:
    """Ask for the issuer's keys. Raises `NotOffered` when it publishes none."""
    headers = {"accept": "application/jwk-set+json, application/json"}
    return HttpRequest("GET", endpoint(metadata, "jwks_uri"), headers)


def parse_jwks_response(response: HttpResponse) -> Jwks:
    """The keys that are usable. Raises `InvalidResponse` when there is no key set at all."""
    _check_found(response)
    try:
        return parse_jwks(response.body)
    except JoseError as error:
        raise InvalidResponse(INVALID_KEYS, detail=error.detail) from error


def _named_issuer(response: HttpResponse) -> str | None:
    """The issuer that a document names which is not the one expected: what to compare byte for byte."""
    try:
        named = parse_json_object(response.body).get("issuer")
    except JoseError:
        return None
    return named if isinstance(named, str) else None


def _check_found(response: HttpResponse) -> None:
    if response.status != HTTPStatus.OK:
        raise InvalidResponse(UNEXPECTED_STATUS, received=response.status, expected=HTTPStatus.OK.value)


def _is_secure(url: str, *, local: bool) -> bool:
    uri = parse_uri(url)
    return uri.scheme == "https" or (local and uri.is_loopback)
