"""
Client passwords: ``client_secret_basic`` and ``client_secret_post``, written and read.

:rfc:`6749#section-2.3.1`. Reading proves nothing yet: whether the secret is the client's is decided by who
holds the client's record.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus

from .errors import InvalidClient, InvalidRequest
from .parameters import decode_text
from .types import ClientId, Secret

# credentials = auth-scheme 1*SP token68 (RFC 9110 §11.4), the scheme in any case.
_BASIC: Final = re.compile(r"basic +([A-Za-z0-9+/]+={0,2})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a client presented, not yet checked."""

    client_id: ClientId
    client_secret: Secret


def is_basic(authorization: str) -> bool:
    """Whether the ``Authorization`` value *authorization* is of the scheme Basic, well-formed or not."""
    return authorization[:5].lower() == "basic" and authorization[5:6] in {"", " "}


def write_basic(credentials: ClientCredentials) -> str:
    """
    The ``Authorization`` value of *credentials*.

    Both parts are form-urlencoded before they are joined, which is what lets either hold a colon.
    """
    client_id = quote_plus(credentials.client_id)
    secret = quote_plus(credentials.client_secret.reveal())
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode("ascii")).decode("ascii")


def read_basic(authorization: str) -> ClientCredentials:
    """
    The credentials in an ``Authorization`` value of the scheme Basic.

    Raises `InvalidClient` when it is malformed or either part is empty.
    """
    match = _BASIC.fullmatch(authorization)
    if match is None:
        raise InvalidClient("the Authorization header is not well-formed for its scheme")
    try:
        user_pass = binascii.a2b_base64(match[1], strict_mode=True)
    except binascii.Error:
        raise InvalidClient("the credentials of the Authorization header are not base64") from None
    encoded_id, colon, encoded_secret = user_pass.partition(b":")
    try:
        client_id, secret = decode_text(encoded_id), decode_text(encoded_secret)
    except InvalidRequest:
        raise InvalidClient(
            "the credentials of the Authorization header are not form-urlencoded UTF-8"
        ) from None
    if not (client_id and colon and secret):
        raise InvalidClient("the credentials of the Authorization header lack a client_id or a client_secret")
    return ClientCredentials(ClientId(client_id), Secret(secret))


def read_form(parameters: Mapping[str, str]) -> ClientCredentials | None:
    """
    The credentials among the *parameters* of a form; ``None`` when there is no ``client_secret``.

    Raises `InvalidClient` when the secret comes without a ``client_id``.
    """
    secret = parameters.get("client_secret")
    if secret is None:
        return None
    client_id = parameters.get("client_id")
    if client_id is None:
        raise InvalidClient("client_secret was sent without client_id")
    return ClientCredentials(ClientId(client_id), Secret(secret))
