"""
What this API publishes about itself, so that a client that got a 401 learns whom to ask. :rfc:`9728`.

An audience that is not a URL names no place for the document: :rfc:`9728#section-1.2` wants https. For
development, http to this machine also counts.
"""

from collections.abc import Iterable

from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.metadata import ProtectedResourceMetadata, protected_resource_metadata_url
from authwright.oauth.uri import parse_uri

from .expectation import Expectation


def metadata_url(expectation: Expectation) -> str | None:
    """Where the document is, :rfc:`9728#section-3.1`; None for an audience that is not a URL of a server."""
    try:
        uri = parse_uri(expectation.audience)
    except InvalidValue:
        return None
    if not uri.is_secure or uri.fragment is not None:
        return None
    return protected_resource_metadata_url(expectation.audience)


def metadata_path(expectation: Expectation) -> str | None:
    """The path of `metadata_url` on this server."""
    url = metadata_url(expectation)
    return None if url is None else parse_uri(url).path


def protected_resource_metadata(
    expectation: Expectation, *, scopes: Iterable[str] = (), form_body: bool = False
) -> ProtectedResourceMetadata:
    """
    The document of the API, which needs *scopes*.

    ``offline_access`` is left out: it is a word between client and issuer, and asking for it here would tell
    clients to hold refresh tokens for the API's sake.
    """
    return ProtectedResourceMetadata(
        resource=expectation.audience,
        authorization_servers=(expectation.issuer,),
        scopes_supported=tuple(sorted(set(scopes) - {"offline_access"})),
        bearer_methods_supported=("header", "body") if form_body else ("header",),
    )
