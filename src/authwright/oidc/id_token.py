"""
ID tokens: the claims that the provider signs, and the checks that a client makes before it signs anybody in.

OpenID Connect Core §2 (the claims), §3.1.3.6 (``at_hash``), §3.1.3.7 (validation), §12.2 (after a refresh).
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from authwright.jose import jws, jwt
from authwright.jose.encoding import b64url_encode, parse_json_object
from authwright.jose.errors import InvalidClaims, MissingClaim, UnsupportedAlgorithm, WrongAudience
from authwright.jose.jwks import Jwks
from authwright.oauth import claims as read
from authwright.oauth.types import ClientId, Seconds, SessionId, Subject, Timestamp

# EdDSA here is Ed25519 alone, whose own hash is SHA-512 (RFC 8032 §5.1).
_HASHES: Final = {
    **dict.fromkeys(("RS256", "PS256", "ES256", "HS256"), hashlib.sha256),
    **dict.fromkeys(("RS384", "PS384", "ES384", "HS384"), hashlib.sha384),
    **dict.fromkeys(("RS512", "PS512", "ES512", "HS512", "EdDSA"), hashlib.sha512),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokenClaims:
    """
    Core §2: what an ID token says about the authentication.

    Claims about the person are not among them; a client reads those from userinfo.
    """

    issuer: str
    subject: Subject
    audience: ClientId
    issued_at: Timestamp
    expires_at: Timestamp
    auth_time: Timestamp | None = None
    nonce: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    at_hash: str | None = None
    sid: SessionId | None = None

    def to_dict(self) -> dict[str, Any]:
        """The claims set, without what is empty."""
        named = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": self.audience,
            "iat": self.issued_at,
            "exp": self.expires_at,
            "auth_time": self.auth_time,
            "nonce": self.nonce,
            "acr": self.acr,
            "amr": list(self.amr) or None,
            "at_hash": self.at_hash,
            "sid": self.sid,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """An ID token that was checked. *claims* is the whole claims set."""

    issuer: str
    subject: Subject
    audience: tuple[str, ...]
    issued_at: Timestamp
    expires_at: Timestamp
    auth_time: Timestamp | None
    nonce: str | None
    acr: str | None
    amr: tuple[str, ...]
    sid: SessionId | None
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedIdToken:
    """
    What a client knows about the ID token that it waits for: its registration and its request.

    *algorithms* are those registered for the client; *nonce* and *max_age* are those of the authentication
    request, None when they were not sent. An audience beside the client itself is refused unless it is among
    *trusted_audiences*.
    """

    issuer: str
    client_id: ClientId
    nonce: str | None
    algorithms: Collection[str] = ("RS256",)
    max_age: Seconds | None = None
    trusted_audiences: Collection[str] = ()


def check_id_token(
    id_token: str,
    keys: Jwks,
    expected: ExpectedIdToken,
    *,
    now: Timestamp,
    access_token: str | None = None,
    leeway: Seconds = Seconds(30),
) -> IdToken:
    """
    Check *id_token* as a client must before it signs anybody in. Core §3.1.3.7.

    *access_token* is the one that came along, for ``at_hash``. Raises `authwright.jose.errors.JoseError`.
    """
    verified = jwt.verify(
        id_token,
        keys,
        algorithms=expected.algorithms,
        typ=None,
        issuer=expected.issuer,
        audience=expected.client_id,
        now=now,
        leeway=leeway,
        required=("sub", "exp", "iat"),
    )
    token = read_claims(verified.claims)
    _check_authorized_party(token, expected.client_id, expected.trusted_audiences)
    if expected.nonce is not None and token.nonce != expected.nonce:
        raise InvalidClaims("nonce is not that of the authentication request", claim="nonce")
    if expected.max_age is not None:
        _check_auth_time(token, expected.max_age, now, leeway)
    if access_token is not None:
        _check_at_hash(token, verified.header["alg"], access_token)
    return token


def check_id_token_hint(
    id_token_hint: str, keys: Jwks, *, issuer: str, algorithms: Collection[str]
) -> IdToken:
    """
    Check ``id_token_hint``, an ID token that *issuer* issued at some time.

    Core §3.1.2.1 and RP-Initiated Logout §2: it says who was signed in, and may be long expired. Which
    clients it was for is in its *audience*. Raises `authwright.jose.errors.JoseError`.
    """
    verified = jws.verify(id_token_hint, keys, algorithms=algorithms)
    jwt.check_typ(verified.header, None)
    claims = parse_json_object(verified.payload)
    jwt.check_issuer(claims, issuer)
    return read_claims(claims)


def check_same_authentication(refreshed: IdToken, original: IdToken) -> None:
    """
    Check that an ID token from a refresh is about the same authentication as the *original*. Core §12.2.

    Raises `authwright.jose.errors.InvalidClaims`.
    """
    if (refreshed.issuer, refreshed.subject) != (original.issuer, original.subject):
        raise InvalidClaims("the refreshed ID token is about somebody else", claim="sub")
    if set(refreshed.audience) != set(original.audience):
        raise InvalidClaims("the refreshed ID token is for another audience", claim="aud")
    if refreshed.auth_time is not None and refreshed.auth_time != original.auth_time:
        raise InvalidClaims("the refreshed ID token is of another sign-in", claim="auth_time")
    if refreshed.nonce is not None and refreshed.nonce != original.nonce:
        raise InvalidClaims("the refreshed ID token is of another request", claim="nonce")


def at_hash(alg: str, value: str) -> str:
    """
    ``at_hash`` of the access token *value* beside an ID token signed with *alg*. Core §3.1.3.6.

    The left half of the hash that *alg* uses. Raises `UnsupportedAlgorithm` for any other *alg*: to skip the
    check then would let any access token pass.
    """
    digest = _HASHES.get(alg)
    if digest is None:
        raise UnsupportedAlgorithm("at_hash is not defined for the algorithm of the ID token")
    octets = digest(value.encode("utf-8", "surrogatepass")).digest()
    return b64url_encode(octets[: len(octets) // 2])


def _check_authorized_party(token: IdToken, client_id: ClientId, trusted: Collection[str]) -> None:
    """Rules 3 to 5: no audience that is not trusted, and with several, issued to this client."""
    azp = read.text(token.claims, "azp")
    others = [audience for audience in token.audience if audience != client_id]
    if not all(audience in trusted for audience in others):
        raise WrongAudience(
            "the ID token is also for an audience that is not trusted",
            claim="aud",
            received=list(token.audience),
            expected=client_id,
        )
    if others and azp is None:
        raise MissingClaim("the ID token has several audiences and no azp", claim="azp", expected=client_id)
    if azp is not None and azp != client_id:
        raise InvalidClaims(
            "the ID token was issued to another client", claim="azp", received=azp, expected=client_id
        )


def _check_auth_time(token: IdToken, max_age: Seconds, now: Timestamp, leeway: Seconds) -> None:
    """Rule 13, made a duty: a client that asked for a recent sign-in relies on it."""
    if token.auth_time is None:
        raise MissingClaim("max_age was sent, and the ID token has no auth_time", claim="auth_time")
    if now - token.auth_time > max_age + leeway:
        raise InvalidClaims("the sign-in is older than max_age", claim="auth_time")


def _check_at_hash(token: IdToken, alg: str, access_token: str) -> None:
    received = read.text(token.claims, "at_hash")
    if received is None:
        return  # optional in the code flow, Core §3.1.3.8
    if not hmac.compare_digest(received.encode(), at_hash(alg, access_token).encode()):
        raise InvalidClaims("at_hash is not that of the access token", claim="at_hash")


def read_claims(claims: Mapping[str, Any]) -> IdToken:
    """
    The ID token with *claims*, which were checked before: when its signature was, or when they were stored.

    Raises `MissingClaim` or `MalformedClaim`.
    """
    sid = read.text(claims, "sid")
    return IdToken(
        issuer=read.required_text(claims, "iss"),
        subject=Subject(read.required_text(claims, "sub")),
        audience=read.texts(claims, "aud"),
        issued_at=read.required_timestamp(claims, "iat"),
        expires_at=read.required_timestamp(claims, "exp"),
        auth_time=read.timestamp(claims, "auth_time"),
        nonce=read.text(claims, "nonce"),
        acr=read.text(claims, "acr"),
        amr=read.texts(claims, "amr"),
        sid=None if sid is None else SessionId(sid),
        claims=MappingProxyType(dict(claims)),
    )
