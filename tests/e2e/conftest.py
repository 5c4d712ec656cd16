"""A real Chromium in front of a real server on loopback."""

import time

import pytest

from authwright.authorization_server.writes import SaveClient
from authwright.testing.clock import FrozenClock
from support.chromium import launched
from support.e2e import CLIENT_PATH, Visitor, client_app, web_client
from support.pages import make_place, run
from support.serving import free_port, serving


@pytest.fixture(scope="module")
def chromium():
    """Per module: while Playwright runs, no other event loop can run in its thread."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def artifacts(pytestconfig):
    directory = pytestconfig.rootpath / "artifacts" / "pages"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture
def place():
    """An issuer on localhost with alice, and beside it a web app that shows what it received."""
    port, client_port = free_port(), free_port()
    client_origin = f"http://127.0.0.1:{client_port}"
    place = run(make_place(f"http://localhost:{port}", clock=FrozenClock(int(time.time()))))
    place.commit(SaveClient(web_client(client_origin)))
    place.redirect_uri = client_origin + CLIENT_PATH
    place.add_account("alice", name="Alice Example")
    place.add_account("bob")
    with serving(place.app, port), serving(client_app, client_port):
        yield place


@pytest.fixture
def visitor(chromium, place, artifacts, request):
    """A person with a fresh browser profile; scripts are off, as for whoever switched them off."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 900})
    context.set_default_timeout(15_000)
    yield Visitor(place, context.new_page(), artifacts)
    context.close()
