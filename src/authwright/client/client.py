"""
`AsyncClient` and `Client`: one client at one issuer, for asyncio and for threads.

They carry the requests of `Exchanges` and bring back the responses; what is asked and what is believed stands
there and in the module of each exchange. To sign people in on the web, with the tokens kept on the server::

    client = AsyncClient("https://id.example.com", "web", auth=ClientSecretBasic(Secret(...)))

    request = await client.begin_login(redirect_uri=REDIRECT_URI, scope="openid profile")
    session["login"] = request.login.serialize()
    return redirect(request.authorization_url)

    # at REDIRECT_URI
    login = Login.deserialize(session.pop("login"))
    tokens = await client.finish_login(login, str(request.url))
    session["tokens"] = tokens.serialize()

All operations raise the errors of module `errors`, and `authwright.transport.TransportError` when the server
cannot be reached. A note (:pep:`678`) on what came of a request says which was the last; tracebacks show it.
"""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar, Unpack

from authwright.oauth.clock import Clock
from authwright.oauth.http import HttpRequest, SyncTransport, Transport
from authwright.oauth.types import ClientId, Digest, Secret, digest
from authwright.oauth.uri import parse_uri
from authwright.transport import FetchPolicy, GuardedTransport, SyncGuardedTransport, TransportError
from authwright.transport.clock import SystemClock
from authwright.transport.fetch_policy import bare_host

from .authorization_code import AuthenticationParameters, AuthorizationRequest
from .client_auth import ClientAuth, NoAuth, RegisteredClient
from .errors import ErrorResponse, InvalidResponse
from .exchanges import Exchange, Exchanges, note_request
from .login import Login
from .revocation import TokenTypeHint
from .single_flight import AsyncSingleFlight, SingleFlight
from .tokens import Tokens

_Result = TypeVar("_Result")
_NO_AUTH: Final = NoAuth()
_SYSTEM_CLOCK: Final = SystemClock()


class AsyncClient:
    """
    A client of *issuer*, for asyncio. One serves the whole application; leaving ``async with`` closes it.

    *issuer* is as the authorization server writes it, byte for byte; *internal_url* is where it is reached
    from here when that is another address, as between containers. The issuer's host is reached whatever its
    address, private or not; other hosts only when public. Give a *transport* to allow more, or less. For the
    other parameters see `RegisteredClient`. Raises `InvalidValue` when *issuer* or *internal_url* cannot be
    one.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        *,
        auth: ClientAuth = _NO_AUTH,
        id_token_signed_response_alg: str = "RS256",
        trusted_audiences: tuple[str, ...] = (),
        internal_url: str | None = None,
        transport: Transport | None = None,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        registered = RegisteredClient(
            client_id=ClientId(client_id),
            auth=auth,
            id_token_signed_response_alg=id_token_signed_response_alg,
            trusted_audiences=trusted_audiences,
        )
        self.clock = clock
        self._exchanges = Exchanges(issuer, registered, clock=clock, internal_url=internal_url)
        self._own_transport: GuardedTransport | None = None
        if transport is None:
            transport = self._own_transport = GuardedTransport(_policy(internal_url or issuer))
        self._transport: Transport = transport
        self._refreshes = AsyncSingleFlight[Tokens](clock)

    async def begin_login(
        self,
        *,
        redirect_uri: str,
        scope: str = "openid",
        resource: Iterable[str] = (),
        **parameters: Unpack[AuthenticationParameters],
    ) -> AuthorizationRequest:
        """
        Where to send the browser to sign in, and the `Login` to keep in its session until it comes back.

        *redirect_uri* is one of those registered. *scope* is as on the wire, words parted by spaces; without
        ``openid`` nobody signs in, and the tokens are for APIs alone. *resource* names those APIs.
        """
        return await self._run(
            self._exchanges.begin_login(
                redirect_uri=redirect_uri, scope=scope, resource=resource, **parameters
            )
        )

    async def finish_login(self, login: Login, callback: str | Mapping[str, str]) -> Tokens:
        """
        The tokens of *login*, once the browser is back.

        *callback* is the URL that it requested, or the parameters in it. Give the session a new identifier
        afterwards, since somebody else may have known the old one.
        """
        return await self._run(self._exchanges.finish_login(login, callback))

    async def refresh(self, tokens: Tokens) -> Tokens:
        """
        New tokens for *tokens*. Store them in place of the old before they are used.

        Whoever refreshes the same tokens meanwhile, or within half a minute after, is given the same result.
        Raises `InvalidStoredValue` when there is no refresh token: the person has to sign in again.
        """
        key = _digest(tokens)
        return await self._refreshes.do(key, lambda: self._run(self._exchanges.refresh(tokens)))

    async def client_credentials(self, *, scope: str = "", resource: Iterable[str] = ()) -> Tokens:
        """An access token in the client's own name. An empty *scope* leaves the choice to the server."""
        return await self._run(self._exchanges.client_credentials(scope=scope, resource=resource))

    async def userinfo(self, tokens: Tokens) -> Mapping[str, Any]:
        """Claims about the person who signed in, which are sure to be about the person of the ID token."""
        return await self._run(self._exchanges.userinfo(tokens))

    async def revoke(self, token: Secret, *, token_type_hint: TokenTypeHint = "refresh_token") -> None:
        """
        Make *token* worthless. With a refresh token ends the whole grant, and with it the access tokens.

        A JWT access token is good until it expires for an API that does not ask.
        """
        await self._run(self._exchanges.revoke(token, token_type_hint))

    async def logout_url(
        self,
        tokens: Tokens | None = None,
        *,
        post_logout_redirect_uri: str | None = None,
        state: str | None = None,
    ) -> str:
        """
        Where to send the browser to end its session at the authorization server, after the application's own.

        Without *tokens* that have an ID token the server asks the person, and may not send the browser back
        to *post_logout_redirect_uri*, which is one of those registered.
        """
        return await self._run(
            self._exchanges.logout_url(tokens, post_logout_redirect_uri=post_logout_redirect_uri, state=state)
        )

    async def aclose(self) -> None:
        """Close the connections, unless the transport was given: then they are its owner's."""
        if self._own_transport is not None:
            await self._own_transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _run(self, exchange: Exchange[_Result]) -> _Result:
        request: HttpRequest | None = None
        try:
            request = self._exchanges.outgoing(next(exchange))
            while True:
                response = await self._transport.send(request)
                request = self._exchanges.outgoing(exchange.send(response))
        except StopIteration as stop:
            result: _Result = stop.value
            return result
        except (ErrorResponse, InvalidResponse, TransportError) as error:
            note_request(error, request)
            raise


class Client:
    """`AsyncClient` without an event loop; threads may share one. Leaving ``with`` closes it."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        *,
        auth: ClientAuth = _NO_AUTH,
        id_token_signed_response_alg: str = "RS256",
        trusted_audiences: tuple[str, ...] = (),
        internal_url: str | None = None,
        transport: SyncTransport | None = None,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        registered = RegisteredClient(
            client_id=ClientId(client_id),
            auth=auth,
            id_token_signed_response_alg=id_token_signed_response_alg,
            trusted_audiences=trusted_audiences,
        )
        self.clock = clock
        self._exchanges = Exchanges(issuer, registered, clock=clock, internal_url=internal_url)
        self._own_transport: SyncGuardedTransport | None = None
        if transport is None:
            transport = self._own_transport = SyncGuardedTransport(_policy(internal_url or issuer))
        self._transport: SyncTransport = transport
        self._refreshes = SingleFlight[Tokens](clock)

    def begin_login(
        self,
        *,
        redirect_uri: str,
        scope: str = "openid",
        resource: Iterable[str] = (),
        **parameters: Unpack[AuthenticationParameters],
    ) -> AuthorizationRequest:
        """See `AsyncClient.begin_login`."""
        return self._run(
            self._exchanges.begin_login(
                redirect_uri=redirect_uri, scope=scope, resource=resource, **parameters
            )
        )

    def finish_login(self, login: Login, callback: str | Mapping[str, str]) -> Tokens:
        """See `AsyncClient.finish_login`."""
        return self._run(self._exchanges.finish_login(login, callback))

    def refresh(self, tokens: Tokens) -> Tokens:
        """See `AsyncClient.refresh`."""
        key = _digest(tokens)
        return self._refreshes.do(key, lambda: self._run(self._exchanges.refresh(tokens)))

    def client_credentials(self, *, scope: str = "", resource: Iterable[str] = ()) -> Tokens:
        """See `AsyncClient.client_credentials`."""
        return self._run(self._exchanges.client_credentials(scope=scope, resource=resource))

    def userinfo(self, tokens: Tokens) -> Mapping[str, Any]:
        """See `AsyncClient.userinfo`."""
        return self._run(self._exchanges.userinfo(tokens))

    def revoke(self, token: Secret, *, token_type_hint: TokenTypeHint = "refresh_token") -> None:
        """See `AsyncClient.revoke`."""
        self._run(self._exchanges.revoke(token, token_type_hint))

    def logout_url(
        self,
        tokens: Tokens | None = None,
        *,
        post_logout_redirect_uri: str | None = None,
        state: str | None = None,
    ) -> str:
        """See `AsyncClient.logout_url`."""
        return self._run(
            self._exchanges.logout_url(tokens, post_logout_redirect_uri=post_logout_redirect_uri, state=state)
        )

    def close(self) -> None:
        """See `AsyncClient.aclose`."""
        if self._own_transport is not None:
            self._own_transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, exchange: Exchange[_Result]) -> _Result:
        request: HttpRequest | None = None
        try:
            request = self._exchanges.outgoing(next(exchange))
            while True:
                response = self._transport.send(request)
                request = self._exchanges.outgoing(exchange.send(response))
        except StopIteration as stop:
            result: _Result = stop.value
            return result
        except (ErrorResponse, InvalidResponse, TransportError) as error:
            note_request(error, request)
            raise


def _policy(url: str) -> FetchPolicy:
    """The issuer may have any address, since the application names it; whom its metadata names may not."""
    uri = parse_uri(url)
    return FetchPolicy(
        allow_plain_http_for_loopback=uri.is_loopback,
        allowed_hosts=frozenset({bare_host(uri.host or "")}),
    )


def _digest(tokens: Tokens) -> Digest:
    """
    What names *tokens* among those that are being refreshed.

    Both tokens make it, since not every server rotates: the next refresh with one refresh token is another.
    """
    refresh_token = "" if tokens.refresh_token is None else tokens.refresh_token.reveal()
    return digest(f"{tokens.access_token.reveal()} {refresh_token}")
