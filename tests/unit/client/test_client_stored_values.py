"""What an application keeps between requests: `Login` and `Tokens` as text."""

from dataclasses import fields, replace

import pytest

from authwright.client import InvalidStoredValue, Login, Tokens, problems
from authwright.client.login import new_login
from authwright.client.stored_value import dump, load
from authwright.oauth.scope import Scope
from authwright.oauth.types import Seconds, Secret, Timestamp

NOW = Timestamp(1_800_000_000)
LOGIN = new_login(
    issuer="https://id.example.com",
    redirect_uri="https://app.example.com/callback",
    scope=Scope("openid"),
    resource=("https://api.example.com",),
    max_age=Seconds(0),
    now=NOW,
)
TOKENS = Tokens(
    issuer="https://id.example.com",
    access_token=Secret("access"),
    scope=Scope("openid", "items:read"),
    expires_at=NOW,
    refresh_token=Secret("refresh"),
    id_token=Secret("e.y.J"),
    claims={"sub": "alice", "address": {"country": "NL"}},
)


def shown(value):
    """All fields, secrets revealed."""
    return {
        field.name: each.reveal() if isinstance(each := getattr(value, field.name), Secret) else each
        for field in fields(value)
    }


@pytest.mark.parametrize("login", [LOGIN, replace(LOGIN, resource=(), max_age=None, scope=Scope())])
def test_a_login_survives_storage(login):
    assert shown(Login.deserialize(login.serialize())) == shown(login)


@pytest.mark.parametrize(
    "tokens",
    [TOKENS, Tokens(issuer="https://id.example.com", access_token=Secret("a"), scope=Scope())],
)
def test_tokens_survive_storage(tokens):
    assert shown(Tokens.deserialize(tokens.serialize())) == shown(tokens)


@pytest.mark.parametrize("value", [LOGIN, TOKENS])
def test_the_text_fits_a_cookie(value):
    """A cookie value is made of cookie-octets. RFC 6265 §4.1.1."""
    text = value.serialize()
    assert text.replace("-", "").replace("_", "").isalnum()
    assert len(text) < 1024


@pytest.mark.parametrize("kind", [Login, Tokens])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "e30",  # {}
        "bnVsbA",  # null
        LOGIN.serialize()[:-4],
        dump({"issuer": 7}),
        dump({"issuer": "i", "access_token": "a", "scope": "a  b", "claims": {}}),
        dump({"issuer": "i", "access_token": "a", "claims": []}),
        dump({"issuer": "i", "access_token": "a"}),
    ],
)
def test_a_value_that_was_not_stored_is_refused(kind, text):
    """A malformed cookie is an answer of 400, not of 500."""
    with pytest.raises(InvalidStoredValue) as caught:
        kind.deserialize(text)
    assert caught.value.problem is problems.MALFORMED_STORED_VALUE


@pytest.mark.parametrize("name", ["issuer", "redirect_uri", "state", "nonce", "code_verifier", "created_at"])
@pytest.mark.parametrize("value", [None, "", [], True])
def test_a_login_is_stored_whole(name, value):
    """A login without state, or with another kind of it, would bind nothing."""
    members = {**load(LOGIN.serialize()), name: value}
    with pytest.raises(InvalidStoredValue):
        Login.deserialize(dump(members))


def test_the_repr_hides_what_is_secret():
    """Secrets and claims about people do not reach a log by way of repr."""
    secrets = [LOGIN.state, LOGIN.nonce, LOGIN.code_verifier]
    assert not any(secret.reveal() in repr(LOGIN) for secret in secrets)
    assert not any(word in repr(TOKENS) for word in ("'access'", "'refresh'", "e.y.J", "alice"))


def test_tokens_know_when_they_are_fresh():
    assert TOKENS.is_fresh(Timestamp(NOW - 1))
    assert not TOKENS.is_fresh(NOW)
    assert not TOKENS.is_fresh(Timestamp(NOW - 30), margin=30)
    assert replace(TOKENS, expires_at=None).is_fresh(Timestamp(NOW + 10**6))


def test_tokens_name_the_person_and_the_header():
    assert TOKENS.sub == "alice"
    assert TOKENS.authorization.reveal() == "Bearer access"


def test_tokens_go_to_their_own_issuer_alone():
    TOKENS.check_issuer("https://id.example.com")
    with pytest.raises(InvalidStoredValue) as caught:
        TOKENS.check_issuer("https://id.example.com/")
    assert caught.value.problem is problems.FOREIGN_TOKENS
