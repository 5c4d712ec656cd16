"""One request of a person's browser to a page, with what every page asks of it."""

from dataclasses import dataclass

from starlette.requests import Request

from authwright.authorization_server.authorization_request import ProvenRequest
from authwright.authorization_server.endpoints.authorization import (
    Pending,
    SignedIn,
    pending,
    signed_in,
)
from authwright.authorization_server.requests import BrowserRequest
from authwright.idp.accounts.accounts import LoginAttempt
from authwright.idp.accounts.throttle import network_of
from authwright.idp.provider import IdentityProvider
from authwright.idp.web.asgi import Incoming, read_request
from authwright.idp.web.cookies import browser_secret
from authwright.idp.web.csrf import check_form_token, form_token
from authwright.idp.web.errors import Refused, SignInFirst
from authwright.idp.web.peer import sender_of
from authwright.idp.web.rendering import Renderer
from authwright.oauth.errors import InvalidRequest, OAuthError
from authwright.oauth.parameters import Parameters, parse_form, parse_query
from authwright.oauth.types import Secret, Timestamp

INTERACTION = "interaction"
"""The parameter, in queries and forms, that names the authorization request in progress."""


@dataclass(frozen=True, slots=True)
class InProgress:
    """An authorization request on its way: *interaction* names it in addresses and forms."""

    interaction: Secret
    pending: Pending

    @property
    def proven(self) -> ProvenRequest:
        """The client and where it is answered."""
        return self.pending.request.proven


@dataclass(frozen=True, slots=True)
class Visit:
    """
    *browser* is this browser's secret, made now when *browser_is_new*; *session* the cookie's, unproved.

    *route* is the path of the route, which unlike the request's own may be logged: one-time codes are in
    paths. *argument* is the variable part of the path, or "".
    """

    idp: IdentityProvider
    renderer: Renderer
    incoming: Incoming
    now: Timestamp
    session: Secret | None
    browser: Secret
    browser_is_new: bool
    route: str
    argument: str
    correlation_id: str

    @property
    def cookie_header(self) -> str:
        """The ``Cookie`` header as received."""
        return self.incoming.header(b"cookie") or ""

    def query(self) -> Parameters:
        """The parameters in the URL. Raises `InvalidRequest`."""
        return parse_query(self.incoming.query)

    def form(self) -> Parameters:
        """The parameters in the body. Raises `InvalidRequest`."""
        return parse_form(self.incoming.body, self.incoming.header(b"content-type"))

    def browser_request(
        self, parameters: Parameters | None = None, *, session: Secret | None = None
    ) -> BrowserRequest:
        """The request for the authorization server; *session* when it has just begun."""
        return BrowserRequest(
            parameters or Parameters(), session or self.session, self.browser, self.incoming.network
        )

    def login_attempt(self, username: str, password: Secret) -> LoginAttempt:
        """Somebody's attempt to sign in from here, for `StoredAccounts.authenticate`."""
        known_browser = self.renderer.cookies.known_browser(self.cookie_header)
        return LoginAttempt(username, password, network_of(self.incoming.network), known_browser)

    async def person_here(self) -> SignedIn | None:
        """Who is signed in in this browser."""
        return await signed_in(self.session, self.idp.server, self.now)

    async def signed_in_person(self, interaction: Secret | None = None) -> SignedIn:
        """`person_here`, where the page is for somebody. Raises `SignInFirst`, with *interaction*."""
        here = await self.person_here()
        if here is None:
            raise SignInFirst(interaction)
        return here

    async def in_progress(self, parameters: Parameters) -> InProgress | None:
        """The authorization request that *parameters* name, None when they name none. Raises `Refused`."""
        if INTERACTION not in parameters:
            return None
        secret = Secret(parameters[INTERACTION])
        try:
            return InProgress(secret, await pending(self.browser_request(), secret, self.idp.server))
        except OAuthError as error:
            raise Refused(error, "error.interaction") from error

    def form_token(self, *about: str) -> str:
        """The token for a form that this browser shows, *about* these things; the first names the page."""
        return form_token(self.browser, *about)

    def check_form(self, form: Parameters, *about: str) -> None:
        """Check that *form* was shown in this browser, *about* these things. Raises `Refused`."""
        try:
            check_form_token(form, self.browser, *about)
        except InvalidRequest as error:
            raise Refused(error, "error.form") from error


async def open_visit(
    request: Request, idp: IdentityProvider, renderer: Renderer, *, route: str, correlation_id: str
) -> Visit:
    """Read *request*. Raises `InvalidRequest` when its body is too large or does not come."""
    network = sender_of(request.scope, idp.settings.trusted_proxies)
    incoming = await read_request(request.scope, request.receive, network)
    cookie_header = incoming.header(b"cookie") or ""
    browser, is_new = browser_secret(cookie_header, renderer.cookies, idp.server.entropy)
    return Visit(
        idp=idp,
        renderer=renderer,
        incoming=incoming,
        now=idp.server.clock.now(),
        session=renderer.cookies.session(cookie_header),
        browser=browser,
        browser_is_new=is_new,
        route=route,
        argument=request.path_params.get("argument", ""),
        correlation_id=correlation_id,
    )
