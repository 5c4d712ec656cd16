"""What an application keeps in its session: a JSON object, as text that fits a cookie or a column."""

from collections.abc import Mapping
from typing import Any, cast

from authwright.jose.encoding import b64url_decode, b64url_encode, dump_json, parse_json_object
from authwright.jose.errors import MalformedJson


def dump(members: Mapping[str, Any]) -> str:
    """
    The text of *members*, without those that are None: base64url, which no cookie, header or database
    changes.
    """
    present = {name: value for name, value in members.items() if value is not None}
    return b64url_encode(dump_json(present))


def load(text: str) -> dict[str, Any]:
    """The members in *text*. Raises `authwright.jose.errors.JoseError`."""
    return parse_json_object(b64url_decode(text))


def inner(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object that is the member *name*. Raises `MalformedJson` when it is not there or no object."""
    value = members.get(name)
    if not isinstance(value, dict):
        raise MalformedJson("a stored value lacks an object")
    return cast("dict[str, Any]", value)
