"""
The answer to a refused request: the challenge, and a body that teaches. :rfc:`6750#section-3`,
:rfc:`9728#section-5.1`.

The short half is for everybody: an error code, a fixed sentence, the ``AWnnn``. In development the body
also has the long half: what was received, what was expected, the likely cause and the change to make.
"""

from typing import Any

from authwright.jose.encoding import dump_json
from authwright.oauth.challenge import Challenge
from authwright.oauth.http import HttpResponse

from .refusals import MAX_SHOWN, NO_TOKEN, Refused, shown

_CHALLENGED = frozenset({400, 401, 403})


def error_response(
    refused: Refused, *, resource_metadata: str | None = None, in_development: bool = False
) -> HttpResponse:
    """
    The HTTP response that *refused* is. *resource_metadata* is the URL of the API's document, if it has
    one.
    """
    row = refused.refusal
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    if row.status in _CHALLENGED:
        headers["www-authenticate"] = str(_challenge(refused, resource_metadata))
    if refused.retry_after is not None:
        headers["retry-after"] = str(refused.retry_after)
    body: dict[str, Any] = {"error": row.error, "error_description": row.description, "code": row.code}
    if in_development:
        body |= _long_half(refused)
    return HttpResponse(row.status, headers, dump_json(body))


def close_reason(refused: Refused) -> str:
    """The reason of a WebSocket that is closed: at most 123 bytes, :rfc:`6455#section-5.5`."""
    return f"{refused.refusal.code} {refused.refusal.description}"


def _challenge(refused: Refused, resource_metadata: str | None) -> Challenge:
    row = refused.refusal
    # RFC 6750 §3.1: a request without a token "SHOULD NOT" be told an error code.
    tells = row is not NO_TOKEN
    parameters = {
        "error": row.error if tells else None,
        "error_description": row.description if tells else None,
        "scope": str(refused.scope),
        "resource_metadata": resource_metadata,
    }
    return Challenge("bearer", {name: value for name, value in parameters.items() if value})


def _long_half(refused: Refused) -> dict[str, Any]:
    row = refused.refusal
    members = {
        "detail": refused.detail,
        "received": _bounded(refused.received),
        "expected": _bounded(refused.expected),
        "likely_cause": row.likely_cause,
        "change": row.change,
        "documentation": row.documentation,
    }
    return {name: value for name, value in members.items() if value is not None}


def _bounded(value: object) -> str | None:
    if value is None:
        return None
    return value[:MAX_SHOWN] if isinstance(value, str) else shown(value)
