"""
`authwright demo`, read from beginning to end in a real browser: the whole story, with its pictures.

Scripts are off, as for whoever switched them off. Nobody waits: the demo's own clock goes ahead.
"""

import re

import pytest

from support.accessibility import problems
from support.demo import demo_in_a_thread

pytestmark = pytest.mark.browser

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "narrow-dark": {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with demo_in_a_thread(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="module")
def pictures(pytestconfig):
    directory = pytestconfig.rootpath / "artifacts" / "demo"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


class Story:
    """A person who reads the demo. *complaints* are what the browser itself found wrong."""

    def __init__(self, demo, page, pictures, look):
        self.demo, self.page, self.pictures, self.look = demo, page, pictures, look
        self.complaints = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def shot(self, name, *, whole=False):
        self.page.screenshot(path=self.pictures / f"{name}-{self.look}.png", full_page=whole)

    def go(self, chapter):
        """By the link that a reader would follow."""
        self.click(f".chapters a[href='/{chapter}']")
        assert self.page.url == f"{self.demo.app}/{chapter}"

    def next(self, chapter):
        self.click("#next")
        assert self.page.url == f"{self.demo.app}/{chapter}"

    def press(self, button):
        self.click(f"#press-{button}")

    def click(self, selector):
        """Until the next page is there: a click returns when the request has been sent."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def text(self, selector="main"):
        return self.page.inner_text(selector)

    @property
    def verdict(self):
        return self.text("#verdict")

    @property
    def code(self):
        return self.text("#code")

    def sign_in(self, name, *, pictures=False):
        """From the app to the identity provider, through password and consent, and back."""
        self.press(name)
        assert self.page.url.startswith(f"{self.demo.issuer}/login")
        assert self.page.input_value("[name=login]") == name
        self.page.fill("[name=password]", self.demo.password)
        if pictures:
            self.shot("login")
        self.click("#aw-submit")
        assert self.page.url.startswith(f"{self.demo.issuer}/consent")
        if pictures:
            self.shot("consent", whole=True)
        self.click("#aw-allow")
        assert self.page.url == f"{self.demo.app}/flow"


@pytest.fixture
def story(chromium, demo, pictures, request):
    look = getattr(request, "param", "light")
    context = chromium.new_context(java_script_enabled=False, **LOOKS[look])
    context.set_default_timeout(15_000)
    yield Story(demo, context.new_page(), pictures, look)
    context.close()


@pytest.mark.parametrize("story", ["light", "dark"], indirect=True)
def test_the_whole_story(story, demo):
    """Sign in, consent, three tokens, the API, 403, 401, expiry, refresh, revocation, sign-out, a machine."""
    story.page.goto(demo.app)
    story.shot("start")
    story.sign_in("bob", pictures=True)
    story.shot("flow", whole=True)
    assert "Signed in as Bob Smith" in story.text("header")

    story.next("tokens")
    story.shot("tokens")
    for title in ("The access token", "The ID token", "The refresh token"):
        assert title in story.text()
    assert "Until when it is good" in story.text()

    call_the_api(story)
    tamper(story)
    expire_and_refresh(story)

    story.page.goto(f"{demo.issuer}/account")
    story.shot("account", whole=True)
    assert "Cabinet" in story.text()
    story.page.goto(f"{demo.app}/refresh")

    revoke(story)
    sign_out(story)

    story.go("machine")
    story.press("work")
    assert "200 OK" in story.verdict
    assert "worker" in story.text()
    story.shot("machine")
    assert story.complaints == []


def call_the_api(story):
    story.next("api")
    story.press("read")
    assert "200 OK" in story.verdict
    assert "a dovetail saw" in story.verdict
    story.press("add")
    assert "a hand plane" in story.verdict
    story.press("admin")
    assert "403 Forbidden" in story.verdict
    assert story.code == "AW121"
    story.press("delete")
    assert "403 Forbidden" in story.verdict
    assert story.code == "AW120"
    assert "items:purge" in story.verdict
    story.shot("forbidden")


def tamper(story):
    story.next("tampering")
    for button, code in (
        ("none", "AW110"),
        ("id-token", "AW108"),
        ("absent", "AW101"),
        ("signature", "AW103"),
    ):
        story.press(button)
        assert "401 Unauthorized" in story.verdict
        assert story.code == code
    assert len(story.text("#sent mark")) == 1
    story.press("scope")
    assert story.code == "AW103"
    story.shot("tampered")


def expire_and_refresh(story):
    story.next("expiry")
    story.press("skip")
    assert "401 Unauthorized" in story.verdict
    assert story.code == "AW106"
    assert "ahead" in story.text("header")
    story.shot("expired")
    story.next("refresh")
    story.press("refresh")
    assert "GET /items is answered with 200 OK" in story.verdict
    assert len(story.page.query_selector_all("#rotation ins")) == 2
    story.shot("refreshed")


def revoke(story):
    story.next("revocation")
    story.press("revoke")
    assert re.findall(r"\d{3} \w+", story.text("#probes")) == [
        *("200 OK", "401 Unauthorized"),
        *("200 OK", "401 Unauthorized"),
        "400 invalid_grant",
        *("200 OK", "200 OK"),
    ]
    story.shot("revoked")


def sign_out(story):
    story.next("sign-out")
    story.press("sign-out")
    assert story.page.url.startswith(f"{story.demo.app}/signed-out?state=")
    assert "You are signed out" in story.text()
    assert "Nobody is signed in" in story.text("header")
    story.shot("signed-out")
    story.click("main a.button")
    story.press("alice")
    # The identity provider does not know this browser any more: it asks for the password.
    assert story.page.is_visible("[name=password]")
    story.page.goto(story.demo.app)


def test_saying_no(story, demo):
    """Who denies at the identity provider comes back to the app as nobody. RFC 6749 §4.1.2.1."""
    story.page.goto(demo.app)
    story.press("bob")
    story.page.fill("[name=password]", demo.password)
    story.click("#aw-submit")
    story.click("#aw-deny")
    assert story.page.url.startswith(f"{demo.app}/callback?")
    assert story.code == "access_denied"
    assert "Nobody is signed in" in story.text("header")


def test_disconnecting_at_the_identity_provider(story, demo):
    """What a person takes back on the account page has ended for the app. RFC 9700 §4.14."""
    story.page.goto(demo.app)
    story.sign_in("alice")
    story.page.goto(f"{demo.issuer}/account")
    story.click("text=Disconnect")
    story.page.goto(f"{demo.app}/refresh")
    story.press("refresh")
    assert story.code == "invalid_grant"


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible(chromium, demo, pictures, look):
    """WCAG 2.2 AA as far as a machine can judge, in light and dark, wide and narrow."""
    context = chromium.new_context(**LOOKS[look])
    context.set_default_timeout(15_000)
    story, found = Story(demo, context.new_page(), pictures, look), {}

    def judge(name):
        if wrong := problems(story.page):
            found[name] = wrong

    story.page.goto(demo.app)
    judge("sign-in")
    story.sign_in("alice")
    for summary in story.page.query_selector_all("summary"):
        summary.click()
    judge("flow")
    for chapter, button in (
        ("tokens", None),
        ("api", "delete"),
        ("api", "read"),
        ("tampering", "scope"),
        ("expiry", "skip"),
        ("refresh", "refresh"),
        ("refresh", "theft"),
        ("revocation", "revoke"),
        ("machine", "work"),
        ("sign-out", "sign-out"),
    ):
        if button != "theft":
            story.go(chapter)
        if button is not None:
            story.press(button)
        judge(f"{chapter} {button}")
        story.shot(f"all-{chapter}-{button}", whole=True)
    story.page.goto(f"{demo.app}/tokens")
    judge("nobody")
    story.page.goto(f"{demo.app}/callback")
    judge("problem")
    context.close()
    assert found == {}
