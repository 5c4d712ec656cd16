"""Several processes of `authwright serve` over one database, as behind a load balancer."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest

from authwright.idp.key_encryption import KeyEncryptionKey
from support.cli import AUTHWRIGHT, Running, in_process, running, secret_in
from support.person import NotThere, Person, first_form
from support.pkce import s256
from support.serving import free_port

ISSUER = "http://localhost:1"
"""Nobody listens there: every answer has to come from a node that was named."""

PASSWORD = "walnut drawer spokeshave lantern"
REDIRECT_URI = "http://127.0.0.1/callback"
API = "https://api.example.com"
STATE = f"""
[[api]]
resource = "{API}"
name = "API"
introspection_clients = ["job"]
[api.scopes]
"items:read" = "Read"

[[client]]
client_id = "job"
client_name = "Job"
grant_types = ["client_credentials"]
scope = "items:read"

[[client]]
client_id = "spa"
client_name = "SPA"
token_endpoint_auth_method = "none"
redirect_uris = ["{REDIRECT_URI}"]
scope = "openid offline_access items:read"

[[client]]
client_id = "stranger"
client_name = "Stranger"
token_endpoint_auth_method = "none"
require_consent = true
redirect_uris = ["{REDIRECT_URI}"]
scope = "openid items:read"
"""


@dataclass
class Node:
    """One node, by its own port."""

    port: int
    server: Running

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path, **arguments):
        with httpx2.Client(trust_env=False, timeout=20) as client:
            return client.get(self.url + path, **arguments)

    def post(self, path, form, **arguments):
        with httpx2.Client(trust_env=False, timeout=20) as client:
            return client.post(self.url + path, data=form, **arguments)


@dataclass
class Realm:
    """One issuer in *directory*: settings, key and database. *secret* is that of the client ``job``."""

    directory: Path
    nodes: list[Node] = field(default_factory=list)
    secret: str = ""

    def do(self, *arguments: str, input: str = "") -> str:  # noqa: A002
        """A command beside the servers: what it said."""
        done = in_process(*arguments, cwd=self.directory, input=input)
        assert done.code == 0, done.err
        return done.out

    @contextlib.contextmanager
    def node(self, *, workers: int, port: int | None = None, **settings: str) -> Iterator[Node]:
        """A node more, until the block ends."""
        port = port or free_port()
        extra = {f"AUTHWRIGHT_{name.upper()}": value for name, value in settings.items()}
        command = (AUTHWRIGHT, "serve", "--port", str(port), "--workers", str(workers))
        with running(*command, cwd=self.directory, ready="server.ready", **extra) as server:
            node = Node(port, server)
            self.nodes.append(node)
            try:
                yield node
            finally:
                self.nodes.remove(node)

    def machine_token(self, node: Node) -> str:
        """An access token of the client ``job``."""
        answer = node.post("/token", {"grant_type": "client_credentials"}, auth=("job", self.secret))
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def is_active(self, node: Node, token: str) -> bool:
        """What introspection says."""
        answer = node.post("/introspect", {"token": token}, auth=("job", self.secret))
        assert answer.status_code == 200, answer.text
        return answer.json()["active"]


def make_realm(
    directory: Path, database_url: str = "sqlite:///authwright.db", *, issuer: str = ISSUER
) -> Realm:
    """A realm with one API, two public clients, a machine and one person, alice."""
    key = directory / "authwright.key"
    key.write_text(KeyEncryptionKey.generate().text().reveal())
    key.chmod(0o600)
    (directory / "authwright.toml").write_text(
        f'issuer = "{issuer}"\nkey_encryption_key_file = "{key.name}"\ndatabase_url = "{database_url}"\n'
    )
    (directory / "state.toml").write_text(STATE)
    realm = Realm(directory)
    with realm.node(workers=1):
        realm.secret = secret_in(realm.do("apply", "state.toml"))
        realm.do("user", "add", "alice", input=f"{PASSWORD}\n")
    return realm


class ToNode(httpx2.BaseTransport):
    """Sends every request for the issuer to one node, as a load balancer does."""

    def __init__(self, transport=None):
        self.node = None
        self._transport = transport or httpx2.HTTPTransport()

    def handle_request(self, request):
        if self.node is None:
            return self._transport.handle_request(request)
        # The client goes by the issuer: cookies are the issuer's, whichever node set them.
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self.node.port)
        sent = httpx2.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return self._transport.handle_request(sent)

    def close(self):
        self._transport.close()


class Browser:
    """
    A person's browser, whose next request goes to the node that a test names; or to *issuer* itself by
    *transport*.
    """

    def __init__(self, username="alice", password=PASSWORD, *, issuer=ISSUER, transport=None):
        self._issuer, self._to_node = issuer, ToNode(transport)
        self._person = Person(username, password, transport=self._to_node)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._person.__exit__()

    def authorize(self, node=None, **parameters):
        """Sign in where asked to: the parameters of the answer, and the ``code_verifier`` of the code."""
        self._to_node.node = node
        verifier = secrets.token_urlsafe(32)
        query = {**authorization_request(verifier), **parameters}
        location = self._person.visit(f"{self._issuer}/authorize?{urlencode(query)}", REDIRECT_URI)
        answer = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        return {**answer, "code_verifier": verifier}

    def sign_out(self, node):
        """Press the button of the page that asks."""
        self._to_node.node = node
        with pytest.raises(NotThere) as rest:
            self._person.visit(f"{self._issuer}/logout", REDIRECT_URI)
        assert "You are signed out" in rest.value.text

    def is_signed_in(self, node):
        """Whether an app gets a code here without asking the person."""
        return "code" in self.authorize(node, prompt="none")


def password_is_taken(node, username, password=PASSWORD, *, issuer=ISSUER, transport=None, headers=None):
    """
    Whether one attempt to sign in, in a browser of its own, is the last.

    It goes to *node*, or to *issuer* itself; by *transport*.
    """
    to_node = ToNode(transport)
    to_node.node = node
    with httpx2.Client(
        transport=to_node, follow_redirects=True, timeout=20, headers=headers, trust_env=False
    ) as client:
        page = client.get(f"{issuer}/authorize?{urlencode(authorization_request('x' * 43))}")
        form = first_form(page)
        fields = {**form.fields, "login": username, "password": password}
        answer = client.post(
            urljoin(str(page.url), form.action),
            data=fields,
            headers={"origin": issuer},
            follow_redirects=False,
        )
        return answer.has_redirect_location


def authorization_request(verifier):
    """The parameters of an authorization request of ``spa``."""
    return {
        "response_type": "code",
        "client_id": "spa",
        "redirect_uri": REDIRECT_URI,
        "scope": "openid offline_access items:read",
        "resource": API,
        "state": "s",
        "code_challenge": s256(verifier),
        "code_challenge_method": "S256",
    }


def redeem(node, answer):
    """The response of the token endpoint to the code in *answer*."""
    form = {
        "grant_type": "authorization_code",
        "client_id": "spa",
        "code": answer["code"],
        "code_verifier": answer["code_verifier"],
        "redirect_uri": REDIRECT_URI,
    }
    return node.post("/token", form)


def refresh(node, refresh_token):
    """The response of the token endpoint."""
    form = {"grant_type": "refresh_token", "client_id": "spa", "refresh_token": refresh_token}
    return node.post("/token", form)


def userinfo(node, access_token):
    """The status."""
    return node.get("/userinfo", headers={"authorization": f"Bearer {access_token}"}).status_code
