"""authwright.oauth.scope."""

import pytest

from authwright.oauth.errors import InvalidScope
from authwright.oauth.scope import Scope, parse_scope


def test_order_does_not_matter():
    """Two scopes with the same tokens are the same and are written the same. RFC 6749 §3.3."""
    first, second = parse_scope("openid email profile"), parse_scope("profile openid email openid")
    assert first == second
    assert hash(first) == hash(second)
    assert str(first) == str(second) == "email openid profile"
    assert list(first) == ["email", "openid", "profile"]
    assert first != "email openid profile"


def test_set_operations():
    """Requested and granted scope are compared and cut as sets."""
    granted, requested = Scope("a", "b", "c"), Scope("b", "d")
    assert granted & requested == Scope("b")
    assert granted | requested == Scope("a", "b", "c", "d")
    assert granted - requested == Scope("a", "c")
    assert Scope("b") <= granted
    assert not requested <= granted
    assert "a" in granted
    assert "d" not in granted
    assert len(granted) == 3
    assert granted
    assert not Scope()


def test_tokens_are_case_sensitive():
    """Scope tokens are case-sensitive strings. RFC 6749 §3.3."""
    assert "OpenID" not in parse_scope("openid")


def test_empty_scope():
    """A scope without tokens is written as the empty string and read back from it."""
    assert parse_scope("") == Scope()
    assert str(Scope()) == ""


@pytest.mark.parametrize("value", ["a  b", " a", "a ", "a\tb", 'a"b', "a\\b", "ä", "a\nb", "a\x7f", "a\0"])
def test_grammar(value):
    """Tokens are printable ASCII without quote and backslash, parted by one space. RFC 6749 §3.3."""
    with pytest.raises(InvalidScope):
        parse_scope(value)


@pytest.mark.parametrize("token", ["items:read", "https://api.example.com/x", "!", "~", "[]", "a&b=c"])
def test_every_character_of_the_grammar(token):
    """URLs and punctuation are good scope tokens. RFC 6749 §3.3."""
    assert list(parse_scope(token)) == [token]


def test_repr():
    """The repr is what makes the value."""
    assert repr(Scope("b", "a")) == "Scope('a', 'b')"
