"""What the app asks of the API, and what it is told: yes, or a refusal that teaches."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from authwright.demo.web.anatomy import clock_face
from authwright.demo.web.messages import ShownExchange, readable_body, reason, shown_exchanges
from authwright.demo.web.parts import Parts
from authwright.jose.encoding import dump_json, parse_json_object
from authwright.jose.errors import JoseError
from authwright.jose.jwks import parse_jwks
from authwright.oauth.http import HttpRequest, Transport
from authwright.resource_server.explanation import Step, explain

_JSON: Final = {"accept": "application/json"}
_TIME_DIGITS: Final = 10
"""Of seconds since the epoch, from 2001 to 2286."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """
    The body of a refusal, as `authwright.resource_server.error_response` writes it for an issuer on this
    machine. Members that a refusal does not have are empty.
    """

    code: str
    error_description: str
    detail: str
    received: str
    expected: str
    likely_cause: str
    change: str


@dataclass(frozen=True, slots=True)
class Called:
    """A call, *what*, and its answer. *checks* are those of `authwright explain`, for the same token."""

    what: str
    status: int
    reason: str
    body: str
    lesson: Lesson | None
    exchanges: tuple[ShownExchange, ...]
    checks: tuple[Step, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the API did what was asked."""
        return self.status < HTTPStatus.BAD_REQUEST


async def call_api(
    parts: Parts,
    method: str,
    path: str,
    token: str | None,
    *,
    body: Mapping[str, Any] | None = None,
    by: Transport | None = None,
) -> Called:
    """Call the API with *token*, whatever it is, as the app unless *by* others. Raises `TransportError`."""
    headers = dict(_JSON)
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    if body is not None:
        headers["content-type"] = "application/json"
    content = b"" if body is None else dump_json(body)
    request = HttpRequest(method, parts.addresses.api + path, headers, content)
    async with parts.wire.watched() as overheard:
        response = await (by or parts.app_transport).send(request)
    return Called(
        what=f"{method} {path}",
        status=response.status,
        reason=reason(response.status),
        body=readable_body(response.body, response.headers.get("content-type", "")),
        lesson=_lesson(response.body) if response.status >= HTTPStatus.BAD_REQUEST else None,
        # The API may have asked the issuer before it answered; the call itself is what people look for.
        exchanges=tuple(reversed(shown_exchanges(overheard, parts.addresses))),
    )


async def every_check(parts: Parts, token: str) -> tuple[Step, ...]:
    """What the API checks of *token*, one by one, with the keys that the issuer publishes. Does I/O."""
    response = await parts.app_transport.send(HttpRequest("GET", f"{parts.addresses.issuer}/jwks", _JSON))
    return explain(
        token,
        issuer=parts.addresses.issuer,
        audience=parts.addresses.api,
        keys=parse_jwks(response.body),
        now=parts.clock.now(),
    )


def _lesson(body: bytes) -> Lesson | None:
    try:
        members = parse_json_object(body)
    except JoseError:
        return None
    names = ("code", "error_description", "detail", "received", "expected", "likely_cause", "change")
    return Lesson(*(_readable(str(members.get(name, ""))) for name in names))


def _readable(text: str) -> str:
    """*text*, and what the clock shows when it is a time."""
    is_time = text.isascii() and text.isdigit() and len(text) == _TIME_DIGITS
    return f"{text}, which is {clock_face(int(text))}" if is_time else text
