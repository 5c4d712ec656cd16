"""Click to sign in, in a real Chromium without JavaScript."""

import time

import pytest
from playwright.sync_api import expect

from authwright.authorization_server.writes import SaveClient
from authwright.testing.clock import FrozenClock
from support.accessibility import problems
from support.e2e import CLIENT_PATH, Visitor, client_app, web_client
from support.pages import make_place, run
from support.serving import free_port, serving

pytestmark = pytest.mark.browser

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1000, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1000, "height": 800}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "narrow-dark": {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
}


@pytest.fixture
def place():
    """A development server with alice and bob, and an app."""
    port, client_port = free_port(), free_port()
    client_origin = f"http://127.0.0.1:{client_port}"
    clock = FrozenClock(int(time.time()))
    place = run(make_place(f"http://localhost:{port}", clock=clock, dev=True))
    place.commit(SaveClient(web_client(client_origin)))
    place.redirect_uri = client_origin + CLIENT_PATH
    place.add_account("alice", name="Alice Example")
    place.add_account("bob")
    with serving(place.app, port), serving(client_app, client_port):
        yield place


@pytest.mark.parametrize("look", LOOKS)
def test_click_to_sign_in(chromium, place, artifacts, look):
    """WCAG 2.2 AA as far as a machine can judge, and the button does it, by mouse and by keyboard."""
    context = chromium.new_context(**LOOKS[look])
    context.set_default_timeout(15_000)
    visitor = Visitor(place, context.new_page(), artifacts)
    visitor.authorize()
    visitor.shot(f"login-development-{look}")
    assert problems(visitor.page) == []
    visitor.page.get_by_role("button", name="Sign in as alice").click()
    expect(visitor.page.locator("#aw-account")).to_contain_text("Alice Example")
    context.close()

    context = chromium.new_context(**LOOKS[look], java_script_enabled=False)
    context.set_default_timeout(15_000)
    visitor = Visitor(place, context.new_page(), artifacts)
    visitor.authorize()
    visitor.page.get_by_role("button", name="Sign in as bob").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#aw-account")).to_contain_text("bob")
    context.close()
