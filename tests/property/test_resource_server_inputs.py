"""Whatever is sent to an API: it is refused with a code, and nothing else happens."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from authwright.jose.encoding import b64url_encode
from authwright.oauth.http import HttpRequest
from authwright.oauth.token_profile import AUTH0, ENTRA, KEYCLOAK, OPENID_CONNECT, RFC_9068
from authwright.oauth.types import ClientId, Secret
from authwright.resource_server.explanation import Outcome, explain
from authwright.resource_server.introspection import IntrospectionClient
from authwright.resource_server.refusals import REFUSALS, Refused
from support.jose import token
from support.resource_server import API, ISSUER, World, bearing

CODES = {row.code for row in REFUSALS}
WORLD = World()
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OTHER_CLAIMS = [
    "nbf",
    "cnf",
    "roles",
    "groups",
    "nonce",
    "acr",
    "amr",
    "auth_time",
    "realm_access",
    "scp",
    "azp",
]
NAMES = st.sampled_from([*WORLD.claims(), *OTHER_CLAIMS])
MEMBERS = st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "cty", "b64", "zip"])
INTROSPECTION = IntrospectionClient(client_id=ClientId("api"), client_secret=Secret("secret-of-the-api"))
PROFILES = st.sampled_from([RFC_9068, KEYCLOAK, AUTH0, ENTRA, OPENID_CONNECT])


def outcome(verification):
    """None when it passed, else the code. Anything but a refusal fails the test."""
    (result,) = asyncio.run(gathered(verification))
    if not isinstance(result, BaseException):
        return None
    assert isinstance(result, Refused)
    assert result.refusal.code in CODES
    assert str(result).isprintable()
    return result.refusal.code


async def gathered(verification):
    return await asyncio.gather(verification, return_exceptions=True)


@given(st.dictionaries(st.sampled_from(["authorization", "content-type"]), st.text()), st.text(), st.binary())
@settings(max_examples=200)
def test_any_request(headers, query, body):
    world = World(form_body=True)
    assert outcome(world.protection.verify(HttpRequest("POST", f"/?{query}", headers, body))) is not None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){0,5}", fullmatch=True))
@settings(max_examples=200)
def test_any_token(text):
    assert outcome(WORLD.protection.verify_token(text)) is not None


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=70))
@settings(max_examples=200)
def test_any_segments(header, payload, signature):
    text = ".".join(map(b64url_encode, (header, payload, signature)))
    assert outcome(WORLD.protection.verify(bearing(text))) is not None


@given(st.dictionaries(MEMBERS, JSON, max_size=2), st.dictionaries(NAMES, JSON, max_size=3), PROFILES)
@settings(max_examples=300)
def test_explanation_agrees_with_the_api(header, claims, profile):
    """A signed token with anything in it: the API's code is among those of `explain`, or both accept."""
    world = World(expectation={"profile": profile})
    text = token({**world.header(), **header}, {**world.claims(), **claims}, world.issuer.key)
    code = outcome(world.protection.verify_token(text))
    explained = explain(
        text, issuer=ISSUER, audience=API, keys=world.issuer.jwks, now=world.clock.now(), profile=profile
    )
    failed = {step.code for step in explained if step.outcome is Outcome.FAIL}
    assert (code in failed) if code else not failed
    assert all(str(step).isprintable() and str(step).isascii() for step in explained)


@given(st.text(max_size=100) | st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")))
@settings(max_examples=200)
def test_explanation_never_raises(text):
    assert explain(text, issuer=None, audience=None, keys=None, now=WORLD.clock.now())


@given(st.dictionaries(NAMES, JSON, max_size=3))
@settings(max_examples=200)
def test_any_introspection_response(members):
    """What the issuer says of a token decides only when it is understood."""
    world = World(introspection=INTROSPECTION)
    text = world.issuer.opaque_token(claims=members)
    assert outcome(world.protection.verify_token(text)) in {None, *CODES}
