"""What the load knows of a running identity provider: addresses, clients, people, and how its pages ask."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.load import Talk

API = "https://api.example.com"
"""The audience of the tokens, where the server has one."""

REDIRECT_URI = "http://127.0.0.1:7/callback"
"""Of the app. Nobody listens there: the load reads the code from the redirect."""

SECRET = "a-secret-of-the-benchmark-that-is-long"
"""Of every client."""

PASSWORD = "walnut drawer spokeshave lantern"
"""Of every person."""

PEOPLE = tuple(f"person{number}" for number in range(64))
"""One for each connection, so that nobody waits for somebody else's row."""

ACCESS_TOKEN_SECONDS = 600


def basic(client_id: str) -> str:
    """The header line by which *client_id* authenticates."""
    credentials = base64.b64encode(f"{client_id}:{SECRET}".encode()).decode()
    return f"authorization: Basic {credentials}\r\n"


@dataclass(frozen=True)
class Machine:
    """A client that gets tokens for itself, and what it adds to the request to get them as wanted."""

    client_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    opaque: bool = False
    """Whether the server makes no JWT for it."""


def username_and_password(person: str, password: str) -> Mapping[str, str]:
    """What most pages call them."""
    return {"username": person, "password": password}


@dataclass(frozen=True)
class Provider:
    """One running server. Paths may be complete targets; parameters are those of authorization requests."""

    port: int
    discovery: str = "/.well-known/openid-configuration"
    jwks: str = "/jwks"
    authorization: str = "/authorize"
    token: str = "/token"
    introspection: str = "/introspect"
    userinfo: str = "/userinfo"
    revocation: str = "/revoke"
    admin_port: int | None = None
    """Of introspection, where it is not at the port of the rest."""

    machines: Mapping[str, Machine] = field(
        default_factory=lambda: {alg: Machine(f"worker-{alg.lower()}") for alg in ("ES256", "RS256")}
    )
    app: str = "app"
    introspecting: str = "app"
    """The client that asks about tokens of the app."""

    opaque: bool = False
    """Whether the app's access tokens are no JWTs."""

    scope: str = "openid profile items:read"
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Of every authorization request but the *inward* ones."""

    inward: Mapping[str, str] | None = None
    """In their place, for a token that comes back to the server: at introspection and userinfo."""

    offline: Mapping[str, str] = field(default_factory=dict)
    """Added where a refresh token is wanted."""

    silent: Mapping[str, str] = field(default_factory=lambda: {"prompt": "none"})
    """Added where no page may be shown."""

    pages: Callable[[str, str], Mapping[str, str]] = username_and_password
    """What *person* with *password* types and clicks, by the names of the fields."""

    elsewhere: Callable[[str, str], Talk] | None = None
    """
    Answers a redirect to another place than the server and the app, a login application that the server asks
    for: it is given the address and the person, and says where to go on.
    """
