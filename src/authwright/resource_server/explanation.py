"""
Why a token is, or is not, accepted: every check, whether or not an earlier one failed. For people; it
decides nothing.

The checks are those that `authwright.oauth.access_token.verify` makes, in the order of
:rfc:`9068#section-4`, and each failure has the code under which an API refuses. What is said about a token
whose signature failed is what the token says of itself.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from typing_extensions import override

from authwright.jose import jws, jwt
from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import InvalidClaims, JoseError, MissingClaim
from authwright.jose.jwks import Jwks
from authwright.jose.jws import UnverifiedJws
from authwright.oauth.access_token import check_kind, read_claims
from authwright.oauth.token_profile import RFC_9068, TokenProfile
from authwright.oauth.types import Timestamp, whole_seconds

from .expectation import DEFAULT_ALGORITHMS, DEFAULT_LEEWAY
from .jwt_access_token import refused
from .refusals import MAX_SHOWN, shown

_ID_TOKEN_MARKS: Final = frozenset({"nonce", "at_hash", "c_hash"})
_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60))


class Outcome(StrEnum):
    """Of one check. As it is printed."""

    OK = "ok"
    FAIL = "FAIL"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Step:
    """One check: what was looked at, what was found, and the code of the refusal if it failed."""

    outcome: Outcome
    name: str
    text: str
    code: str | None = None

    @override
    def __str__(self) -> str:
        """A line: `ok    issuer      http://localhost:9000`."""
        line = f"{self.outcome:<4}  {self.name:<10}  {self.text}"
        return line if self.code is None else f"{line}   {self.code}"


def explain(
    token: str,
    *,
    issuer: str | None,
    audience: str | None,
    keys: Jwks | None,
    now: Timestamp,
    profile: TokenProfile = RFC_9068,
) -> tuple[Step, ...]:
    """
    Every check that an API of *issuer* and *audience* makes of *token*, with *keys* at the time *now*.

    What is None is skipped. Never raises, whatever the token is; what was received comes out in ASCII,
    without control characters.
    """
    try:
        parsed = jws.parse(token)
    except JoseError as error:
        return (_failed("form", _form(token, error), error),)
    steps = (Step(Outcome.OK, "form", "a signed JWT"), _signature(parsed, keys))
    try:
        claims = parse_json_object(parsed.unverified_payload)
    except JoseError as error:
        return (*steps, _failed("claims", error.detail, error))
    return (
        *steps,
        _type(parsed.header, claims, profile),
        _issuer(claims, issuer),
        _audience(claims, audience),
        *_times(claims, now),
        *_contents(claims, profile, audience or ""),
    )


def _checked(name: str, text: str, check: Callable[[], object], fault: str | None = None) -> Step:
    """The outcome of *check*; *fault* is what to say when it fails, rather than what the check says."""
    try:
        check()
    except JoseError as error:
        return _failed(name, fault or f"{text}; {error.detail}", error)
    return Step(Outcome.OK, name, text)


def _failed(name: str, text: str, error: JoseError) -> Step:
    return Step(Outcome.FAIL, name, text, refused(error).refusal.code)


def _form(token: str, error: JoseError) -> str:
    match token.count("."):
        case 0:
            return "an opaque token: only its issuer can read it, at its introspection endpoint"
        case 4:  # RFC 7516 §3.1
            return "an encrypted token: only its recipient can read it"
        case _:
            return error.detail


def _signature(parsed: UnverifiedJws, keys: Jwks | None) -> Step:
    alg, kid = _plain(parsed.header["alg"]), parsed.header.get("kid")
    text = alg if kid is None else f"{alg}, key {_plain(kid)}"
    if keys is None:
        return Step(Outcome.SKIP, "signature", f"{text}; the issuer's keys are not at hand")
    return _checked(
        "signature", text, lambda: jws.check_signature(parsed, keys, algorithms=DEFAULT_ALGORITHMS)
    )


def _type(header: Mapping[str, Any], claims: Mapping[str, Any], profile: TokenProfile) -> Step:
    def check() -> None:
        jwt.check_typ(header, profile.types)
        check_kind({name: value for name, value in claims.items() if name != "cnf"}, profile)

    typ = header.get("typ")
    text = "typ is absent" if typ is None else _plain(typ)
    fault = f"{text}; not an access token by the profile {profile.name}"
    if not _ID_TOKEN_MARKS.isdisjoint(claims):
        fault = f"{text}; this is an ID token, which is for the client: send access_token"
    return _checked("type", text, check, fault)


def _issuer(claims: Mapping[str, Any], issuer: str | None) -> Step:
    received = claims.get("iss")
    whom = f"from {shown(received)}" if "iss" in claims else "from nobody who is named"
    if issuer is None:
        return Step(Outcome.SKIP, "issuer", f"token is {whom}; no issuer to compare with")
    fault = f"token is {whom}; this API trusts {shown(issuer)}"
    if isinstance(received, str) and received.removesuffix("/") == issuer.removesuffix("/"):
        fault += "; they differ in the last slash"
    return _checked("issuer", _plain(issuer), lambda: jwt.check_issuer(claims, issuer), fault)


def _audience(claims: Mapping[str, Any], audience: str | None) -> Step:
    received = claims.get("aud")
    whom = f"for {shown(received)}" if "aud" in claims else "for no API at all"
    if audience is None:
        return Step(Outcome.SKIP, "audience", f"token is {whom}; no API to compare with")
    fault = f"token is {whom}; this API is {shown(audience)}"
    return _checked("audience", _plain(audience), lambda: jwt.check_audience(claims, audience), fault)


def _times(claims: Mapping[str, Any], now: Timestamp) -> Iterator[Step]:
    leeway = whole_seconds(DEFAULT_LEEWAY)

    def check(*names: str) -> Callable[[], None]:
        present = {name: claims[name] for name in names if name in claims}
        return lambda: jwt.check_times(present, now=now, leeway=leeway)

    expires_at = claims.get("exp")
    if expires_at is None:
        yield _failed("expiry", "token never expires", MissingClaim("exp is absent", claim="exp"))
    else:
        yield _checked("expiry", _when(expires_at, now), check("exp"))
    begins_at = claims.get("nbf", claims.get("iat"))
    yield _checked("begin", "not said" if begins_at is None else _when(begins_at, now), check("nbf", "iat"))


def _contents(claims: Mapping[str, Any], profile: TokenProfile, audience: str) -> Iterator[Step]:
    if "cnf" in claims:
        error = InvalidClaims("the token is bound to a key", claim="cnf")
        yield _failed("proof", "token is bound to a key (DPoP or mutual TLS); a bearer cannot use it", error)
    try:
        jwt.check_strings(claims)
        for name in sorted(profile.required_claims - claims.keys()):
            raise MissingClaim("a claim is absent that the profile requires", claim=name)
        token = read_claims(claims, profile, audience)
    except InvalidClaims as error:
        yield _failed("claims", f"{_plain(error.claim)}: {error.detail}", error)
        return
    yield Step(
        Outcome.OK, "claims", f"sub {_plain(token.subject)}, client {_plain(token.client_id or 'not named')}"
    )
    for name, values in (("scope", token.scope), ("roles", token.roles), ("groups", token.groups)):
        yield Step(Outcome.OK, name, ", ".join(map(_plain, values)) or "none")


def _when(time: object, now: Timestamp) -> str:
    if isinstance(time, bool) or not isinstance(time, int | float):
        return shown(time)
    seconds = int(time) - now
    unit, size = next(((unit, size) for unit, size in _UNITS if abs(seconds) >= size), ("s", 1))
    distance = f"{abs(seconds) // size} {unit}"
    return f"in {distance}" if seconds > 0 else f"{distance} ago"


def _plain(value: str) -> str:
    """As `shown`, without the quotation marks."""
    return shown(value)[1:-1] if len(value) < MAX_SHOWN else shown(value)
