"""
JSON Web Token: claims in a JWS, and the checks every kind of token shares. :rfc:`7519`, :rfc:`8725`.

Each kind of token has a function of its own (an ID token, an access token, a client assertion), which calls
`verify` with its ``typ``, issuer and audience and then checks what is particular to it. Nothing here reads a
claim of a token whose signature has not been verified.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from . import jws
from .encoding import dump_json, parse_json_object
from .errors import (
    MalformedClaim,
    MissingClaim,
    TokenExpired,
    TokenNotYetValid,
    WrongAudience,
    WrongIssuer,
    WrongType,
)
from .jwk import Jwk
from .jwks import Jwks
from .jws import UnverifiedJws

DEFAULT_LEEWAY = 30
"""Seconds that two clocks may differ."""


@dataclass(frozen=True, slots=True)
class Jwt:
    """A token whose signature and shared claims were good."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)


def sign(claims: Mapping[str, Any], key: Jwk, *, typ: str | None) -> str:
    """The JWT of *claims*. *typ* is the kind of token, without ``application/``: :rfc:`8725#section-3.11`."""
    return jws.sign(dump_json(claims), key, typ=typ)


def verify(  # noqa: PLR0913 - each argument is a check that nobody may forget; all but two go by name
    token: str | bytes | UnverifiedJws,
    keys: Jwk | Jwks,
    *,
    algorithms: Collection[str],
    typ: str | Collection[str | None] | None,
    issuer: str,
    audience: str | Collection[str] | None,
    now: int,
    leeway: int = DEFAULT_LEEWAY,
    required: Collection[str] = ("exp",),
) -> Jwt:
    """
    The claims of *token*, once all of this holds; :rfc:`7519#section-7.2`, :rfc:`9068#section-4`.

    * The signature, with one of *algorithms*, by a key of *keys*.
    * ``typ`` is *typ*, or one of them, whatever its case, with or without ``application/``. None stands for
      kinds that are older than explicit typing, such as the ID token: ``typ`` is absent or ``JWT``.
    * ``iss`` is *issuer*, and ``aud`` contains *audience* or one of them, byte for byte. None as audience is
      for kinds of token that have none, and leaves ``aud`` unread.
    * ``exp``, ``nbf`` and ``iat`` fit *now*, with *leeway* seconds of grace.
    * Every registered claim has its type, and those *required* are there.

    Raises `JoseError`: `InvalidClaims` for all but the first, which comes first.
    """
    unverified = token if isinstance(token, UnverifiedJws) else jws.parse(token)
    jws.check_signature(unverified, keys, algorithms=algorithms)
    check_typ(unverified.header, typ)
    claims = parse_json_object(unverified.unverified_payload)
    check_issuer(claims, issuer)
    if audience is not None:
        check_audience(claims, audience)
    check_times(claims, now=now, leeway=leeway)
    check_strings(claims)
    for claim in required:
        if claim not in claims:
            raise MissingClaim("a required claim is absent", claim=claim)
    return Jwt(unverified.header, claims)


def check_typ(header: Mapping[str, Any], typ: str | Collection[str | None] | None) -> None:
    """``typ`` is that of the kind of token expected. :rfc:`8725#section-3.11`, :rfc:`7515#section-4.1.9`."""
    received: str | None = header.get("typ")
    expected = (typ,) if typ is None or isinstance(typ, str) else typ
    if received in expected:
        return
    kinds = {_media_type("JWT" if wanted is None else wanted) for wanted in expected}
    if received is None or _media_type(received) not in kinds:
        raise WrongType("typ is not that of this kind of token", claim="typ", received=received, expected=typ)


def _media_type(typ: str) -> str:
    # Media types ignore the case of ASCII, and "application/" may be left out where no other slash follows.
    typ = typ.lower() if typ.isascii() else typ
    short = typ.removeprefix("application/")
    return typ if "/" in short else short


def check_issuer(claims: Mapping[str, Any], issuer: str) -> None:
    """``iss`` is *issuer*, byte for byte. :rfc:`8725#section-3.8`."""
    received = claims.get("iss")
    if received == issuer and isinstance(received, str):
        return
    if "iss" not in claims:
        raise MissingClaim("iss is absent", claim="iss", expected=issuer)
    if not isinstance(received, str):
        raise MalformedClaim("iss is not a string", claim="iss", expected=issuer)
    raise WrongIssuer("iss is not the issuer expected", claim="iss", received=received, expected=issuer)


def check_audience(claims: Mapping[str, Any], audience: str | Collection[str]) -> None:
    """``aud`` is, or contains, *audience* or one of them, byte for byte. :rfc:`8725#section-3.9`."""
    received = claims.get("aud")
    if isinstance(audience, str):
        if received == audience:
            return
        ours: Collection[str] = (audience,)
    else:
        ours = audience
    if "aud" not in claims:
        raise MissingClaim("aud is absent", claim="aud", expected=audience)
    values = cast("list[object]", received if isinstance(received, list) else [received])
    if not all(isinstance(value, str) for value in values):
        raise MalformedClaim(
            "aud is neither a string nor an array of strings", claim="aud", expected=audience
        )
    if not any(value in ours for value in values):
        raise WrongAudience("aud is another recipient", claim="aud", received=received, expected=audience)


def check_times(claims: Mapping[str, Any], *, now: int, leeway: int = DEFAULT_LEEWAY) -> None:
    """
    ``exp``, ``nbf`` and ``iat``, where they are there, fit *now*. :rfc:`7519#section-4.1.4` to §4.1.6.

    An ``iat`` ahead of the clock means that one of the two clocks is wrong, and is refused like ``nbf``.
    """
    for claim in ("exp", "nbf", "iat"):
        value = claims.get(claim)
        # The exact types: bool is an int to Python, and not a number to JSON.
        if type(value) is not int and not (type(value) is float and math.isfinite(value)):
            if claim in claims:
                raise MalformedClaim("exp, nbf or iat is not a number", claim=claim)
        elif claim == "exp":
            if now >= value + leeway:
                raise TokenExpired("exp has passed", claim=claim, received=value, expected=now)
        elif value > now + leeway:
            raise TokenNotYetValid("nbf or iat lies ahead", claim=claim, received=value, expected=now)


def check_strings(claims: Mapping[str, Any]) -> None:
    """``sub`` and ``jti``, where they are there, are strings and not empty. :rfc:`7519#section-4.1.2`."""
    for claim in ("sub", "jti"):
        if claim in claims and (not isinstance(claims[claim], str) or not claims[claim]):
            raise MalformedClaim("sub or jti is not a string, or is empty", claim=claim)
