"""`explain`: every check, none stops the next, and it agrees with what an API does."""

import pytest

from authwright.jose.jwk import generate_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.token_profile import KEYCLOAK
from authwright.resource_server.explanation import Outcome, Step, explain
from support.jose import segment, token
from support.resource_server import API, ISSUER, World


def steps(world, text, **options):
    given = {"issuer": ISSUER, "audience": API, "keys": world.issuer.jwks, "now": world.clock.now()}
    return explain(text, **(given | options))


def failed(explanation):
    return [(step.name, step.code) for step in explanation if step.outcome is Outcome.FAIL]


def test_good_token():
    world = World()
    text = world.issuer.access_token(scope="items:read", roles=["admin"])
    explained = steps(world, text)
    assert {step.outcome for step in explained} == {Outcome.OK}
    lines = [str(step) for step in explained]
    assert lines == [
        "ok    form        a signed JWT",
        f"ok    signature   ES256, key {world.issuer.key.kid}",
        "ok    type        at+jwt",
        "ok    issuer      https://issuer.test",
        "ok    audience    https://api.test",
        "ok    expiry      in 10 min",
        "ok    begin       0 s ago",
        "ok    claims      sub alice, client test-client",
        "ok    scope       items:read",
        "ok    roles       admin",
        "ok    groups      none",
    ]


def test_every_failure_at_once():
    """One wrong audience does not hide that the token has expired, too."""
    world = World()
    stranger = generate_jwk("ES256", kid=world.issuer.key.kid)
    bad = world.claims(iss=f"{ISSUER}/", aud="https://other.test", exp=5, sub="", cnf={})
    explained = steps(world, token(world.header(typ="JWT"), bad, stranger))
    assert failed(explained) == [
        ("signature", "AW103"),
        ("type", "AW108"),
        ("issuer", "AW104"),
        ("audience", "AW105"),
        ("expiry", "AW106"),
        ("proof", "AW116"),
        ("claims", "AW113"),
    ]


def test_line_of_a_failure():
    world = World()
    text = world.issuer.access_token(claims={"aud": "https://api.example.com"})
    line = next(str(step) for step in steps(world, text) if step.name == "audience")
    assert line == (
        'FAIL  audience    token is for "https://api.example.com"; this API is "https://api.test"   AW105'
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iss": f"{ISSUER}/"}, "they differ in the last slash"),
        (
            {"iss": "https://other.test"},
            'token is from "https://other.test"; this API trusts "https://issuer.test"',
        ),
        ({"iss": 1}, "token is from 1"),
        ({"aud": None}, "token is for no API at all"),
        ({"exp": None}, "token never expires"),
        ({"exp": "soon"}, '"soon"'),
        ({"exp": True}, "true"),
        ({"exp": 1_799_000_000}, "11 d ago"),
        ({"nbf": 1_800_009_000}, "in 2 h"),
        ({"nonce": "n"}, "this is an ID token"),
        ({"jti": None}, "a claim is absent that the profile requires"),
        ({"sub": "\x1b[31m" + "x" * 500}, "\\u001b[31mxxx"),
    ],
)
def test_words(changes, words):
    world = World()
    claims = {**world.claims(), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    text = token(world.header(), claims, world.issuer.key)
    assert any(words in str(step) for step in steps(world, text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("opaque", "an opaque token"),
        ("a.b.c.d.e", "an encrypted token"),
        ("a.b", "a JWS does not have three segments"),
        ("", "an opaque token"),
        ("é", "an opaque token"),
    ],
)
def test_other_forms(text, words):
    (step,) = steps(World(), text)
    assert (step.outcome, step.name, step.code) == (Outcome.FAIL, "form", "AW102")
    assert words in step.text


def test_claims_that_are_not_json():
    world = World()
    explained = steps(world, token(world.header(), b"[]", world.issuer.key))
    assert failed(explained) == [("claims", "AW102")]


def test_what_is_not_known_is_skipped():
    """Without a key set, an issuer or an API there is nothing to compare with, and nothing fails."""
    world = World()
    explained = steps(world, world.issuer.access_token(), keys=None, issuer=None, audience=None)
    assert [step.name for step in explained if step.outcome is Outcome.SKIP] == [
        "signature",
        "issuer",
        "audience",
    ]
    assert not failed(explained)


def test_what_the_token_does_not_name_is_said_in_words():
    world = World()
    claims = {name: value for name, value in world.claims().items() if name not in {"iss", "aud"}}
    text = token(world.header(), claims, world.issuer.key)
    lines = [str(step) for step in steps(world, text, issuer=None, audience=None)]
    assert "skip  issuer      token is from nobody who is named; no issuer to compare with" in lines
    assert "skip  audience    token is for no API at all; no API to compare with" in lines


def test_token_without_kid_and_type():
    world = World()
    text = token(world.header(kid=None, typ=None), world.claims(), world.issuer.key)
    lines = [str(step) for step in steps(world, text)]
    assert "ok    signature   ES256" in lines
    assert any(line.startswith("FAIL  type        typ is absent") for line in lines)


def test_profile():
    world = World()
    claims = world.claims(typ="Bearer", client_id=None, azp="app", realm_access={"roles": ["admin"]})
    text = token(world.header(typ="JWT"), claims, world.issuer.key)
    assert not failed(steps(world, text, profile=KEYCLOAK))
    assert failed(steps(world, text)) == [("type", "AW108"), ("claims", "AW113")]


def test_keys_that_do_not_have_it():
    world = World()
    explained = steps(world, world.issuer.access_token(), keys=Jwks(()))
    assert failed(explained) == [("signature", "AW109")]


def test_unsigned():
    world = World()
    text = f"{segment(world.header(alg='none'))}.{segment(world.claims())}."
    assert failed(steps(world, text)) == [("signature", "AW110")]


def test_step_is_a_line():
    assert str(Step(Outcome.SKIP, "scope", "x")) == "skip  scope       x"
