"""authwright.oauth.challenge."""

import pytest

from authwright.oauth.challenge import MAX_LENGTH, Challenge, bearer_challenge, parse_challenges
from authwright.oauth.errors import InsufficientScope, InvalidToken
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.scope import Scope


def test_without_a_token_there_is_no_error_code():
    """A request without credentials SHOULD NOT be told an error. RFC 6750 §3.1."""
    assert str(bearer_challenge()) == "Bearer"
    assert str(bearer_challenge(realm="items")) == 'Bearer realm="items"'


def test_insufficient_scope():
    """error, error_description, scope and resource_metadata. RFC 6750 §3, RFC 9728 §5.1."""
    challenge = bearer_challenge(
        InsufficientScope("x"),
        scope=Scope("items:write", "items:read"),
        resource_metadata="https://api/.well-known/oauth-protected-resource",
    )
    assert str(challenge) == (
        'Bearer error="insufficient_scope", '
        'error_description="The access token does not carry the required scope.", '
        'scope="items:read items:write", '
        'resource_metadata="https://api/.well-known/oauth-protected-resource"'
    )


def test_private_detail_is_not_told():
    """The detail of an error is for the log, not for the caller."""
    assert "secret reason" not in str(bearer_challenge(InvalidToken("secret reason")))


def test_quoting():
    """Quotes and backslashes are escaped. RFC 9110 §5.6.4."""
    challenge = Challenge("bearer", {"realm": 'a"b\\c'})
    assert str(challenge) == r'Bearer realm="a\"b\\c"'
    assert parse_challenges(str(challenge)) == (challenge,)


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x=y", "a\nb", "a\tb", "ä", "\0", "\x7f"])
def test_no_header_injection(value):
    """A line break in a value would begin another header."""
    with pytest.raises(InvalidValue, match="printable"):
        str(bearer_challenge(realm=value))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        (" , ", ()),
        ("Bearer", (("bearer", {}),)),
        ("Negotiate, Basic realm=x", (("negotiate", {}), ("basic", {"realm": "x"}))),
        ("Negotiate YTpi==, Bearer", (("negotiate", {}), ("bearer", {}))),
        (
            'Bearer realm="a, b=c" , Error = invalid_token,DPoP algs="ES256"',
            (("bearer", {"realm": "a, b=c", "error": "invalid_token"}), ("dpop", {"algs": "ES256"})),
        ),
        (r'Bearer realm="\"\\"', (("bearer", {"realm": '"\\'}),)),
        ('Bearer realm=""', (("bearer", {"realm": ""}),)),
        (", ,Bearer , realm=a", (("bearer", {"realm": "a"}),)),
    ],
)
def test_parse(header, expected):
    """Several challenges in one value, with empty list elements and any case. RFC 9110 §11.6.1."""
    assert [(challenge.scheme, challenge.parameters) for challenge in parse_challenges(header)] == list(
        expected
    )


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ('Bearer realm="a', "scheme"),
        ('Bearer realm="a" error="b"', "scheme"),
        ("=x", "scheme"),
        ("Bearer realm=ä", "scheme"),
        ("Bearer a=1, a=2", "repeated"),
        ("Bearer a=1, A=2", "repeated"),
        ("x" * (MAX_LENGTH + 1), "too long"),
    ],
)
def test_malformed(header, reason):
    """What breaks the grammar is not guessed at."""
    with pytest.raises(InvalidValue, match=reason):
        parse_challenges(header)
