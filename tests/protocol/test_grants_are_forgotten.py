"""What is kept for a sign-in does not pile up, and is kept as long as something of it is good. ADR 41."""

import pytest

from authwright.idp.storage.prune import GRACE, LONGEST_ACCESS_TOKEN_LIFETIME
from support.pages import API, APP_SECRET, REDIRECT_URI, TRUSTED, run
from support.pkce import VERIFIER

DAY, SESSION = 86_400, 12 * 3600
CREDENTIALS = {"client_id": TRUSTED.client_id, "client_secret": APP_SECRET}


@pytest.fixture
def asking(browser):
    """alice's browser, signed in."""
    browser.sign_in()
    return browser


def tokens_of(browser, scope):
    browser.authorize(TRUSTED.client_id, scope=scope, resource=API)
    form = {
        **CREDENTIALS,
        "grant_type": "authorization_code",
        "code": browser.answer()["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    return browser.client.post("/token", data=form).json()


def is_active(browser, token):
    answer = browser.client.post("/introspect", data={**CREDENTIALS, "token": token})
    return answer.json()["active"]


def grants(place):
    while any(rows for _, rows in run(place.storage.prune(place.clock.now())).rows):
        pass
    return len(run(place.storage.grants_of(place.subjects["alice"])))


def test_a_grant_without_offline_access_goes_with_its_session(place, asking):
    """A day after the session no token of it can live, and the grant and its code are forgotten."""
    for _ in range(3):
        tokens_of(asking, "openid items:read")
    assert grants(place) == 3
    place.clock.advance(SESSION + LONGEST_ACCESS_TOKEN_LIFETIME + GRACE - 1)
    assert grants(place) == 3
    place.clock.advance(1)
    assert grants(place) == 0


def test_its_access_token_is_good_to_its_own_end(place, asking):
    """The last token of a session outlives it by what it says in exp. RFC 9068 §4."""
    place.clock.advance(SESSION - 1)
    token = tokens_of(asking, "openid items:read")["access_token"]
    place.clock.advance(599)
    assert grants(place) == 1
    assert is_active(asking, token)
    place.clock.advance(1)
    assert not is_active(asking, token)


def test_a_grant_with_offline_access_outlives_its_session(place, asking):
    """OpenID Connect Core §11: for when the person is not there; as long as the policy says, used or not."""
    refresh_token = tokens_of(asking, "openid offline_access items:read")["refresh_token"]
    place.clock.advance(29 * DAY)
    assert grants(place) == 1
    form = {**CREDENTIALS, "grant_type": "refresh_token", "refresh_token": refresh_token}
    assert asking.client.post("/token", data=form).status_code == 200
