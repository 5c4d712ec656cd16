"""
An OpenID provider in one object, honest unless a test tells it how to cheat.

It keeps no rule that it could leave to the test: the client is what is under test.
"""

import secrets
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authwright.jose import jwt
from authwright.jose.encoding import dump_json
from authwright.jose.jwk import Jwk, generate_jwk, parse_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth import pkce
from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oidc.id_token import at_hash
from authwright.testing.clock import FrozenClock

ISSUER = "https://id.example.com"
REDIRECT_URI = "https://app.example.com/callback"


@cache
def signing_key(alg: str, kid: str) -> Jwk:
    """A key of its own for each name, made once: RSA keys are slow to make."""
    return generate_jwk(alg, kid=kid)


def renamed(key: Jwk, kid: str | None) -> Jwk:
    """The private *key* under another name, or none."""
    members = {**key.to_dict(private=True), "kid": kid}
    return parse_jwk({name: value for name, value in members.items() if value is not None})


def json_response(members: Mapping[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, dump_json(members))


class FakeProvider:
    """
    *claims*, *token_members* and *userinfo* are put over what an honest provider would answer; None leaves a
    member out. *respond* maps a path to a function that answers in the provider's place.
    """

    def __init__(self, *, issuer: str = ISSUER, alg: str = "RS256", clock: FrozenClock | None = None) -> None:
        self.issuer = issuer
        self.clock = clock or FrozenClock()
        self.key = signing_key(alg, "first")
        self.published = [self.key]
        self.claims: dict[str, Any] = {}
        self.token_members: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.callback: dict[str, Any] = {}
        self.respond: dict[str, Callable[[HttpRequest], HttpResponse]] = {}
        self.metadata = AuthorizationServerMetadata(
            issuer=issuer,
            authorization_endpoint=f"{issuer}/authorize",
            token_endpoint=f"{issuer}/token",
            jwks_uri=f"{issuer}/jwks",
            userinfo_endpoint=f"{issuer}/userinfo",
            revocation_endpoint=f"{issuer}/revoke",
            end_session_endpoint=f"{issuer}/logout",
            authorization_response_iss_parameter_supported=True,
            code_challenge_methods_supported=("S256",),
        )
        self.requests: list[HttpRequest] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: dict[str, dict[str, Any]] = {}
        self.revoked: list[str] = []
        self.rotates_refresh_tokens = True

    @property
    def jwks(self) -> Jwks:
        return Jwks(tuple(key.public() for key in self.published))

    def rotate(self, alg: str = "RS256", *, publish: bool = True) -> None:
        """Sign with another key from now on."""
        self.key = signing_key(alg, "second")
        self.published = [self.key] if publish else self.published

    def forget_kid(self) -> None:
        """Sign without naming the key."""
        self.key = renamed(self.key, None)

    def authorize(self, authorization_url: str) -> str:
        """What the browser brings back when the person signed in and agreed: the callback URL."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        parameters = {"code": code, "state": query["state"], "iss": self.issuer, **self.callback}
        present = {name: value for name, value in parameters.items() if value is not None}
        return f"{query['redirect_uri']}?{urlencode(present)}"

    def answer(self, request: HttpRequest) -> HttpResponse:  # noqa: PLR0911 - one for each endpoint
        self.requests.append(request)
        path = request.url.removeprefix(self.issuer).partition("?")[0]
        if path in self.respond:
            return self.respond[path](request)
        match path:
            case "/.well-known/openid-configuration":
                return json_response(self.metadata.to_dict())
            case "/jwks":
                return json_response(self.jwks.to_dict())
            case "/token":
                return self._token(
                    {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
                )
            case "/userinfo":
                return json_response({"sub": "alice", "email": "alice@example.com", **self.userinfo})
            case "/revoke":
                self.revoked.append(parse_qs(request.body.decode())["token"][0])
                return HttpResponse(200)
            case _:
                return HttpResponse(404)

    def id_token(self, nonce: str | None, access_token: str, **claims: Any) -> str:
        now = self.clock.now()
        members = {
            "iss": self.issuer,
            "sub": "alice",
            "aud": "web",
            "exp": now + 600,
            "iat": now,
            "auth_time": now - 5,
            "nonce": nonce,
            "at_hash": at_hash(self.key.alg, access_token),
            **claims,
            **self.claims,
        }
        present = {name: value for name, value in members.items() if value is not None}
        return jwt.sign(present, self.key, typ=None)

    def _token(self, form: Mapping[str, str]) -> HttpResponse:
        match form["grant_type"]:
            case "authorization_code":
                return self._redeem(form)
            case "refresh_token":
                return self._refresh(form)
            case _:
                return self._tokens({"scope": form.get("scope", "")})

    def _redeem(self, form: Mapping[str, str]) -> HttpResponse:
        query = self.codes.pop(form["code"], None)
        if query is None or not pkce.verifies(form["code_verifier"], query["code_challenge"]):
            return json_response({"error": "invalid_grant"}, 400)
        if form["redirect_uri"] != query["redirect_uri"]:
            return json_response({"error": "invalid_grant"}, 400)
        access_token, refresh_token = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.refresh_tokens[refresh_token] = {"auth_time": self.clock.now() - 5}
        return self._tokens(
            {"refresh_token": refresh_token, "id_token": self.id_token(query["nonce"], access_token)},
            access_token=access_token,
        )

    def _refresh(self, form: Mapping[str, str]) -> HttpResponse:
        grant = self.refresh_tokens.pop(form["refresh_token"], None)
        if grant is None:  # strict rotation: a second use is a theft, and ends everything
            self.refresh_tokens.clear()
            return json_response({"error": "invalid_grant", "error_description": "reuse"}, 400)
        access_token = secrets.token_urlsafe(16)
        refresh_token = secrets.token_urlsafe(16) if self.rotates_refresh_tokens else form["refresh_token"]
        self.refresh_tokens[refresh_token] = grant
        return self._tokens(
            {
                "refresh_token": refresh_token,
                "id_token": self.id_token(None, access_token, auth_time=grant["auth_time"]),
            },
            access_token=access_token,
        )

    def _tokens(self, members: Mapping[str, Any], *, access_token: str | None = None) -> HttpResponse:
        answer = {
            "access_token": access_token or secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": 600,
            **members,
            **self.token_members,
        }
        return json_response({name: value for name, value in answer.items() if value is not None})


class Wire:
    """The provider as a `SyncTransport`."""

    def __init__(self, provider: FakeProvider) -> None:
        self._provider = provider

    def send(self, request: HttpRequest) -> HttpResponse:
        return self._provider.answer(request)


class AsyncWire:
    """The provider as a `Transport`."""

    def __init__(self, provider: FakeProvider) -> None:
        self._provider = provider

    async def send(self, request: HttpRequest) -> HttpResponse:
        return self._provider.answer(request)
