"""The claims of a token, each with what it means, for `authwright explain --claims`."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from authwright.idp.cli import terminal
from authwright.jose import jws
from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import JoseError
from authwright.oauth.types import Timestamp

_TIMES: Final = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at"})
_FIRST_DAY_AFTER_2200: Final = 7_258_118_400

MEANINGS: Final[Mapping[str, str]] = {
    "alg": "the algorithm of the signature; the verifier decides which it accepts (RFC 7515 §4.1.1)",
    "kid": "which of the issuer's keys signed it (RFC 7515 §4.1.4)",
    "typ": "what kind of token it is, so that no other kind passes for it (RFC 7515 §4.1.9)",
    "iss": "who issued it (RFC 7519 §4.1.1)",
    "sub": "whom it is about: the person, or the client itself (RFC 7519 §4.1.2)",
    "aud": "for which API, or for which client, it is (RFC 7519 §4.1.3)",
    "exp": "until when it is good (RFC 7519 §4.1.4)",
    "nbf": "from when on it is good (RFC 7519 §4.1.5)",
    "iat": "when it was issued (RFC 7519 §4.1.6)",
    "jti": "its own name, by which it can be revoked or recognised (RFC 7519 §4.1.7)",
    "client_id": "which client asked for it (RFC 9068 §2.2)",
    "scope": "what the client may do with it (RFC 9068 §2.2.3)",
    "roles": "the roles of whom it is about (RFC 9068 §2.2.3.1)",
    "groups": "the groups of whom it is about (RFC 9068 §2.2.3.1)",
    "auth_time": "when the person proved who they are (OpenID Connect Core §2)",
    "acr": "how strong that proof was, by a name (OpenID Connect Core §2)",
    "amr": "by which means it was given (OpenID Connect Core §2, RFC 8176)",
    "azp": "which client the ID token was issued to (OpenID Connect Core §2)",
    "nonce": "ties the ID token to the client's own request (OpenID Connect Core §2)",
    "at_hash": "ties the ID token to its access token (OpenID Connect Core §3.1.3.6)",
    "c_hash": "ties the ID token to its code (OpenID Connect Core §3.3.2.11)",
    "sid": "the session at the issuer (OpenID Connect Front-Channel Logout §3)",
    "cnf": "the key that whoever sends the token must have (RFC 7800 §3.1)",
    "act": "who acts on behalf of whom it is about (RFC 8693 §4.1)",
    "authorization_details": "what may be done, in detail (RFC 9396 §9.1)",
    "name": "the full name (OpenID Connect Core §5.1)",
    "email": "the e-mail address (OpenID Connect Core §5.1)",
    "email_verified": "whether the issuer has made sure of it (OpenID Connect Core §5.1)",
    "preferred_username": "the username; it can change, sub cannot (OpenID Connect Core §5.1)",
    "updated_at": "when what is known of the person last changed (OpenID Connect Core §5.1)",
}


def claim_lines(token: str, now: Timestamp) -> Iterator[str]:
    """Header and claims of *token*, whether or not they can be believed; nothing for what is not a JWT."""
    try:
        parsed = jws.parse(token)
    except JoseError:
        return
    yield ""
    yield f"  {terminal.bold('header')}"
    yield from _members(parsed.header, now)
    try:
        claims = parse_json_object(parsed.unverified_payload)
    except JoseError:
        return
    yield f"  {terminal.bold('claims')}"
    yield from _members(claims, now)


def _members(members: Mapping[str, Any], now: Timestamp) -> Iterator[str]:
    column = max(map(len, members), default=0) + 2
    indent = " " * (4 + column)
    for name, value in members.items():
        first, *rest = terminal.wrapped(_value(name, value, now), len(indent))
        yield f"    {terminal.printable(name).ljust(column)}{first}"
        yield from (indent + line for line in rest)
        meaning = MEANINGS.get(name, "a claim of this issuer's own")
        yield from (indent + terminal.faint(line) for line in terminal.wrapped(meaning, len(indent)))


def _value(name: str, value: Any, now: Timestamp) -> str:
    # ASCII: what was received can neither recolour the terminal nor turn the line around.
    text = value if isinstance(value, str) and value.isascii() else json.dumps(value)
    shown = terminal.printable(text)
    if name in _TIMES and isinstance(value, int) and 0 <= value < _FIRST_DAY_AFTER_2200:
        moment = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"{shown}  {moment}, {_distance(value - now)}"
    return shown


def _distance(seconds: int) -> str:
    size, unit = next(
        (size, unit)
        for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
        if abs(seconds) >= size or size == 1
    )
    distance = f"{abs(seconds) // size} {unit}"
    return f"in {distance}" if seconds >= 0 else f"{distance} ago"
