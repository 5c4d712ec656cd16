"""The demo's story, page by page over HTTP: every answer is one that a server of the demo gave."""

import re

import pytest


@pytest.fixture
def bob(reader):
    return reader.sign_in("bob")


def outcomes(reader):
    """Each row of the table of revocation: before and after."""
    rows = re.findall(r"<td[^>]*>(.*?)</td>\s*<td[^>]*><strong>(.*?)</strong></td>", reader.page.text)
    return [(before, after) for before, after in rows]


def test_it_begins_with_who_takes_part(demo, reader):
    """The three addresses, the people, and a password that the app itself never asks for."""
    text = reader.open("/").text
    for known in (demo.app, demo.issuer, demo.api, demo.password, "alice", "bob"):
        assert known in text
    assert 'type="password"' not in reader.page.text


def test_signing_in_shows_what_happened(bob):
    """The requests of the code flow, and what each parameter was for."""
    assert bob.page.url.path == "/flow"
    for said in (
        "Bob Smith",
        "code_challenge",
        "GET /.well-known/openid-configuration",
        "GET /jwks",
        "POST /token",
        "grant_type=authorization_code",
        "GET /userinfo",
    ):
        assert said in bob.text, said


def test_the_tokens_are_taken_apart(bob):
    """Every claim of both JWTs has words of its own; the refresh token has nothing to take apart."""
    bob.open("/tokens")
    for claim in (
        "iss",
        "sub",
        "aud",
        "client_id",
        "exp",
        "jti",
        "scope",
        "groups",
        "nonce",
        "at_hash",
        "sid",
    ):
        assert f"<code>{claim.replace('_', '_' + chr(0x200B))}</code>" in bob.page.text, claim
    assert "Not one of the standard ones" not in bob.text
    # The machine's time goes on between the token and the page.
    assert re.search(r"in (10 min|9 min [1-5]?\d s)", bob.text)


@pytest.mark.parametrize(
    ("username", "button", "answer", "code"),
    [
        ("bob", "read", "200 OK", None),
        ("bob", "add", "201 Created", None),
        ("bob", "delete", "403 Forbidden", "AW120"),
        ("bob", "admin", "403 Forbidden", "AW121"),
        ("alice", "admin", "200 OK", None),
        ("alice", "delete", "403 Forbidden", "AW120"),
    ],
)
def test_calling_the_api(reader, username, button, answer, code):
    """What scope and role allow is done; what they forbid is a 403 that teaches. RFC 6750 §3.1."""
    reader.sign_in(username).press("/api", button)
    assert answer in reader.text
    assert reader.code == code
    assert ("Likely cause" in reader.text) == (code is not None)


@pytest.mark.parametrize(
    ("button", "code", "failed"),
    [
        ("signature", "AW103", "signature"),
        ("scope", "AW103", "signature"),
        ("none", "AW110", "signature"),
        ("id-token", "AW108", "type"),
        ("absent", "AW101", None),
    ],
)
def test_tampering(bob, button, code, failed):
    """A token that was changed is refused, by the check that found it. RFC 9068 §4."""
    bob.press("/tampering", button)
    assert "401 Unauthorized" in bob.text
    assert bob.code == code
    names = re.findall(
        r'class="fail"><span class="outcome">FAIL</span> <span class="name">(\w+)', bob.page.text
    )
    assert names[:1] == ([] if failed is None else [failed])


def test_expiry_and_refresh(bob):
    """Once the clock is past exp, the token is refused (RFC 9068 §4); refreshing gives another pair."""
    bob.press("/expiry", "call")
    assert "200 OK" in bob.text
    bob.press("/expiry", "skip")
    assert bob.code == "AW106"
    assert "ahead" in bob.text
    bob.press("/refresh", "refresh")
    assert "New tokens" in bob.text
    (old, new) = re.findall(r"<(?:del|ins)>([\w-]{43})</(?:del|ins)>", bob.page.text)
    assert old != new
    assert new in bob.open("/tokens").text
    bob.press("/api", "read")
    assert "200 OK" in bob.text


def test_a_refresh_token_that_comes_back(bob):
    """Reuse outside the window ends the grant, for the thief and for the app. RFC 9700 §4.14.2."""
    bob.press("/refresh", "refresh")
    bob.press("/refresh", "theft")
    assert "Everything that came of this sign-in has ended" in bob.text
    assert bob.text.count("invalid_grant") >= 2
    bob.press("/refresh", "refresh")
    assert bob.code == "invalid_grant"


def test_a_theft_needs_an_old_token(bob):
    """There is no such button before the first refresh."""
    assert "press-theft" not in bob.open("/refresh").page.text
    bob.press("/refresh", "theft")
    assert bob.page.url.path == "/sign-in"


def test_revocation(bob):
    """
    After RFC 7009 §2.1 the identity provider refuses the access token at once, and an API that asks it
    (RFC 7662) too; an API that verifies by itself does until the JWT ends.
    """
    bob.press("/revocation", "revoke")
    assert outcomes(bob) == [
        ("200 OK", "401 Unauthorized"),
        ("200 OK", "401 Unauthorized"),
        ("good", "400 invalid_grant"),
        ("200 OK", "200 OK"),
    ]
    for said in ("POST /revoke", "POST /introspect", '"active": false', "AW111"):
        assert said in bob.text, said


def test_revocation_of_an_expired_token(bob):
    """What has expired is refreshed first, so that there is something to lose."""
    bob.press("/expiry", "skip")
    bob.press("/revocation", "revoke")
    assert outcomes(bob)[0] == ("200 OK", "401 Unauthorized")


def test_revoking_twice(bob):
    """The second time nothing was good before either, and nothing breaks. RFC 7009 §2.2."""
    bob.press("/revocation", "revoke")
    bob.press("/expiry", "skip")
    bob.press("/revocation", "revoke")
    assert [after for _, after in outcomes(bob)] == [
        "401 Unauthorized",
        "401 Unauthorized",
        "400 invalid_grant",
        "401 Unauthorized",
    ]


def test_a_machine(reader):
    """client_credentials without anybody signed in. RFC 6749 §4.4, RFC 9068 §2.2: sub is the client."""
    reader.press("/machine", "work")
    for said in ("grant_type=client_credentials", '"owner": "worker"', "200 OK"):
        assert said in reader.text, said


def test_signing_out(demo, reader):
    """The app's session, the grant and the provider's session end. RP-Initiated Logout 1.0 §2, §3."""
    reader.sign_in("bob")
    old = reader.cookie
    url = reader.press("/sign-out", "sign-out")
    assert url.startswith(f"{demo.issuer}/logout?")
    assert "id_token_hint" in url
    assert reader.cookie != old
    answer = reader.browser.get(url)
    assert answer.headers["location"].startswith(f"{demo.app}/signed-out?state=")
    reader.open(answer.headers["location"])
    assert "Goodbye, Bob Smith" in reader.text
    assert "First somebody has to sign in" in reader.open("/tokens").text


def test_saying_no(demo, reader):
    """Who refuses at the identity provider is told so, and is not signed in. RFC 6749 §4.1.2.1."""
    url = reader.press("/sign-in", "bob")
    state = re.search(r"[?&]state=([^&]+)", url)[1]
    reader.open(f"/callback?error=access_denied&state={state}&iss={demo.issuer}")
    assert reader.page.status_code == 200
    assert reader.code == "access_denied"
    assert "Nobody is signed in" in reader.text
