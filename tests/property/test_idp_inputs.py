"""What strangers write: usernames, passwords, cookies, settings, log values. Only named refusals come out."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from authwright.idp import settings as idp_settings
from authwright.idp.accounts.known_browsers import KnownBrowsers
from authwright.idp.accounts.password import canonical
from authwright.idp.accounts.password_rules import PasswordRefused, check_new_password
from authwright.idp.accounts.throttle import network_of
from authwright.idp.accounts.username import MAX_LENGTH, InvalidUsername, normal_form
from authwright.idp.configuration_error import ConfigurationError
from authwright.idp.key_encryption import KeyEncryptionKey, WrongKey
from authwright.idp.kid import letters_of, number_of
from authwright.idp.log_encoding import console_line, json_line
from authwright.oauth.types import Secret, Subject, Timestamp
from authwright.testing.entropy import CountingEntropy

ANY_TEXT = st.text(st.characters(), max_size=80)
NAMES = st.text(st.characters(exclude_categories=("C", "Z", "M")), min_size=1, max_size=20)
KEY = KeyEncryptionKey(bytes(range(32)))
BROWSERS = KnownBrowsers(bytes(32), CountingEntropy())


def normal_or_none(text):
    try:
        return normal_form(text)
    except InvalidUsername:
        return None


@settings(max_examples=1000)
@given(ANY_TEXT | NAMES)
def test_normal_form(text):
    """A normal form is its own, is short enough, and can be printed; everything else is `InvalidUsername`."""
    normal = normal_or_none(text)
    if normal is not None:
        assert normal_form(normal) == normal
        assert 1 <= len(normal) <= MAX_LENGTH
        assert normal.isprintable()
        assert " " not in normal


@settings(max_examples=500)
@given(NAMES)
def test_case_makes_no_other_account(text):
    """Where both spellings are usernames, capitals are the same account."""
    lower, upper = normal_or_none(text.lower()), normal_or_none(text.lower().casefold())
    assert lower is None or upper is None or lower == upper


@settings(max_examples=300)
@given(ANY_TEXT)
def test_canonical_password(text):
    """A password has one canonical form."""
    once = canonical(Secret(text))
    assert canonical(Secret(once)) == once


@settings(max_examples=100)
@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=3))
def test_password_rules(text, context):
    """A new password is good or `PasswordRefused`, and the refusal holds nothing of it."""
    try:
        check_new_password(Secret(text), context=context)
    except PasswordRefused as refused:
        message = str(refused)
        weakness = refused.weakness
    else:
        return
    assert message == weakness.value


@settings(max_examples=300)
@given(ANY_TEXT | st.from_regex(r"[A-Za-z0-9_-]{22}\.[0-9]{1,12}\.[A-Za-z0-9_-]{43}", fullmatch=True))
def test_no_cookie_is_forged(cookie):
    """No text is a cookie of a known browser but one that we made, and any text can be replaced."""
    assert BROWSERS.recognise(cookie, Subject("alice"), Timestamp(0)) is None
    made = BROWSERS.remember(cookie, Subject("alice"), Timestamp(0))
    assert BROWSERS.recognise(made, Subject("alice"), Timestamp(0))


@given(st.ip_addresses() | ANY_TEXT)
def test_network_of(address):
    """Every peer has a network, and the network of a network's first address is itself."""
    network = network_of(str(address))
    assert network_of(network.removesuffix("/64")) == network


@given(st.binary(max_size=100))
def test_unseal(data):
    """Nothing unseals but what was sealed."""
    try:
        KEY.unseal(data, name="x")
    except WrongKey:
        return
    raise AssertionError


@settings(max_examples=300)
@given(st.sampled_from([setting.variable for setting in idp_settings.SETTINGS]), ANY_TEXT)
def test_settings_from_any_environment(variable, text):
    """Any value of any variable is settings or a `ConfigurationError` without control characters."""
    environ = {
        "AUTHWRIGHT_CONFIG": "/dev/null",
        "AUTHWRIGHT_ISSUER": "https://id.example.com",
        "AUTHWRIGHT_KEY_ENCRYPTION_KEY": KEY.text().reveal(),
    }
    try:
        idp_settings.load(environ={**environ, variable: text})
    except ConfigurationError as error:
        message = str(error)
    else:
        return
    assert all(character.isprintable() or character == "\n" for character in message)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=500)
@given(st.dictionaries(ANY_TEXT, VALUES, max_size=5))
def test_every_line_is_one_line(fields):
    """Any fields at all become one printable line; JSON stays JSON."""
    fields.pop("traceback", None)
    line = json_line(0.0, "info", "something", fields)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["what"] == "something"
    assert console_line(0.0, "info", "some\nthing", fields).isprintable()


@given(st.integers(1, 10**6))
def test_kid_letters(number):
    """Letters count as numbers do."""
    assert number_of(letters_of(number)) == number
