"""
The headers of every answer that a person's browser shows: what the page may load, and who may hold it.

Content Security Policy Level 3, :rfc:`6797` (HSTS). Nothing is allowed but our own stylesheet, our own
images, the client's logo, and forms that end at ourselves or at the client that waits for the answer.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.redirect_uri import origin
from authwright.oauth.uri import parse_uri

HSTS: Final = "max-age=63072000"
"""Two years. Without ``includeSubDomains``: other hosts are not ours to decide about."""

NO_SNIFFING: Final = {"x-content-type-options": "nosniff"}
"""A body is what its type says, whatever it looks like (Fetch Standard). Of every answer, page or not."""

_ALWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **NO_SNIFFING,
        "x-frame-options": "DENY",
        # A page's address holds the name of a request in progress, and the client's logo is elsewhere.
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
)


def page_headers(
    issuer: str, *, form_targets: Iterable[str] = (), images: Iterable[str] = (), isolated: bool = False
) -> dict[str, str]:
    """
    Headers for a page or a redirect of *issuer*.

    *form_targets* are URIs that answering a form on this page may redirect to: Chromium applies
    ``form-action`` to the redirect after a POST. *images* are URLs of pictures on other sites. *isolated*
    cuts the page off from the window that opened it; not for the pages of an authorization request, since
    an app that signs in through a popup would never hear from it again.
    """
    headers = {
        **safe_headers(issuer),
        "content-security-policy": _policy(form_targets, images),
        "cache-control": "no-store",
    }
    return {**headers, "cross-origin-opener-policy": "same-origin"} if isolated else headers


def safe_headers(issuer: str) -> dict[str, str]:
    """What every answer has, also those that may be cached."""
    return {**_ALWAYS, "strict-transport-security": HSTS} if issuer.startswith("https:") else {**_ALWAYS}


def is_web_address(uri: str | None) -> bool:
    """Whether *uri*, of a client's registration, may stand in a page: http or https, never a script."""
    if uri is None:
        return False
    try:
        return parse_uri(uri).is_secure
    except InvalidValue:
        return False


def _policy(form_targets: Iterable[str], images: Iterable[str]) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            " ".join(("img-src 'self'", *_sources(images))),
            " ".join(("form-action 'self'", *_sources(form_targets))),
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def _sources(uris: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(_source(uri) for uri in uris))


def _source(uri: str) -> str:
    """
    The origin of *uri*, or the scheme alone where CSP cannot write it: a host-source has no IPv6 address.

    The characters of an origin cannot end a directive: `parse_uri` lets no others in. Raises `InvalidValue`.
    """
    host = parse_uri(uri).host
    return f"{parse_uri(uri).scheme}:" if host is None or host.startswith("[") else origin(uri)
