"""
Cross-origin requests: which pages of other sites may read the protocol's answers.

Nothing here depends on a cookie, so an origin gains nothing by being let in that it could not do from a
server. Metadata and keys are for everybody; the endpoints that take tokens answer the origins of registered
redirect URIs, because those are the sites that single-page apps run on.
"""

from collections.abc import Iterable

from authwright.authorization_server.records import Client
from authwright.oauth.redirect_uri import matches, origin

ANY_ORIGIN = {"access-control-allow-origin": "*"}


def is_client_origin(received: str, clients: Iterable[Client]) -> bool:
    """Whether *received*, an ``Origin`` header, is of a redirect URI; on loopback whatever its port."""
    return any(matches(origin(uri), received) for client in clients for uri in client.redirect_uris)


def allow(received: str) -> dict[str, str]:
    """The headers that let the page at *received* read the answer."""
    return {
        "access-control-allow-origin": received,
        "access-control-expose-headers": "WWW-Authenticate",
        "vary": "Origin",
    }


def preflight(received: str) -> dict[str, str]:
    """The answer to the browser's question whether it may send the request."""
    return {
        **allow(received),
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
    }
