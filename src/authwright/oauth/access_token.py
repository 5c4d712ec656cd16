"""
JWT access tokens: the claims that the authorization server signs, and the check that an API makes.

:rfc:`9068`. Verification is section 4 in the order in which it costs least to refuse; signature, issuer,
audience and times are those of `authwright.jose.jwt`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, cast

from authwright.jose import jwt
from authwright.jose.errors import InvalidClaims, MalformedClaim, MissingClaim, TokenExpired, WrongType
from authwright.jose.jwks import Jwks

from . import claims as read
from .errors import InvalidScope
from .scope import Scope, parse_scope
from .token_profile import AUDIENCE, RFC_9068, ClaimPath, TokenProfile
from .types import ClientId, Seconds, Subject, Timestamp

TYP: Final = "at+jwt"
"""Header ``typ``, :rfc:`9068#section-2.1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenClaims:
    """:rfc:`9068#section-2.2`: what a token says. *subject* is the client itself for client_credentials."""

    issuer: str
    subject: Subject
    audience: tuple[str, ...]
    client_id: ClientId
    jti: str
    issued_at: Timestamp
    expires_at: Timestamp
    scope: Scope = field(default_factory=Scope)
    auth_time: Timestamp | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The claims set, without what is empty; one audience as a string."""
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.subject,
            "client_id": self.client_id,
            "jti": self.jti,
            "iat": self.issued_at,
            "exp": self.expires_at,
        }
        if self.audience:
            claims["aud"] = read.write_audience(self.audience)
        if self.scope:
            claims["scope"] = str(self.scope)
        if self.auth_time is not None:
            claims["auth_time"] = self.auth_time
        if self.acr is not None:
            claims["acr"] = self.acr
        if self.amr:
            claims["amr"] = list(self.amr)
        if self.roles:
            claims["roles"] = list(self.roles)
        if self.groups:
            claims["groups"] = list(self.groups)
        return claims


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """
    A token that was verified. *claims* is the whole claims set.

    *client_id* and *jti* are ``None`` only under a profile that does not require them.
    """

    issuer: str
    subject: Subject
    audience: tuple[str, ...]
    client_id: ClientId | None
    jti: str | None
    issued_at: Timestamp | None
    expires_at: Timestamp
    scope: Scope
    auth_time: Timestamp | None
    acr: str | None
    amr: tuple[str, ...]
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    claims: Mapping[str, Any]


def verify(
    token: str,
    keys: Jwks,
    *,
    issuer: str,
    audience: str,
    algorithms: Collection[str],
    now: Timestamp,
    leeway: Seconds = Seconds(30),
    profile: TokenProfile = RFC_9068,
) -> AccessToken:
    """
    Check *token* as an access token of *issuer* for *audience*. :rfc:`9068#section-4`.

    Raises `authwright.jose.errors.JoseError`; of its family, `InvalidClaims` says which claim was wrong, and
    `NoMatchingKey` that fresher *keys* may help. Whether the scope suffices is the caller's question.
    """
    verified = jwt.verify(
        token,
        keys,
        algorithms=algorithms,
        typ=profile.types,
        issuer=issuer,
        audience=audience,
        now=now,
        leeway=leeway,
        required=("sub", "exp", *sorted(profile.required_claims)),
    )
    check_kind(verified.claims, profile)
    return read_claims(verified.claims, profile, audience)


def verify_own(
    token: str,
    keys: Jwks,
    *,
    issuer: str,
    algorithms: Collection[str],
    now: Timestamp,
    clock_leeway: Seconds,
) -> AccessToken:
    """
    Check *token* at the *issuer* that signed it with *keys*, whichever API it is for.

    For userinfo, introspection and revocation alone: an API that accepts what is meant for another is how
    tokens are passed on (:rfc:`9068#section-5`). An issuer of several nodes has several clocks, and
    *clock_leeway* is how far that of the node that signed may be ahead of this one. It lengthens no life:
    ``exp`` has no leeway. Raises as `verify`, of which `NoMatchingKey` may mean that another node has made
    a key.
    """
    verified = jwt.verify(
        token,
        keys,
        algorithms=algorithms,
        typ=RFC_9068.types,
        issuer=issuer,
        audience=None,
        now=now,
        leeway=clock_leeway,
        required=("aud", "sub", "exp", *sorted(RFC_9068.required_claims)),
    )
    check_kind(verified.claims, RFC_9068)
    own = read_claims(verified.claims, RFC_9068, audience=issuer)
    _check_expiry(own, now)
    return own


def check_own_times(own: AccessToken, *, now: Timestamp, clock_leeway: Seconds) -> None:
    """What `verify_own` checks of the times of *own*, for who verified it before. Raises `InvalidClaims`."""
    jwt.check_times(own.claims, now=now, leeway=clock_leeway)
    _check_expiry(own, now)


def _check_expiry(own: AccessToken, now: Timestamp) -> None:
    if now >= own.expires_at:
        raise TokenExpired("exp has passed at the issuer", claim="exp", received=own.expires_at, expected=now)


def check_kind(claims: Mapping[str, Any], profile: TokenProfile) -> None:
    """
    The marks that tell an access token from the other tokens of the same issuer, and from one that is bound
    to a key. For who verifies in another way than `verify`; raises `InvalidClaims`.
    """
    for name in sorted(profile.forbidden_claims):
        if name in claims:
            raise WrongType("the token has a claim that no access token has", claim=name)
    for name, wanted in profile.required_values.items():
        if claims.get(name) != wanted:
            raise WrongType("a claim says that the token is no access token", claim=name, expected=wanted)
    if "cnf" in claims:
        # RFC 7800 §3.1: bound to a key whose possession nobody has shown. Accepting it as a bearer token
        # would undo the binding.
        raise InvalidClaims("the token is bound to a key, and no proof of it can be checked", claim="cnf")


def read_claims(claims: Mapping[str, Any], profile: TokenProfile, audience: str) -> AccessToken:
    """
    What *claims* say as an access token for *audience*. Checks their types alone.

    For who verifies in another way than `verify`, such as by introspection; raises `InvalidClaims`.
    """
    client_id = next((value for name in profile.client_id if (value := read.text(claims, name))), None)
    if client_id is None and profile.requires_client_id:
        raise MissingClaim("the token does not say which client it was issued to", claim=profile.client_id[0])
    return AccessToken(
        issuer=read.required_text(claims, "iss"),
        subject=Subject(read.required_text(claims, "sub")),
        audience=read.texts(claims, "aud"),
        client_id=None if client_id is None else ClientId(client_id),
        jti=read.text(claims, "jti"),
        issued_at=read.timestamp(claims, "iat"),
        expires_at=read.required_timestamp(claims, "exp"),
        scope=_read_scope(claims, profile),
        auth_time=read.timestamp(claims, "auth_time"),
        acr=read.text(claims, "acr"),
        amr=read.texts(claims, "amr"),
        roles=_read_paths(claims, profile.roles, audience),
        groups=_read_paths(claims, profile.groups, audience),
        claims=MappingProxyType(dict(claims)),
    )


def _read_scope(claims: Mapping[str, Any], profile: TokenProfile) -> Scope:
    """A string by :rfc:`9068#section-2.2.3`; some issuers write an array."""
    for name in profile.scope:
        if name in claims:
            try:
                return parse_scope(" ".join(read.texts(claims, name)))
            except InvalidScope:
                raise MalformedClaim("the scope of a token breaks the grammar of scope", claim=name) from None
    return Scope()


def _read_paths(claims: Mapping[str, Any], paths: tuple[ClaimPath, ...], audience: str) -> tuple[str, ...]:
    """The strings at all *paths*, each once. A path that leads nowhere gives nothing."""
    found: dict[str, None] = {}
    for *objects, name in paths:
        holder = claims
        for step in objects:
            inner: object = holder.get(audience if step == AUDIENCE else step, {})
            if not isinstance(inner, Mapping):
                raise MalformedClaim("a claim on the way to roles or groups is not an object", claim=step)
            holder = cast("Mapping[str, Any]", inner)
        found.update(dict.fromkeys(read.texts(holder, name)))
    return tuple(found)
