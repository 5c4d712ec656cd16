"""`Protection`: configuration, scope, and what is logged."""

import dataclasses
import logging
from datetime import timedelta

import pytest

from authwright.jose.errors import InvalidKey
from authwright.jose.jwk import generate_jwk
from authwright.oauth.http import HttpRequest
from authwright.oauth.scope import parse_scope
from authwright.resource_server.errors import ConfigurationError
from authwright.resource_server.expectation import Expectation
from authwright.resource_server.jwt_access_token import refused
from authwright.resource_server.protection import Protection
from authwright.resource_server.refusals import Refused
from authwright.transport.clock import SystemClock
from support.fake_provider import renamed
from support.resource_server import API, ISSUER, World, bearing


@pytest.mark.parametrize(
    "issuer",
    [
        "", "issuer.test", "http://issuer.test", "http://keycloak:8080", "https://", "https://a b", "ftp://issuer.test",
        "https://issuer.test?tenant=1", "https://issuer.test#x", "https://user@issuer.test",
    ],
)  # fmt: skip
def test_issuer_must_be_an_issuer_identifier(issuer):
    """RFC 8414 §2: https, a host, no query and no fragment; http for this machine alone."""
    with pytest.raises(ConfigurationError) as caught:
        Expectation(issuer=issuer, audience=API)
    assert caught.value.setting == "issuer"
    assert not issuer or issuer not in str(caught.value)


@pytest.mark.parametrize(
    "issuer", ["https://issuer.test", "https://issuer.test/realms/a", "http://localhost:9000"]
)
def test_issuers(issuer):
    assert Expectation(issuer=issuer, audience=API).in_development is issuer.startswith("http:")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("audience", ""),
        ("algorithms", frozenset()),
        ("algorithms", frozenset({"none"})),
        ("algorithms", frozenset({"ES256", "HS256"})),
        ("algorithms", frozenset({"es256"})),
        ("leeway", timedelta(seconds=61)),
        ("leeway", timedelta(seconds=-1)),
        # What other libraries take, and what a missing setting reads as.
        ("issuer", None),
        ("issuer", [ISSUER]),
        ("audience", None),
        ("audience", [API]),
        ("leeway", 30),
        ("profile", "keycloak"),
    ],
)
def test_settings_that_would_weaken(setting, value):
    """Neither issuer nor audience can be switched off; no symmetric algorithm; at most a minute of leeway."""
    good = {"issuer": ISSUER, "audience": API}
    with pytest.raises(ConfigurationError) as caught:
        Expectation(**(good | {setting: value}))
    assert caught.value.setting == setting
    assert caught.value.detail in str(caught.value)


def test_issuer_and_audience_are_required():
    for missing in ("issuer", "audience"):
        given = {"issuer": ISSUER, "audience": API}
        del given[missing]
        with pytest.raises(TypeError, match=missing):
            Expectation(**given)


@pytest.mark.parametrize(
    "url", ["", "idp", "ftp://idp", "urn:x", "http://idp?x", "http://idp#x", "http://a b"]
)
def test_internal_url(url):
    with pytest.raises(ConfigurationError, match="internal_url"):
        World(internal_url=url)
    assert World(internal_url="http://idp:9000").protection.internal_url == "http://idp:9000"


def test_everything_is_frozen():
    """Configuration is passed in once; a request cannot change what the next one meets."""
    world = World()
    with pytest.raises(dataclasses.FrozenInstanceError):
        world.protection.form_body = True
    with pytest.raises(dataclasses.FrozenInstanceError):
        world.protection.expectation.issuer = "https://evil.test"


async def test_rotation_of_a_key_without_a_name():
    """
    Core §10.1: an issuer of one key need not name it in its tokens. That it rotated shows in the signature
    alone, and then the keys are fetched as for an unknown name, and no more often.
    """
    world = World()

    def token(key):
        return world.issuer.sign(world.claims(), key=renamed(key, None))

    old = world.issuer.key
    assert (await world.verify(token(old))).subject == "alice"
    world.clock.advance(30)
    world.issuer.rotate_key(withdraw=True)
    assert (await world.verify(token(world.issuer.key))).subject == "alice"
    for _ in range(5):
        assert await world.code(token(old)) == "AW103"
    assert world.fetched("/jwks") == 2


async def test_a_forged_signature_under_a_known_name_fetches_nothing():
    world = World()
    await world.verify(world.issuer.access_token())
    world.clock.advance(30)
    forged = world.issuer.sign(world.claims(), key=renamed(generate_jwk("ES256"), world.issuer.key.kid))
    assert await world.code(forged) == "AW103"
    assert world.fetched("/jwks") == 1


async def test_scope():
    """RFC 6750 §3.1: 403, with all that is needed at once."""
    world = World()
    token = world.issuer.access_token(scope="items:read items:list")
    assert (await world.verify(token, "items:read")).scope == parse_scope("items:list items:read")
    missing = await world.refusal(token, "items:read items:write items:delete")
    assert (missing.refusal.code, missing.refusal.status) == ("AW120", 403)
    assert str(missing.scope) == "items:delete items:read items:write"
    assert await world.code(token, "items") == "AW120"
    assert await world.code(world.issuer.access_token(), "items:read") == "AW120"


async def test_principal():
    """Who is calling, and the token itself for an exchange; it does not show itself."""
    world = World()
    token = world.issuer.access_token(
        sub="alice", scope="a", roles=["admin"], groups=["x"], claims={"org": 7}
    )
    principal = await world.protection.authenticate(bearing(token))
    assert (principal.sub, principal.client_id) == ("alice", "test-client")
    assert (str(principal.scopes), principal.roles, principal.groups) == ("a", ("admin",), ("x",))
    assert principal.claims["org"] == 7
    assert principal.token.reveal() == token
    assert token not in repr(principal)


async def test_log_has_the_full_half_and_never_the_token(caplog):
    """The operator reads what was received and what to change; nobody reads a token."""
    caplog.set_level(logging.INFO)
    world = World()
    token = world.issuer.access_token(claims={"aud": "https://other.test\n2026 fake \x1b[31mline\x7f"})
    await world.refusal(token)
    (message,) = caplog.messages
    assert message.startswith("AW105 aud is another recipient; received ")
    assert '"https://other.test\\n2026 fake \\u001b[31mline\\u007f"' in message
    assert 'expected "https://api.test"' in message
    assert "Request the token with resource" in message
    assert message.isprintable()
    assert not any(part in message for part in token.split("."))


@pytest.mark.parametrize(("lifetime", "level"), [(-600, "INFO"), (None, "WARNING")])
async def test_routine_refusals_are_information(caplog, lifetime, level):
    """An expired token is daily bread; one for another API is a mistake, or an attack."""
    caplog.set_level(logging.INFO)
    world = World()
    changes = {"claims": {"aud": "x"}} if lifetime is None else {"lifetime": lifetime}
    await world.refusal(world.issuer.access_token(**changes))
    assert [record.levelname for record in caplog.records] == [level]


async def test_received_is_cut():
    world = World()
    refused = await world.refusal(world.issuer.access_token(claims={"aud": "x" * 5000}))
    assert len(str(refused)) < 800


async def test_bearer_form_only_when_allowed():
    world = World(form_body=True)
    request = HttpRequest(
        "POST",
        "/items",
        {"content-type": "application/x-www-form-urlencoded"},
        f"access_token={world.issuer.access_token()}".encode(),
    )
    assert (await world.protection.verify(request)).subject == "alice"
    with pytest.raises(Refused):
        await World().protection.verify(request)


async def test_rotation_is_met_at_once():
    """The first token of a new key is accepted, and the old ones while their key is published."""
    world = World()
    old = world.issuer.access_token()
    await world.verify(old)
    world.clock.advance(30)
    world.issuer.rotate_key()
    await world.verify(world.issuer.access_token())
    await world.verify(old)
    assert world.fetched("/jwks") == 2


async def test_closing():
    world = World()
    world.protection.keys.warm_up()
    await world.protection.aclose()
    assert not world.fetched("/jwks")


def test_unknown_fault_counts_as_forged():
    """Fail closed: an error of the JOSE layer that has no row of its own is a bad signature."""
    assert refused(InvalidKey("x")).refusal.code == "AW103"


def test_system_clock():
    """The clock of the machine is the default, in whole seconds of this century."""
    assert 1_700_000_000 < SystemClock().now() < 4_102_444_800
    protection = Protection(expectation=Expectation(issuer=ISSUER, audience=API), transport=World().issuer)
    assert isinstance(protection.clock, SystemClock)
