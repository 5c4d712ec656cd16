"""
An issuer without a server, for the tests of an API.

It makes its keys, signs whatever access tokens a test asks for, good or bad, and answers the requests that
an API's verifier sends: it *is* the `Transport`, so nothing is patched and no socket opened::

    issuer = FakeIssuer(audience="https://api.example.com")
    auth = Auth(issuer=issuer.issuer, audience=issuer.audience, transport=issuer)
    client.get("/items", headers=issuer.authorization(sub="alice", scope="items:read"))

An `Auth` that exists already asks the fake issuer instead of the real one after
``auth.protection.discovery.transport = issuer``.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from authwright.jose import jwt
from authwright.jose.encoding import dump_json
from authwright.jose.jwk import Jwk, generate_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.access_token import TYP, AccessTokenClaims
from authwright.oauth.client_secret import ClientCredentials, write_basic
from authwright.oauth.clock import Clock
from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.introspection import INACTIVE, IntrospectionResponse
from authwright.oauth.issuer import authorization_server_metadata_url, openid_configuration_url
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.parameters import parse_form
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, Secret, Subject, Timestamp
from authwright.transport import ConnectionFailed
from authwright.transport.clock import SystemClock

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class FakeIssuer:
    """
    Issuer and `Transport` in one.

    Set *available* to False for an outage. *requests* are all that were sent to it. *introspection_client*
    are the credentials that its introspection endpoint accepts.
    """

    def __init__(
        self,
        issuer: str = "https://issuer.test",
        *,
        audience: str = "https://api.test",
        alg: str = "ES256",
        clock: Clock | None = None,
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self.available = True
        self.cache_control = "max-age=600"
        self.requests: list[HttpRequest] = []
        self.introspection_client = ClientCredentials(ClientId("api"), Secret("secret-of-the-api"))
        self.key = generate_jwk(alg)
        self._alg = alg
        self._published = [self.key]
        self._clock = SystemClock() if clock is None else clock
        self._active: dict[str, Mapping[str, Any]] = {}
        self._count = 0

    @property
    def jwks(self) -> Jwks:
        """The keys that the issuer publishes."""
        return Jwks(tuple(key.public() for key in self._published))

    @property
    def metadata(self) -> AuthorizationServerMetadata:
        """What the issuer publishes about itself."""
        base = self.issuer.removesuffix("/")
        return AuthorizationServerMetadata(
            issuer=self.issuer,
            authorization_endpoint=f"{base}/authorize",
            token_endpoint=f"{base}/token",
            jwks_uri=f"{base}/jwks",
            introspection_endpoint=f"{base}/introspect",
            response_types_supported=("code",),
            code_challenge_methods_supported=("S256",),
        )

    def access_token(
        self,
        *,
        sub: str = "alice",
        client_id: str = "test-client",
        scope: str = "",
        roles: Collection[str] = (),
        groups: Collection[str] = (),
        lifetime: int = 600,
        claims: Mapping[str, Any] = _NOTHING,
    ) -> str:
        """
        A JWT access token (:rfc:`9068`) for the audience.

        *claims* are put over those of the token, whatever they are; None takes a claim away.
        """
        standard = self._claims(
            sub=sub, client_id=client_id, scope=scope, roles=roles, groups=groups, lifetime=lifetime
        )
        return self.sign({**standard, **claims})

    def opaque_token(
        self, *, sub: str = "alice", scope: str = "", claims: Mapping[str, Any] = _NOTHING
    ) -> str:
        """An access token that only the introspection endpoint understands."""
        standard = self._claims(
            sub=sub, client_id="test-client", scope=scope, roles=(), groups=(), lifetime=600
        )
        token = f"opaque-{self._count}"
        self._active[token] = _without_none({**standard, **claims})
        return token

    def sign(self, claims: Mapping[str, Any], *, typ: str | None = TYP, key: Jwk | None = None) -> str:
        """Any JWT at all, by the current key or *key*; claims that are None are left out."""
        members = _without_none(claims)
        token = jwt.sign(members, self.key if key is None else key, typ=typ)
        self._active[token] = members
        return token

    def authorization(self, **token: Any) -> dict[str, str]:
        """The header of a request with an `access_token` of these arguments."""
        return {"authorization": f"Bearer {self.access_token(**token)}"}

    def revoke(self, token: str) -> None:
        """Let the introspection endpoint say that *token* is not active."""
        self._active.pop(token, None)

    def rotate_key(self, *, publish: bool = True, withdraw: bool = False) -> Jwk:
        """
        Sign with a new key from now on.

        Without *publish* the key set does not have it yet; with *withdraw* it no longer has the old ones.
        """
        self.key = generate_jwk(self._alg)
        kept = [] if withdraw else self._published
        self._published = [*kept, self.key] if publish else kept
        return self.key

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Answer as the issuer would, whatever host was asked. Raises `ConnectionFailed` in an outage."""
        self.requests.append(request)
        if not self.available:
            raise ConnectionFailed("the fake issuer is not available")
        path = urlsplit(request.url).path
        if path in self._metadata_paths():
            return _json(self.metadata.to_dict())
        if path == _path(f"{self.issuer.removesuffix('/')}/jwks"):
            return _json(self.jwks.to_dict(), {"cache-control": self.cache_control})
        if path == _path(f"{self.issuer.removesuffix('/')}/introspect"):
            return self._introspect(request)
        return HttpResponse(404)

    def _metadata_paths(self) -> set[str]:
        urls = (openid_configuration_url(self.issuer), authorization_server_metadata_url(self.issuer))
        return {_path(url) for url in urls}

    def _introspect(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("authorization") != write_basic(self.introspection_client):
            return HttpResponse(401)
        form = parse_form(request.body, request.headers.get("content-type"))
        claims = self._active.get(form["token"])
        if claims is None:
            return _json(INACTIVE.to_dict())
        return _json(IntrospectionResponse(active=True, claims=claims).to_dict())

    def _claims(
        self,
        *,
        sub: str,
        client_id: str,
        scope: str,
        roles: Collection[str],
        groups: Collection[str],
        lifetime: int,
    ) -> dict[str, Any]:
        now = self._clock.now()
        self._count += 1
        return AccessTokenClaims(
            issuer=self.issuer,
            subject=Subject(sub),
            audience=(self.audience,),
            client_id=ClientId(client_id),
            jti=f"jti-{self._count}",
            issued_at=now,
            expires_at=Timestamp(now + lifetime),
            scope=parse_scope(scope),
            roles=tuple(roles),
            groups=tuple(groups),
        ).to_dict()


def _without_none(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}


def _path(url: str) -> str:
    return urlsplit(url).path


def _json(document: Mapping[str, Any], headers: Mapping[str, str] = _NOTHING) -> HttpResponse:
    return HttpResponse(200, {"content-type": "application/json", **headers}, dump_json(document))
