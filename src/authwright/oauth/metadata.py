"""
Metadata documents: what an authorization server and a protected resource publish about themselves.

:rfc:`8414#section-2` and OpenID Connect Discovery §3 for the server, whose two documents hold the same;
:rfc:`9728#section-2` for the resource. Field names are the members' names; a member that is absent from a
document has the default that its specification gives it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar, cast

from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import JoseError

from .invalid_value import InvalidValue
from .uri import parse_uri

_Document = TypeVar("_Document", "AuthorizationServerMetadata", "ProtectedResourceMetadata")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationServerMetadata:
    """:rfc:`8414#section-2`, with the members of OpenID Connect Discovery and RP-Initiated Logout."""

    issuer: str
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    jwks_uri: str | None = None
    userinfo_endpoint: str | None = None
    introspection_endpoint: str | None = None
    revocation_endpoint: str | None = None
    end_session_endpoint: str | None = None
    scopes_supported: tuple[str, ...] = ()
    response_types_supported: tuple[str, ...] = ()
    response_modes_supported: tuple[str, ...] = ("query", "fragment")
    grant_types_supported: tuple[str, ...] = ("authorization_code", "implicit")
    subject_types_supported: tuple[str, ...] = ()
    id_token_signing_alg_values_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    token_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ()
    introspection_endpoint_auth_methods_supported: tuple[str, ...] = ()
    introspection_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ()
    revocation_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    revocation_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ()
    code_challenge_methods_supported: tuple[str, ...] = ()
    prompt_values_supported: tuple[str, ...] = ()
    acr_values_supported: tuple[str, ...] = ()
    display_values_supported: tuple[str, ...] = ()
    claim_types_supported: tuple[str, ...] = ("normal",)
    claims_supported: tuple[str, ...] = ()
    ui_locales_supported: tuple[str, ...] = ()
    service_documentation: str | None = None
    op_policy_uri: str | None = None
    op_tos_uri: str | None = None
    authorization_response_iss_parameter_supported: bool = False
    claims_parameter_supported: bool = False
    request_parameter_supported: bool = False
    request_uri_parameter_supported: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The JSON document. "Claims with zero elements MUST be omitted", :rfc:`8414#section-3.2`."""
        return _to_dict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedResourceMetadata:
    """:rfc:`9728#section-2`."""

    resource: str
    authorization_servers: tuple[str, ...] = ()
    scopes_supported: tuple[str, ...] = ()
    bearer_methods_supported: tuple[str, ...] = ()
    resource_name: str | None = None
    resource_documentation: str | None = None
    resource_policy_uri: str | None = None
    resource_tos_uri: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON document, without the members that are not set."""
        return _to_dict(self)


_URLS: Final = frozenset(
    {
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
        "service_documentation",
        "op_policy_uri",
        "op_tos_uri",
        "resource_documentation",
        "resource_policy_uri",
        "resource_tos_uri",
    }
)
"""Members that somebody will fetch or send a browser to: http or https, so that no script hides there."""


def parse_authorization_server_metadata(body: bytes, *, issuer: str) -> AuthorizationServerMetadata:
    """
    The metadata in *body*, fetched for *issuer*, which it must name. :rfc:`8414#section-3.3`.

    Members that are not known are ignored. Raises `InvalidValue`.
    """
    metadata = _parse(AuthorizationServerMetadata, body)
    if metadata.issuer != issuer:
        # Else any site could publish a document that speaks for an honest issuer.
        raise InvalidValue("the metadata document is of another issuer")
    return metadata


def parse_protected_resource_metadata(body: bytes, *, resource: str) -> ProtectedResourceMetadata:
    """
    The metadata in *body*, fetched for *resource*, which it must name. :rfc:`9728#section-3.3`.

    Members that are not known are ignored. Raises `InvalidValue`.
    """
    metadata = _parse(ProtectedResourceMetadata, body)
    if metadata.resource != resource:
        raise InvalidValue("the metadata document is of another resource")
    return metadata


def protected_resource_metadata_url(resource: str) -> str:
    """
    Where the metadata of *resource* is: inserted before its path and query. :rfc:`9728#section-3.1`.

    Only the slash that follows the host directly is dropped; one that ends a longer path is part of it.
    """
    scheme, _, rest = resource.partition("://")
    end = next((index for index, character in enumerate(rest) if character in "/?"), len(rest))
    authority, path = rest[:end], rest[end:]
    if path == "/" or path.startswith("/?"):
        path = path[1:]
    return f"{scheme}://{authority}/.well-known/oauth-protected-resource{path}"


def _to_dict(metadata: AuthorizationServerMetadata | ProtectedResourceMetadata) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for member in fields(metadata):
        value: str | bool | tuple[str, ...] | None = getattr(metadata, member.name)
        if value is not None and value != ():
            document[member.name] = list(value) if isinstance(value, tuple) else value
    return document


def _parse(kind: type[_Document], body: bytes) -> _Document:
    try:
        document = parse_json_object(body)
    except JoseError:
        raise InvalidValue("the metadata document is not a JSON object") from None
    values: dict[str, Any] = {
        member.name: _value(member.name, member.type, document)
        for member in fields(kind)
        if document.get(member.name) is not None
    }
    try:
        return kind(**values)
    except TypeError:
        raise InvalidValue("the metadata document does not name what it describes") from None


def _value(name: str, kind: object, document: Mapping[str, Any]) -> object:
    value: object = document[name]
    if kind is bool:
        if not isinstance(value, bool):
            raise InvalidValue("a metadata member that must be true or false is neither")
        return value
    if kind == tuple[str, ...]:
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(isinstance(item, str) for item in items):
            raise InvalidValue("a metadata member that must be an array of strings is not")
        return tuple(items)
    if not isinstance(value, str):
        raise InvalidValue("a metadata member that must be a string is not")
    if name in _URLS:
        uri = parse_uri(value)
        if uri.scheme not in {"https", "http"} or uri.host is None:
            raise InvalidValue("a metadata member that must be an http URL is not")
    return value
