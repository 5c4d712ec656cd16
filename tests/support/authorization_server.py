"""A whole authorization server without HTTP: real parts, memory for storage, a clock that tests move."""

import base64
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, parse_qsl, urlsplit

from authwright.authorization_server.decisions import ErrorPage, Interact, Redirect
from authwright.authorization_server.endpoints.authorization import Outcome, authorization, deny, resume
from authwright.authorization_server.endpoints.token import token
from authwright.authorization_server.issuance import TokenResponse
from authwright.authorization_server.policy import ACR_PASSWORD
from authwright.authorization_server.records import (
    Client,
    Consent,
    Person,
    ProtectedResource,
    ScopeDescription,
    Session,
    Step,
)
from authwright.authorization_server.requests import BrowserRequest, ClientRequest
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.writes import (
    AddSession,
    CompleteStep,
    EndSession,
    RenewSession,
    SaveClient,
    SaveConsent,
    SaveProtectedResource,
)
from authwright.idp.storage.port import ProductStorage
from authwright.jose.jwks import Jwks
from authwright.oauth.parameters import Parameters
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, Secret, SessionId, Subject, Timestamp, digest
from authwright.testing.clock import FrozenClock
from authwright.testing.entropy import CountingEntropy
from authwright.testing.signer import LocalSigner
from support.pkce import CHALLENGE, VERIFIER
from support.storages import new_storage

ISSUER = "https://id.example.com"
API = "https://api.example.com"
OPAQUE_API = "https://opaque.example.com"
REDIRECT_URI = "https://app.example.com/callback"
SECRET = "correct-horse-battery-staple-of-a-client"
SIGNER = LocalSigner("RS256", "ES256", "PS256", "EdDSA")

APP = Client(
    client_id=ClientId("app"),
    client_name="The app",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scope=parse_scope(
        "openid profile email address phone offline_access items:read items:write secrets:read"
    ),
    redirect_uris=(REDIRECT_URI,),
    post_logout_redirect_uris=("https://app.example.com/bye",),
    client_secret_digests=(digest(SECRET),),
)
OTHER_APP = replace(
    APP,
    client_id=ClientId("other"),
    redirect_uris=("https://other.example.com/callback",),
    token_endpoint_auth_method="client_secret_post",
)
PUBLIC_APP = replace(
    APP,
    client_id=ClientId("public"),
    token_endpoint_auth_method="none",
    client_secret_digests=(),
    redirect_uris=("http://127.0.0.1/callback",),
)
WORKER = replace(
    APP,
    client_id=ClientId("worker"),
    grant_types=frozenset({"client_credentials"}),
    scope=parse_scope("items:read items:write"),
    redirect_uris=(),
    roles=("importer",),
)
GATEWAY = replace(
    APP, client_id=ClientId("gateway"), grant_types=frozenset(), scope=parse_scope(""), redirect_uris=()
)
APIS = (
    ProtectedResource(
        API,
        "Items",
        (ScopeDescription("items:read", "See items"), ScopeDescription("items:write", "Change items")),
        introspection_clients=frozenset({ClientId("gateway")}),
    ),
    ProtectedResource(
        OPAQUE_API, "Secrets", (ScopeDescription("secrets:read", "See"),), access_token_format="opaque"
    ),
)
ALICE = Person(
    Subject("alice"),
    claims={
        "name": "Alice Example",
        "family_name": "Example",
        "given_name": "Alice",
        "middle_name": "M",
        "nickname": "al",
        "preferred_username": "alice",
        "profile": "https://people.example.com/alice",
        "picture": "https://people.example.com/alice.png",
        "website": "https://alice.example.com",
        "gender": "female",
        "birthdate": "1990-01-01",
        "zoneinfo": "Europe/Berlin",
        "locale": "de-DE",
        "updated_at": 1_700_000_000,
        "email": "alice@example.com",
        "email_verified": True,
        "phone_number": "+491234",
        "phone_number_verified": False,
        "address": {"locality": "Berlin", "country": "DE"},
    },
    roles=("admin",),
    groups=("editors",),
)
BOB = Person(Subject("bob"), claims={"name": "Bob"})


class People:
    """The Accounts port over a dictionary."""

    def __init__(self, *people: Person) -> None:
        self.by_subject = {person.subject: person for person in people}

    async def person(self, subject):
        return self.by_subject.get(subject)


class RegisteredKeys:
    """The ClientKeys port for clients that registered ``jwks``."""

    async def keys(self, client, *, kid):
        return client.jwks or Jwks(())


@dataclass
class Browser:
    """What one browser holds: its cookies, and the interaction it is in."""

    server: AuthorizationServer
    browser: Secret = field(default_factory=lambda: Secret("browser-of-the-test"))
    session: Secret | None = None
    interaction: Secret | None = None

    def _request(self, parameters):
        return BrowserRequest(Parameters(tuple(parameters)), self.session, self.browser, "192.0.2.1")

    async def authorize(self, *, drop=(), **parameters) -> Outcome:
        """An authorization request with sensible defaults; None or *drop* leaves a parameter out."""
        defaults = {
            "client_id": "app",
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        merged = {k: v for k, v in {**defaults, **parameters}.items() if v is not None and k not in drop}
        pairs = [
            (k, str(one)) for k, v in merged.items() for one in (v if isinstance(v, list | tuple) else [v])
        ]
        return self._remember(await authorization(self._request(pairs), self.server))

    async def log_in(self, subject="alice") -> None:
        """What the login page does when the password was right."""
        now = self.server.clock.now()
        secret = Secret(self.server.entropy.secret())
        former = await self.current()
        goes_on = former is not None and former.subject == subject
        session = Session(
            session_id=former.session_id if goes_on else SessionId(self.server.entropy.identifier()),
            secret_digest=secret.digest(),
            subject=Subject(subject),
            authenticated_at=now,
            expires_at=Timestamp(now + 43_200),
            acr=ACR_PASSWORD,
            amr=("pwd",),
        )
        if goes_on:
            writes = [RenewSession(session, former.secret_digest)]
        else:
            writes = [AddSession(session)]
            if former is not None:
                writes.append(EndSession(former.session_id, now))
        if self.interaction is not None:
            writes.append(CompleteStep(self.interaction.digest(), Step.LOGIN))
        await self.server.storage.commit(writes)
        self.session = secret

    async def current(self) -> Session | None:
        return None if self.session is None else await self.server.storage.session(self.session.digest())

    async def allow(self, scope="openid") -> None:
        """What the consent page does when the person allows."""
        session = await self.current()
        allowed = parse_scope(scope)
        access = {api.resource: api.scope & allowed for api in APIS if not api.scope.isdisjoint(allowed)}
        now = self.server.clock.now()
        consent = Consent(session.subject, ClientId("app"), allowed, now, access)
        await self.server.storage.commit(
            (SaveConsent(consent), CompleteStep(self.interaction.digest(), Step.CONSENT))
        )

    async def complete(self, step: Step) -> None:
        await self.server.storage.commit((CompleteStep(self.interaction.digest(), step),))

    async def resume(self) -> Outcome:
        return self._remember(await resume(self._request([]), self.interaction, self.server))

    async def deny(self) -> Outcome:
        return await deny(self._request([]), self.interaction, self.server)

    async def code(self, **parameters) -> str:
        """A code, signing in alice on the way if need be."""
        outcome = await self.authorize(**parameters)
        if isinstance(outcome, Interact) and outcome.step is Step.LOGIN:
            await self.log_in()
            outcome = await self.resume()
        if isinstance(outcome, Interact) and outcome.step is Step.CONSENT:
            await self.allow(parameters.get("scope", "openid"))
            outcome = await self.resume()
        return answer(outcome)["code"]

    def _remember(self, outcome: Outcome) -> Outcome:
        self.interaction = outcome.interaction if isinstance(outcome, Interact) else None
        return outcome


def answer(outcome: Outcome) -> dict[str, str]:
    """The parameters of an authorization response, as the client reads them out of the URL."""
    assert isinstance(outcome, Redirect), outcome
    return {name: values[0] for name, values in parse_qs(urlsplit(outcome.location).query).items()}


def shown_error(outcome: Outcome) -> str:
    """The detail of an error that was shown and not redirected."""
    assert isinstance(outcome, ErrorPage), outcome
    return outcome.error.detail


def basic(client_id: str, secret: str = SECRET) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@dataclass
class World:
    """A server with its clients, APIs and people."""

    server: AuthorizationServer
    storage: ProductStorage
    clock: FrozenClock
    people: People

    def browser(self) -> Browser:
        return Browser(self.server)

    async def token(self, *, authorization="app", **parameters) -> TokenResponse:
        """A token request; *authorization* is a client_id for Basic, or None."""
        pairs = [
            (name, str(one))
            for name, value in parameters.items()
            if value is not None
            for one in (value if isinstance(value, list | tuple) else [value])
        ]
        header = None if authorization is None else basic(authorization)
        return await token(ClientRequest(Parameters(tuple(pairs)), header, "192.0.2.9"), self.server)

    async def redeem(self, code: str, **parameters) -> TokenResponse:
        """Exchange a code as an honest client would."""
        return await self.token(
            **{
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": REDIRECT_URI,
                "code_verifier": VERIFIER,
                **parameters,
            }
        )

    async def tokens(self, browser: Browser | None = None, **parameters) -> TokenResponse:
        """The tokens of a whole code flow."""
        return await self.redeem(await (browser or self.browser()).code(**parameters))

    async def refresh(self, tokens: TokenResponse, **parameters) -> TokenResponse:
        return await self.token(
            **{
                "grant_type": "refresh_token",
                "refresh_token": tokens.refresh_token.reveal(),
                **parameters,
            }
        )

    def request(self, authorization=None, **parameters) -> ClientRequest:
        return ClientRequest(
            Parameters(tuple((k, v) for k, v in parameters.items() if v is not None)),
            None if authorization is None else basic(authorization),
        )


async def make_world(**changes) -> World:
    """Build the server; *changes* go to `AuthorizationServer`."""
    storage, clock = new_storage(), FrozenClock()
    people = People(ALICE, BOB)
    server = AuthorizationServer(
        issuer=ISSUER,
        storage=storage,
        signer=SIGNER,
        accounts=people,
        client_keys=RegisteredKeys(),
        clock=clock,
        entropy=CountingEntropy(),
    )
    server = replace(server, **changes)
    clients = (APP, OTHER_APP, PUBLIC_APP, WORKER, GATEWAY)
    await storage.commit(
        [*(SaveClient(client) for client in clients), *(SaveProtectedResource(api) for api in APIS)]
    )
    return World(server, storage, clock, people)


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
