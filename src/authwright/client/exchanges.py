"""
Every operation of a client, written once for both colours: a generator of requests that is sent responses.

Here are the order of the exchanges and what is remembered between them, the metadata and the keys.
`AsyncClient` and `Client` carry the requests.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias, TypeVar, Unpack

from authwright.jose.errors import InvalidSignature
from authwright.jose.jwks import Jwks
from authwright.oauth.clock import Clock
from authwright.oauth.http import HttpRequest, HttpResponse
from authwright.oauth.issuer import check_internal_url, check_issuer, reached_at
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Secret, Timestamp

from . import (
    authorization_code,
    client_credentials,
    discovery,
    logout,
    problems,
    refresh_token,
    revocation,
    userinfo,
)
from .authorization_code import AuthenticationParameters, AuthorizationRequest
from .client_auth import RegisteredClient
from .errors import InvalidResponse
from .login import Login
from .revocation import TokenTypeHint
from .tokens import Tokens

LIFETIME: Final = 3600
"""Seconds for which metadata and keys are used before they are fetched again."""

_Result = TypeVar("_Result")
Exchange: TypeAlias = Generator[HttpRequest, HttpResponse, _Result]


class Exchanges:
    """
    What one *client* does with one *issuer*. Threads may share it: at worst, two fetch the same document.

    *internal_url* is where the issuer is reached from here, when that is not its own URL, as between
    containers. What the browser is sent to stays the public URL, and the metadata must still be the issuer's.
    Raises `InvalidValue` when either cannot be one.
    """

    def __init__(
        self,
        issuer: str,
        client: RegisteredClient,
        *,
        clock: Clock,
        internal_url: str | None = None,
    ) -> None:
        check_issuer(issuer, allow_loopback_http=True)
        if internal_url is not None:
            check_internal_url(internal_url)
        self.issuer = issuer
        self.client = client
        self.clock = clock
        self._base = issuer if internal_url is None else internal_url
        self._metadata: tuple[AuthorizationServerMetadata, Timestamp] | None = None
        self._keys: tuple[Jwks, Timestamp] | None = None

    def metadata(self) -> Exchange[AuthorizationServerMetadata]:
        """The issuer's metadata, remembered for an hour: OpenID Connect's document, or that of RFC 8414."""
        known = self._metadata
        if known is not None and self.clock.now() - known[1] < LIFETIME:
            return known[0]
        response = yield discovery.build_openid_configuration_request(self._base)
        if 400 <= response.status < 500:  # noqa: PLR2004 - there is no such document
            response = yield discovery.build_authorization_server_metadata_request(self._base)
        metadata = discovery.parse_metadata_response(response, issuer=self.issuer)
        self._metadata = metadata, self.clock.now()
        return metadata

    def begin_login(
        self,
        *,
        redirect_uri: str,
        scope: str,
        resource: Iterable[str],
        **parameters: Unpack[AuthenticationParameters],
    ) -> Exchange[AuthorizationRequest]:
        """:rfc:`6749#section-4.1.1`."""
        metadata = yield from self.metadata()
        return authorization_code.build_authorization_request(
            metadata,
            self.client,
            redirect_uri=redirect_uri,
            scope=parse_scope(scope),
            resource=resource,
            now=self.clock.now(),
            **parameters,
        )

    def finish_login(self, login: Login, callback: str | Mapping[str, str]) -> Exchange[Tokens]:
        """:rfc:`6749#section-4.1.2` to :rfc:`6749#section-4.1.4`."""
        metadata = yield from self.metadata()
        parameters = authorization_code.parse_callback(callback)
        answer = authorization_code.check_authorization_response(
            metadata, login, parameters, now=self.clock.now()
        )
        # Before the code is spent: an outage of the keys then costs nothing but a second try.
        keys = yield from self._keys_for(metadata, id_token="openid" in login.scope)
        response = yield authorization_code.build_token_request(
            metadata, self.client, answer, now=self.clock.now()
        )
        now = self.clock.now()
        return (
            yield from self._parse(
                metadata,
                keys,
                lambda keys: authorization_code.parse_token_response(
                    response, metadata, self.client, answer, keys, now=now
                ),
            )
        )

    def refresh(self, tokens: Tokens) -> Exchange[Tokens]:
        """:rfc:`6749#section-6`."""
        metadata = yield from self.metadata()
        keys = yield from self._keys_for(metadata, id_token=tokens.id_token is not None)
        response = yield refresh_token.build_refresh_request(
            metadata, self.client, tokens, now=self.clock.now()
        )
        now = self.clock.now()
        return (
            yield from self._parse(
                metadata,
                keys,
                lambda keys: refresh_token.parse_refresh_response(
                    response, metadata, self.client, tokens, keys, now=now
                ),
            )
        )

    def client_credentials(self, *, scope: str, resource: Iterable[str]) -> Exchange[Tokens]:
        """:rfc:`6749#section-4.4`."""
        metadata = yield from self.metadata()
        wanted = parse_scope(scope)
        response = yield client_credentials.build_client_credentials_request(
            metadata, self.client, scope=wanted, resource=resource, now=self.clock.now()
        )
        return client_credentials.parse_client_credentials_response(
            response, metadata, scope=wanted, now=self.clock.now()
        )

    def userinfo(self, tokens: Tokens) -> Exchange[Mapping[str, Any]]:
        """OpenID Connect Core §5.3."""
        metadata = yield from self.metadata()
        response = yield userinfo.build_userinfo_request(metadata, tokens)
        return userinfo.parse_userinfo_response(response, tokens)

    def revoke(self, token: Secret, token_type_hint: TokenTypeHint) -> Exchange[None]:
        """:rfc:`7009#section-2`."""
        metadata = yield from self.metadata()
        response = yield revocation.build_revocation_request(
            metadata, self.client, token, token_type_hint=token_type_hint, now=self.clock.now()
        )
        revocation.parse_revocation_response(response)

    def logout_url(
        self, tokens: Tokens | None, *, post_logout_redirect_uri: str | None, state: str | None
    ) -> Exchange[str]:
        """OpenID Connect RP-Initiated Logout §2."""
        metadata = yield from self.metadata()
        if tokens is not None:
            tokens.check_issuer(metadata.issuer)
        return logout.build_logout_url(
            metadata,
            self.client,
            id_token_hint=None if tokens is None else tokens.id_token,
            post_logout_redirect_uri=post_logout_redirect_uri,
            state=state,
        )

    def outgoing(self, request: HttpRequest) -> HttpRequest:
        """*request* to where the issuer is reached from here."""
        return replace(request, url=reached_at(request.url, issuer=self.issuer, base=self._base))

    @property
    def _has_own_key(self) -> bool:
        """Whether ID tokens are signed with the client's secret, and the issuer's keys do not matter."""
        return self.client.id_token_signed_response_alg.startswith("HS")

    def _keys_for(self, metadata: AuthorizationServerMetadata, *, id_token: bool) -> Exchange[Jwks]:
        """The issuer's keys, remembered for an hour; none when no *id_token* will be checked with them."""
        if not id_token or self._has_own_key:
            return Jwks(())
        known = self._keys
        if known is not None and self.clock.now() - known[1] < LIFETIME:
            return known[0]
        return (yield from self._fetch_keys(metadata))

    def _fetch_keys(self, metadata: AuthorizationServerMetadata) -> Exchange[Jwks]:
        response = yield discovery.build_jwks_request(metadata)
        keys = discovery.parse_jwks_response(response)
        self._keys = keys, self.clock.now()
        return keys

    def _parse(
        self, metadata: AuthorizationServerMetadata, keys: Jwks, parse: Callable[[Jwks], Tokens]
    ) -> Exchange[Tokens]:
        """
        What *parse* makes of *keys*, or of fresher ones when none fits: the issuer may have rotated.

        A signature that is not valid also means that: without ``kid``, or under one that is given to every
        key, the new key is not told from the old (OpenID Connect Core §10.1).
        """
        try:
            return parse(keys)
        except InvalidResponse as error:
            is_of_another_key = error.problem is problems.ID_TOKEN_KEY or isinstance(
                error.__cause__, InvalidSignature
            )
            if self._has_own_key or not is_of_another_key:
                raise
        keys = yield from self._fetch_keys(metadata)
        return parse(keys)


def note_request(error: Exception, request: HttpRequest | None) -> None:
    """
    Note on *error* the *request* that was sent last: a client speaks to several endpoints, perhaps on several
    hosts, and errors of the transport name none. Method and address alone; nothing that is secret.
    """
    if request is not None:
        error.add_note(f"The last request was {request.method} {request.url.partition('?')[0]}")
