"""
Two nodes behind nginx, as the documentation sets it up: TLS ends there, and the nodes believe it alone.

Every address of 127.0.0.0/8 is this machine's, so that people and proxies can have different ones here:
nginx reaches the nodes from 127.0.0.1, people come from others.
"""

import signal
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest

from support.load import Load
from support.nginx import running_nginx
from support.nodes import Browser, authorization_request, make_realm, password_is_taken, redeem, userinfo
from support.serving import free_port

PASSWORD = "a chisel and a marking knife"
ALLOWED = 10
"""Wrong passwords for one account from one network."""


class Site:
    """What people see: *issuer*, behind nginx, with the nodes of *realm* behind it."""

    def __init__(self, realm, issuer, tls):
        self.realm, self.issuer, self.tls = realm, issuer, tls
        self.names = iter(range(1000))

    def by(self, address="127.0.0.2"):
        """A transport of somebody at *address*."""
        return httpx2.HTTPTransport(verify=self.tls, local_address=address)

    def client(self, address="127.0.0.2", **arguments):
        return httpx2.Client(
            transport=self.by(address), base_url=self.issuer, trust_env=False, timeout=20, **arguments
        )

    def post(self, path, form):
        with self.client() as client:
            return client.post(path, data=form)

    def get(self, path, **arguments):
        with self.client() as client:
            return client.get(path, **arguments)

    def new_person(self):
        """The name of somebody whom nobody has tried to be."""
        name = f"person{next(self.names)}"
        self.realm.do("user", "add", name, input=f"{PASSWORD}\n")
        return name

    def is_taken(self, name, password=PASSWORD, *, address="127.0.0.2", node=None, **headers):
        """Whether a password of somebody at *address* is, through nginx or at *node* itself."""
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        return password_is_taken(
            node, name, password, issuer=self.issuer, transport=self.by(address), headers=given
        )


@contextmanager
def running_site(directory, **options):
    with ExitStack() as stack:
        port = free_port()
        issuer = f"https://localhost:{port}"
        realm = make_realm(directory, issuer=issuer)
        nodes = [stack.enter_context(realm.node(workers=1, trusted_proxies="127.0.0.1/32")) for _ in range(2)]
        tls = stack.enter_context(running_nginx(directory, port, [node.port for node in nodes], **options))
        yield Site(realm, issuer, tls)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """With the recipe of the documentation, which overwrites X-Forwarded-For."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def appending_site(tmp_path_factory):
    """With a proxy that appends to what the caller wrote."""
    with running_site(tmp_path_factory.mktemp("appending"), appends=True) as site:
        yield site


def test_login_consent_code_and_tokens(site):
    """A whole flow, each request of it at any node."""
    with Browser(issuer=site.issuer, transport=site.by()) as browser:
        answer = browser.authorize()
        asked = browser.authorize(client_id="stranger", scope="openid items:read")
    assert answer["iss"] == site.issuer
    assert asked["code"]
    issued = redeem(site, answer)
    assert issued.status_code == 200, issued.text
    assert userinfo(site, issued.json()["access_token"]) == 200
    assert site.get("/.well-known/openid-configuration").json()["issuer"] == site.issuer


def test_every_redirect_and_cookie_is_the_issuer_s(site):
    """Cookies cannot leave TLS, redirects lead nowhere else; browsers are told to stay with https."""
    seen = []
    with site.client(follow_redirects=True, event_hooks={"response": [seen.append]}) as client:
        client.get("/authorize", params=authorization_request("x" * 43))
    assert [response.status_code for response in seen][-1] == 200
    locations = [response.headers["location"] for response in seen if response.has_redirect_location]
    assert locations
    assert all(urlsplit(location).netloc in {"", urlsplit(site.issuer).netloc} for location in locations)
    cookies = [cookie for response in seen for cookie in response.headers.get_list("set-cookie")]
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert all("strict-transport-security" in response.headers for response in seen)


def test_guesses_are_counted_by_whom_the_proxy_saw(site):
    """Whoever guesses stops themselves, and not the person, whose requests come by the same proxy."""
    name = site.new_person()
    for _ in range(ALLOWED):
        assert not site.is_taken(name, "wrong")
    assert not site.is_taken(name)
    assert site.is_taken(name, address="127.0.0.3")


SPOOFED = [
    ("X_Forwarded_For", "198.51.100.{}"),
    ("X_Forwarded_For", "198.51.100.{}, 127.0.0.1"),
    ("X_Real_IP", "198.51.100.{}"),
    ("Forwarded", "for=198.51.100.{}"),
]


@pytest.mark.parametrize(("header", "value"), SPOOFED)
@pytest.mark.parametrize("way", ["proxy", "appending proxy", "node"])
def test_nobody_else_says_who_sent_a_request(request, way, header, value):
    """
    A guesser who writes another address into each request is one guesser: by a proxy that overwrites the
    header, by one that appends to it, and at a node without a proxy.
    """
    site = request.getfixturevalue("appending_site" if way == "appending proxy" else "site")
    name, address = site.new_person(), "127.0.0.4"
    node = site.realm.nodes[0] if way == "node" else None

    def taken(number, password):
        return site.is_taken(name, password, address=address, node=node, **{header: value.format(number)})

    for number in range(ALLOWED):
        assert not taken(number, "wrong")
    assert not taken(ALLOWED, PASSWORD)
    assert site.is_taken(name, address="127.0.0.5")


@pytest.mark.parametrize("way", ["proxy", "node"])
def test_nobody_says_where_the_issuer_is(site, way):
    """Not by Host, nor by any header of a proxy, trusted or not: it is what the settings say."""
    headers = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "http",
        "x-forwarded-port": "1",
        "x-forwarded-prefix": "/evil",
        "forwarded": "host=evil.example;proto=http",
    }
    with site.client(headers=headers) as client:
        base = "" if way == "proxy" else site.realm.nodes[0].url
        answers = [
            client.get(f"{base}{path}")
            for path in ("/.well-known/openid-configuration", "/", "/account", "/authorize", "/nowhere")
        ]
    assert answers[0].json()["token_endpoint"] == f"{site.issuer}/token"
    for answer in answers:
        assert "evil" not in answer.text + str(answer.headers)
        assert not answer.headers.get("location", "").startswith("http:")


def test_the_log_has_the_person_s_address(site):
    """And not the proxy's, for whoever has to look for a guesser."""
    name = site.new_person()
    assert not site.is_taken(name, "wrong", address="127.0.0.6")
    lines = [line for node in site.realm.nodes for line in node.server.log]
    assert any("login.failed" in line and '"network": "127.0.0.6"' in line for line in lines)


def test_a_node_is_replaced_behind_the_proxy(site):
    """Neither its stop nor its start is seen by anybody: no answer but 200."""
    port = urlsplit(site.issuer).port
    one = site.realm.nodes[0]
    with Load(site.realm, [port], tls=site.tls) as load:
        assert one.server.stop(signal.SIGTERM) == 0
        load.wait_for(50)
        with site.realm.node(workers=1, port=one.port):
            load.wait_for(50)
    assert (load.failures, load.refused) == ([], 0)
