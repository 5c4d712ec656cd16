"""The kinds of value that a declaration can hold, from TOML to a type. Each reader raises `InvalidValue`."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

from authwright.authorization_server.records import ScopeDescription
from authwright.idp.setting_kinds import duration, spelled
from authwright.jose.errors import JoseError
from authwright.jose.jwks import Jwks, parse_jwks
from authwright.oauth.errors import InvalidScope, InvalidTarget
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.resource import check_resource
from authwright.oauth.scope import Scope, parse_scope
from authwright.oauth.types import ClientId, Seconds, whole_seconds
from authwright.oauth.uri import parse_uri
from authwright.oidc.claims import IDENTITY_SCOPE

_T = TypeVar("_T")

MAX_TEXT: Final = 500
_NAME: Final = re.compile(r"[\x21-\x7e]{1,100}")


def text(raw: object) -> str:
    """A string for people: printable, not empty, of one line."""
    if not isinstance(raw, str) or not raw.strip() or not raw.isprintable() or len(raw) > MAX_TEXT:
        raise InvalidValue("the value is not a printable string of 1 to 500 characters")
    return raw


def name(raw: object) -> str:
    """The name of a role, a group or a client: it stands in tokens and logs, so ASCII without spaces."""
    if not isinstance(raw, str) or _NAME.fullmatch(raw) is None:
        raise InvalidValue("the value is not a name of 1 to 100 ASCII characters without spaces")
    return raw


def client_id(raw: object) -> ClientId:
    """:rfc:`6749#appendix-A.1`, without spaces."""
    return ClientId(name(raw))


def flag(raw: object) -> bool:
    """A boolean."""
    if not isinstance(raw, bool):
        raise InvalidValue("the value is neither true nor false")
    return raw


def array(read: Callable[[object], _T]) -> Callable[[object], tuple[_T, ...]]:
    """An array of what *read* reads, each once, in its order."""

    def read_array(raw: object) -> tuple[_T, ...]:
        if not isinstance(raw, list):
            raise InvalidValue("the value is not an array")
        items = tuple(read(item) for item in cast("list[object]", raw))
        if len(set(items)) != len(items):
            raise InvalidValue("the array holds a value twice")
        return items

    return read_array


def set_of(read: Callable[[object], _T]) -> Callable[[object], frozenset[_T]]:
    """`array`, where the order means nothing."""
    read_array = array(read)
    return lambda raw: frozenset(read_array(raw))


def one_of(*values: str) -> Callable[[object], Any]:
    """One of *values*. Typed loosely, as the fields are Literals and the keys a table."""

    def read(raw: object) -> Any:
        if raw not in values:
            raise InvalidValue("the value is none of its choices")
        return raw

    return read


def resource(raw: object) -> str:
    """:rfc:`8707#section-2`."""
    value = text(raw)
    try:
        check_resource(value)
    except InvalidTarget:
        raise InvalidValue("the resource is not an absolute URI without a fragment") from None
    return value


def url(raw: object) -> str:
    """An https URL that a person's browser is sent to, or http on this machine."""
    value = text(raw)
    if not parse_uri(value).is_secure:
        raise InvalidValue("the value is not an https URL")
    return value


def scope(raw: object) -> Scope:
    """Scope tokens with spaces between, as on the wire."""
    if not isinstance(raw, str):
        raise InvalidValue("the scope is not a string")
    try:
        return parse_scope(" ".join(raw.split()))
    except InvalidScope as error:
        raise InvalidValue(error.detail) from None


def scope_descriptions(raw: object) -> tuple[ScopeDescription, ...]:
    """A table: what each scope of an API means to a person."""
    if not isinstance(raw, Mapping):
        raise InvalidValue("the scopes are not a table of descriptions")
    described = cast("Mapping[str, object]", raw)
    try:
        tokens = Scope(*described)
    except InvalidScope:
        raise InvalidValue("the name of a scope holds a character outside its grammar") from None
    if tokens & IDENTITY_SCOPE:
        raise InvalidValue("an API cannot own a scope that OpenID Connect defines")
    return tuple(ScopeDescription(token, text(described[token])) for token in tokens)


def seconds(low: timedelta, high: timedelta) -> Callable[[object], Seconds]:
    """A duration such as "10m", from *low* to *high*."""
    read = duration(low, high)
    return lambda raw: whole_seconds(read(raw))


def spelled_seconds(value: Seconds | None) -> str | None:
    """What `seconds` reads as *value*."""
    return None if value is None else spelled(timedelta(seconds=value))


def jwks(raw: object) -> Jwks:
    """A JWK Set as a TOML table; every key in it has to be usable."""
    if not isinstance(raw, Mapping):
        raise InvalidValue("the key set is not a table")
    document = cast("Mapping[str, Any]", raw)
    try:
        keys = parse_jwks(document)
    except JoseError as error:
        raise InvalidValue(str(error)) from None
    if not keys.keys or len(keys.keys) != len(document["keys"]):
        raise InvalidValue("the key set holds no key, or one that cannot verify a client's signature")
    return keys
