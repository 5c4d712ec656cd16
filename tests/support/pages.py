"""
An identity provider whose storage is memory and whose clock a test moves, and a browser without a screen.

The provider is the real application, assembled from the real parts; only its password hashes are cheap.
"""

import base64
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.testclient import TestClient

from authwright.authorization_server.policy import Policy
from authwright.authorization_server.records import Client, ProtectedResource, ScopeDescription
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.writes import SaveClient, SaveProtectedResource
from authwright.idp import settings as idp_settings
from authwright.idp.accounts.accounts import StoredAccounts
from authwright.idp.accounts.known_browsers import KnownBrowsers
from authwright.idp.accounts.password import Argon2Parameters, PasswordHashes
from authwright.idp.app import create_app
from authwright.idp.keyring import Keyring
from authwright.idp.log import Log
from authwright.idp.log_encoding import json_line
from authwright.idp.provider import IdentityProvider
from authwright.idp.records import StoredSigningKey
from authwright.idp.storage.port import ProductStorage
from authwright.idp.writes import AddSigningKey
from authwright.jose.jwks import Jwks
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, Secret, digest
from authwright.testing.clock import FrozenClock
from authwright.testing.entropy import CountingEntropy
from authwright.testing.memory_storage import MemoryStorage
from support.pkce import CHALLENGE, VERIFIER
from support.storages import new_storage, portal

ISSUER = "https://id.example.com"
API = "https://api.example.com"
APP_SECRET = "a-secret-of-the-app-with-many-characters"
REDIRECT_URI = "https://app.example.com/callback"
GOODBYE_URI = "https://app.example.com/bye"
PASSWORD = "walnut drawer spokeshave lantern"

APP = Client(
    client_id=ClientId("app"),
    client_name="Garden planner",
    token_endpoint_auth_method="client_secret_post",
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scope=parse_scope("openid profile email offline_access items:read items:write"),
    redirect_uris=(REDIRECT_URI,),
    post_logout_redirect_uris=(GOODBYE_URI,),
    client_secret_digests=(digest(APP_SECRET),),
    require_consent=True,
    logo_uri="https://cdn.example.com/logo.png",
    policy_uri="https://app.example.com/privacy",
    tos_uri="https://app.example.com/terms",
)
TRUSTED = replace(
    APP, client_id=ClientId("trusted"), client_name="Intranet", require_consent=False, logo_uri=None
)
NATIVE = replace(
    APP,
    client_id=ClientId("native"),
    client_name="Command line",
    token_endpoint_auth_method="none",
    client_secret_digests=(),
    application_type="native",
    redirect_uris=("http://127.0.0.1/callback", "com.example.app:/callback"),
)
ITEMS = ProtectedResource(
    API,
    "Seed store",
    (
        ScopeDescription("items:read", "see the seeds in your store"),
        ScopeDescription("items:write", "change the seeds in your store"),
    ),
)


class NoKeys:
    """The ClientKeys port where no client signs anything."""

    async def keys(self, client, *, kid):
        return Jwks(())


def run(coroutine):
    """The result of *coroutine*, in the loop that serves the browsers."""

    async def result():
        return await coroutine

    return portal().call(result)


@dataclass
class Place:
    """One issuer, ready for browsers. *lines* is its log."""

    idp: IdentityProvider
    storage: ProductStorage
    clock: FrozenClock
    app: object
    lines: list[str]
    subjects: dict[str, str] = field(default_factory=dict)

    @property
    def issuer(self):
        return self.idp.server.issuer

    def commit(self, *writes):
        run(self.storage.commit(writes))

    def add_account(self, username, *, name=None, password=PASSWORD):
        account = run(
            self.idp.accounts.add(
                username,
                password=Secret(password),
                claims={} if name is None else {"name": name},
                now=self.clock.now(),
            )
        )
        self.subjects[username] = account.subject
        return account

    def browser(self, **arguments):
        return Browser(self, **arguments)

    def events(self):
        return [event.kind.value for event in run(self.storage.events(limit=1000))]


_HASHES = PasswordHashes(parameters=Argon2Parameters(memory_kib=8, passes=1), workers=2)
_SIGNING_KEYS: dict[int, tuple[StoredSigningKey, ...]] = {}


async def _add_signing_keys(storage, key_encryption_key, clock):
    """The same sealed keys in every place that begins at one time: an RSA key takes long to make."""
    if clock.now() not in _SIGNING_KEYS:
        first = MemoryStorage()
        await Keyring.open(first, key_encryption_key, clock, policy=Policy())
        _SIGNING_KEYS[clock.now()] = await first.signing_keys()
    await storage.commit([AddSigningKey(key, None, None) for key in _SIGNING_KEYS[clock.now()]])


async def make_place(issuer=ISSUER, *, clock=None, entropy=None, host="127.0.0.1", dev=False) -> Place:
    """The provider of *issuer* with two clients, one API and nobody."""
    clock, entropy = clock or FrozenClock(), entropy or CountingEntropy(issuer)
    settings = idp_settings.load(
        environ={
            "AUTHWRIGHT_ISSUER": issuer,
            "AUTHWRIGHT_KEY_ENCRYPTION_KEY": base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode(),
            "AUTHWRIGHT_HOST": host,
        },
        dev=dev,
    )
    policy, storage, lines = settings.policy(), new_storage(), []
    log = Log(lines.append, json_line, level="debug")
    await _add_signing_keys(storage, settings.key_encryption_key, clock)
    keyring = await Keyring.open(storage, settings.key_encryption_key, clock, policy=policy)
    accounts = StoredAccounts(
        storage,
        hashes=_HASHES,
        known_browsers=KnownBrowsers(settings.key_encryption_key.derive("known browsers"), entropy),
        entropy=entropy,
        issuer=issuer,
    )
    server = AuthorizationServer(
        issuer=issuer,
        storage=storage,
        signer=keyring,
        accounts=accounts,
        client_keys=NoKeys(),
        clock=clock,
        entropy=entropy,
        policy=policy,
    )
    idp = IdentityProvider(server, storage, accounts, keyring, settings, log)
    await storage.commit([SaveProtectedResource(ITEMS), *(SaveClient(c) for c in (APP, TRUSTED, NATIVE))])
    return Place(idp, storage, clock, create_app(idp), lines)


class _Forms(HTMLParser):
    """The forms of a page: where each goes, its fields, its buttons."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self.text = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": attributes["action"], "fields": {}, "buttons": {}})
        elif tag == "input" and self.forms:
            self.forms[-1]["fields"][attributes["name"]] = attributes.get("value", "")
        elif tag == "button" and self.forms:
            name = attributes.get("id") or attributes.get("aria-label")
            pair = (attributes["name"], attributes["value"]) if "name" in attributes else None
            self.forms[-1]["buttons"][name] = pair

    def handle_data(self, data):
        self.text.append(data)


class Shown:
    """A page as a person and a script see it."""

    def __init__(self, response):
        parser = _Forms()
        parser.feed(response.text)
        self.response, self.html, self.forms = response, response.text, parser.forms
        self.status, self.headers, self.path = response.status_code, response.headers, response.url.path
        self.text = re.sub(r"\s+", " ", " ".join(parser.text))

    def form(self, button):
        """The form with the button of this id (or label)."""
        return next(form for form in self.forms if button in form["buttons"])

    def by_id(self, identifier):
        """The text of the element with this id."""
        found = re.search(rf'id="{identifier}"[^>]*>([^<]*)', self.html)
        return None if found is None else found[1]


class Browser:
    """
    Keeps cookies, follows redirects inside the issuer, and stops where they leave it: *left_for* is that URL.
    """

    def __init__(self, place, *, address="192.0.2.1", user_agent="Mozilla/5.0 (X11; Linux) Firefox/150.0"):
        self.place = place
        self.client = TestClient(
            place.app, base_url=place.issuer, follow_redirects=False, client=(address, 50_000)
        )
        self.client.portal = portal()
        self.client.headers["user-agent"] = user_agent
        self.left_for = None
        self.trail = []

    def get(self, path, **query):
        return self._follow(self.client.get(path + (f"?{urlencode(query)}" if query else "")))

    def post(self, path, fields):
        return self._follow(self.client.post(path, data=fields))

    def press(self, page, button, **typed):
        """Fill in *page* and press *button*, as a browser would send it."""
        form = page.form(button)
        fields = {**form["fields"], **typed}
        pair = form["buttons"][button]
        if pair is not None:
            fields[pair[0]] = pair[1]
        return self.post(form["action"], fields)

    def authorize(self, client_id="app", **parameters):
        defaults = {
            "client_id": client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid profile",
            "state": "af0ifjsldkj",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        merged = {**defaults, **parameters}
        return self.get("/authorize", **{name: value for name, value in merged.items() if value is not None})

    def sign_in(self, username="alice", password=PASSWORD, *, page=None):
        """Type into the login page that is shown, or that /login shows."""
        return self.press(page or self.get("/login"), "aw-submit", login=username, password=password)

    def answer(self):
        """The authorization response that the client received."""
        assert self.left_for is not None
        return {name: values[0] for name, values in parse_qs(urlsplit(self.left_for).query).items()}

    def token(self, code, client=APP):
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            "client_id": client.client_id,
            "client_secret": APP_SECRET,
        }
        return self.client.post("/token", data=fields)

    def cookie(self, kind):
        """The cookie whose name holds *kind*."""
        return next((c for c in self.client.cookies.jar if f"aw_{kind}_" in c.name), None)

    def _follow(self, response):
        self.left_for, self.trail = None, [response]
        while response.is_redirect:
            location = response.headers["location"]
            if not location.startswith("/"):
                self.left_for = location
                break
            response = self.client.get(location)
            self.trail.append(response)
        return Shown(response)
