"""Every page, in light and dark and on a narrow screen: WCAG 2.2 AA as far as a machine can judge."""

import pytest

from authwright.idp.one_time_code import code_digest
from authwright.idp.records import OneTimeLink
from authwright.idp.writes import AddOneTimeLink
from authwright.oauth.types import Timestamp
from support.accessibility import problems
from support.e2e import Visitor
from support.pages import PASSWORD

pytestmark = pytest.mark.browser

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1000, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1000, "height": 800}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "narrow-dark": {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
}


@pytest.fixture(params=LOOKS)
def visitor(chromium, place, artifacts, request):
    context = chromium.new_context(**LOOKS[request.param])
    context.set_default_timeout(15_000)
    yield Visitor(place, context.new_page(), artifacts), request.param
    context.close()


def test_every_page(visitor, place):
    visitor, look = visitor
    found = {}

    def judge(name):
        visitor.shot(f"{name}-{look}")
        if wrong := problems(visitor.page):
            found[name] = wrong

    for code, purpose, subject in (
        ("1111", "first_admin", None),
        ("2222", "recovery", place.subjects["alice"]),
    ):
        expires_at = Timestamp(place.clock.now() + 600)
        place.commit(AddOneTimeLink(OneTimeLink(code_digest(code), purpose, subject, expires_at)))
    visitor.goto("/first/1111")
    judge("first-admin")
    visitor.goto("/recover/2222")
    judge("recover")
    visitor.goto("/first/3333")
    judge("link-over")
    visitor.authorize()
    judge("login")
    visitor.sign_in(password="not the password")
    judge("login-wrong")
    visitor.sign_in()
    judge("consent")
    visitor.page.click("#aw-allow")
    visitor.authorize(prompt="select_account")
    judge("select-account")
    visitor.authorize(prompt="login")
    judge("login-again")
    visitor.authorize(redirect_uri="https://evil.example/")
    judge("error")
    visitor.goto("/nothing-here")
    judge("not-found")
    visitor.goto("/account", done="disconnected")
    visitor.page.click("summary")
    judge("account")
    visitor.goto("/account/password")
    judge("password")
    for field, value in (("password", PASSWORD), ("new_password", "short"), ("new_password_again", "short")):
        visitor.page.fill(f"[name={field}]", value)
    visitor.page.click("#aw-submit")
    judge("password-refused")
    visitor.goto("/logout")
    judge("logout")
    visitor.page.click("#aw-logout")
    judge("signed-out")
    assert found == {}
