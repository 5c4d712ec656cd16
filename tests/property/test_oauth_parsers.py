"""Any bytes into any parser of the OAuth vocabulary: an answer, or an error of the documented family."""

import contextlib
import json
import string
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from authwright.jose.jwks import Jwks
from authwright.oauth import challenge, client_assertion, client_secret, introspection, metadata, pkce
from authwright.oauth.client_secret import ClientCredentials
from authwright.oauth.errors import InvalidClient, InvalidRequest, InvalidScope, InvalidTarget
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.issuer import (
    authorization_server_metadata_url,
    check_issuer,
    check_response_issuer,
    openid_configuration_url,
)
from authwright.oauth.parameters import Parameters, encode, parse_form, parse_query
from authwright.oauth.redirect_uri import add_parameters, check_registrable, matches, origin
from authwright.oauth.resource import check_resource
from authwright.oauth.scope import Scope, parse_scope
from authwright.oauth.types import ClientId, Secret, Timestamp
from authwright.oauth.uri import parse_uri

SETTINGS = settings(max_examples=300)

FORM = "application/x-www-form-urlencoded"

# Bytes that look like a form often enough to reach the inner branches.
FORM_BYTES = st.binary(max_size=200) | st.lists(
    st.sampled_from([b"a", b"resource", b"=", b"&", b"+", b"%", b"%41", b"%00", b"%C3%BC", b"%ff", b";"])
).map(b"".join)

URI_PARTS = (
    *(
        "http",
        "https",
        "javascript",
        "a.b",
        ":",
        "//",
        "/",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "@",
        "\\",
        "?",
    ),
    *("#", ":80", "..", "%2e", "%", "example.com", "\0", "ä", " ", "\n", "*"),
)
URI_TEXT = st.text(max_size=60) | st.lists(st.sampled_from(URI_PARTS), max_size=12).map("".join)

# Any JSON value, to stand where a member of a document should be.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)

PAIR = st.tuples(st.text(string.ascii_letters, min_size=1, max_size=8), st.text(min_size=1, max_size=20))


def without_surrogates_and_nul(text: str) -> bool:
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text


@SETTINGS
@given(FORM_BYTES, st.none() | st.text(max_size=40) | st.just(FORM))
def test_forms(body, content_type):
    """Any body is parameters or invalid_request. RFC 6749 §3.1."""
    for parse in (lambda: parse_form(body, content_type), lambda: parse_query(body)):
        with contextlib.suppress(InvalidRequest):
            parameters = parse()
            assert all(parameters.values())
            assert parse_query(encode(parameters.pairs)) == parameters


@SETTINGS
@given(st.text(max_size=100))
def test_queries_of_text(query):
    """Any text is parameters or invalid_request."""
    with contextlib.suppress(InvalidRequest):
        parse_query(query)


@SETTINGS
@given(
    st.lists(PAIR.filter(lambda pair: without_surrogates_and_nul(pair[1])), unique_by=lambda pair: pair[0])
)
def test_encoding_round_trips(pairs):
    """What is encoded comes back, whatever characters it holds. RFC 6749 appendix B."""
    assert parse_query(encode(pairs)) == Parameters(tuple(pairs))


@SETTINGS
@given(st.text(max_size=50))
def test_scopes(value):
    """Any text is a scope, which reads back as itself, or invalid_scope. RFC 6749 §3.3."""
    with contextlib.suppress(InvalidScope):
        scope = parse_scope(value)
        assert parse_scope(str(scope)) == scope
        assert scope <= scope | Scope("x")
        assert (scope - scope) == Scope()


@SETTINGS
@given(URI_TEXT)
def test_uris(value):
    """Any text is a URI, a resource, an issuer, a redirect URI, or refused as such."""
    with contextlib.suppress(InvalidValue):
        parse_uri(value)
    with contextlib.suppress(InvalidTarget):
        check_resource(value)
    with contextlib.suppress(InvalidValue):
        check_response_issuer(value, issuer="https://a", supported=True)
    with contextlib.suppress(InvalidValue):
        check_issuer(value, allow_loopback_http=True)
        assert parse_uri(authorization_server_metadata_url(value)).host == parse_uri(value).host
        assert parse_uri(openid_configuration_url(value)).host == parse_uri(value).host


@SETTINGS
@given(URI_TEXT, st.sampled_from(["web", "native"]), st.lists(PAIR, max_size=3))
def test_registrable_redirect_uris(value, application_type, pairs):
    """What may be registered matches itself, keeps its place when parameters are added, and has an origin."""
    with contextlib.suppress(InvalidValue):
        check_registrable(value, application_type)
        assert matches(value, value)
        assert origin(value)
        pairs = [pair for pair in pairs if without_surrogates_and_nul(pair[1])]
        answered = urlsplit(add_parameters(value, pairs))
        asked = urlsplit(value)
        assert (answered.scheme, answered.netloc, answered.path) == (asked.scheme, asked.netloc, asked.path)
        assert parse_qsl(answered.query, keep_blank_values=True)[-len(pairs) :] == pairs or not pairs


@SETTINGS
@given(URI_TEXT, URI_TEXT)
def test_matching_takes_any_text(registered, received):
    """Matching never fails with an error, and never lets another host in."""
    if matches(registered, received) and registered != received:
        assert urlsplit(registered).hostname == urlsplit(received).hostname
        assert urlsplit(registered).path == urlsplit(received).path


@SETTINGS
@given(st.text(max_size=140), st.text(max_size=50))
def test_pkce(verifier, code_challenge):
    """Any verifier and challenge give a yes or a no. RFC 7636 §4.6."""
    assert not pkce.verifies(verifier, code_challenge)


@SETTINGS
@given(st.text(max_size=60) | st.binary(max_size=30).map(lambda raw: "Basic " + raw.hex()))
def test_basic_credentials(authorization):
    """Any header is credentials or invalid_client. RFC 6749 §2.3.1."""
    client_secret.is_basic(authorization)
    with contextlib.suppress(InvalidClient):
        client_secret.read_basic(authorization)


TEXT = st.text(min_size=1, max_size=20).filter(without_surrogates_and_nul)


@SETTINGS
@given(TEXT, TEXT)
def test_basic_credentials_round_trip(client_id, secret):
    """Any client_id and secret survive the header. RFC 6749 §2.3.1."""
    written = client_secret.write_basic(ClientCredentials(ClientId(client_id), Secret(secret)))
    read = client_secret.read_basic(written)
    assert (read.client_id, read.client_secret.reveal()) == (client_id, secret)


@SETTINGS
@given(st.text(max_size=80) | st.text("aZ.-_=", max_size=80))
def test_client_assertions(assertion):
    """Any text is refused as invalid_client. RFC 7523 §3."""
    with contextlib.suppress(InvalidClient):
        client_assertion.unverified_client_id(assertion)
    try:
        client_assertion.check(
            assertion, client_id=ClientId("a"), keys=Jwks(()), audiences=("b",), now=Timestamp(0)
        )
    except InvalidClient:
        return
    raise AssertionError("an assertion was accepted without a key")


CHALLENGE_TEXT = st.text(max_size=60) | st.lists(
    st.sampled_from(["Bearer", " ", ",", "realm", "=", '"', "\\", "abc=="]), max_size=12
).map("".join)


@SETTINGS
@given(CHALLENGE_TEXT)
def test_challenges(header):
    """Any header is challenges or an error. RFC 9110 §11.6.1."""
    with contextlib.suppress(InvalidValue):
        challenge.parse_challenges(header)


@SETTINGS
@given(st.dictionaries(st.sampled_from(["realm", "scope", "error"]), st.text(max_size=20)))
def test_challenges_round_trip(parameters):
    """What is written is read again, or is refused for its characters."""
    written = challenge.Challenge("bearer", parameters)
    with contextlib.suppress(InvalidValue):
        assert challenge.parse_challenges(str(written)) == (written,)


MEMBERS = (
    *metadata.AuthorizationServerMetadata.__dataclass_fields__,
    *metadata.ProtectedResourceMetadata.__dataclass_fields__,
    *("active", "sub", "scope", "exp", "aud"),
)


@SETTINGS
@given(
    st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=6),
    st.sampled_from([{}, {"issuer": "https://a", "resource": "https://a", "active": True}]),
)
def test_documents(members, good):
    """Any JSON is a document or an error of the documented family. RFC 8414, RFC 9728, RFC 7662."""
    check_documents(json.dumps({**members, **good}).encode())


@SETTINGS
@given(st.binary(max_size=60))
def test_documents_of_any_bytes(body):
    """Any bytes are a document or an error of the documented family."""
    check_documents(body)


def check_documents(body: bytes) -> None:
    with contextlib.suppress(InvalidValue):
        metadata.parse_authorization_server_metadata(body, issuer="https://a")
    with contextlib.suppress(InvalidValue):
        metadata.parse_protected_resource_metadata(body, resource="https://a")
    with contextlib.suppress(InvalidValue):
        introspection.parse_introspection_response(body)
