"""HTTP as people read it: one exchange, line by line, with long values cut and client secrets left out."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

from authwright.demo.parties import Addresses
from authwright.demo.wire import Exchange
from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import JoseError
from authwright.oauth.client_secret import read_basic
from authwright.oauth.parameters import FORM

_LONG: Final = 72
"""Characters of a value that are shown whole: codes and refresh tokens are, JWTs are not."""


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """*first* is the request line or the status line."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True, slots=True)
class ShownExchange:
    """An exchange with what its heading says of it."""

    sender: str
    receiver: str
    what: str
    status: int
    request: ShownMessage
    response: ShownMessage


def shown_exchanges(exchanges: Iterable[Exchange], addresses: Addresses) -> tuple[ShownExchange, ...]:
    """*exchanges* as a page shows them."""
    return tuple(_shown_exchange(exchange, addresses) for exchange in exchanges)


def shortened(value: str) -> str:
    """*value*, or both its ends when it is long."""
    if len(value) <= _LONG:
        return value
    return f"{value[:24]}…{value[-8:]} ({len(value)} characters)"


def reason(status: int) -> str:
    """The status code with its words, :rfc:`9110#section-15`."""
    return f"{status} {HTTPStatus(status).phrase}"


def readable_body(body: bytes, content_type: str) -> str:
    """JSON indented, forms with a parameter on each line."""
    if content_type.startswith(FORM):
        return _parameters(body.decode("ascii", "replace"))
    try:
        document = parse_json_object(body)
    except JoseError:
        return body.decode("utf-8", "replace")
    return json.dumps(_shortened_members(document), indent=2, ensure_ascii=False)


def _shown_exchange(exchange: Exchange, addresses: Addresses) -> ShownExchange:
    request, response = exchange.request, exchange.response
    url = urlsplit(request.url)
    target = url.path + (f"\n?{_parameters(url.query)}" if url.query else "")
    return ShownExchange(
        sender=exchange.sender,
        receiver=addresses.name_of(request.url),
        what=f"{request.method} {url.path}",
        status=response.status,
        request=ShownMessage(
            f"{request.method} {target}",
            (("host", url.netloc), *_headers(request.headers)),
            readable_body(request.body, request.headers.get("content-type", "")),
        ),
        response=ShownMessage(
            reason(response.status),
            tuple(_headers(response.headers)),
            readable_body(response.body, response.headers.get("content-type", "")),
        ),
    )


def _headers(headers: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name, value in headers.items():
        scheme, _, credentials = value.partition(" ")
        if name == "authorization" and scheme == "Basic":
            yield name, f"Basic … ({read_basic(value).client_id} and its secret, in base64)"
        elif name == "authorization":
            yield name, f"{scheme} {shortened(credentials)}"
        else:
            yield name, value


def _parameters(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "\n&".join(f"{name}={shortened(value)}" for name, value in pairs)


def _shortened_members(value: Any) -> Any:
    match value:
        case str():
            return shortened(value) if " " not in value else value
        case dict():
            members = cast("dict[str, Any]", value)
            return {name: _shortened_members(member) for name, member in members.items()}
        case list():
            return [_shortened_members(item) for item in cast("list[object]", value)]
        case _:
            return value
