"""authwright.oauth.introspection."""

import json

import pytest

from authwright.oauth.introspection import INACTIVE, IntrospectionResponse, parse_introspection_response
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Subject, Timestamp

ACTIVE = IntrospectionResponse(
    active=True,
    scope=Scope("items:read"),
    client_id=ClientId("app"),
    username="alice",
    token_type="Bearer",
    expires_at=Timestamp(20),
    issued_at=Timestamp(10),
    not_before=Timestamp(9),
    subject=Subject("s1"),
    audience=("https://api", "https://other"),
    issuer="https://id",
    jti="j1",
    claims={"roles": ["admin"]},
)


def test_round_trip():
    """What the server writes, the API reads. RFC 7662 §2.2."""
    parsed = parse_introspection_response(json.dumps(ACTIVE.to_dict()).encode())
    assert parsed.to_dict() == ACTIVE.to_dict()
    assert parsed.scope == ACTIVE.scope
    assert parsed.audience == ACTIVE.audience
    assert parsed.claims["roles"] == ["admin"]
    assert (parsed.client_id, parsed.subject, parsed.expires_at) == ("app", "s1", 20)


def test_inactive_says_nothing_else():
    """An inactive token SHOULD NOT be described further. RFC 7662 §2.2."""
    assert INACTIVE.to_dict() == {"active": False}
    assert IntrospectionResponse(active=False, username="alice").to_dict() == {"active": False}
    assert parse_introspection_response(b'{"active":false,"sub":"s1","exp":"x"}') == INACTIVE


def test_everything_but_active_is_optional():
    """Only ``active`` is REQUIRED; null counts as absent. RFC 7662 §2.2."""
    parsed = parse_introspection_response(b'{"active":true,"sub":null,"exp":null}')
    assert parsed.to_dict() == {"active": True}
    assert parsed.subject is None
    assert parsed.expires_at is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"{}", "whether the token is active"),
        (b'{"active":"true"}', "whether the token is active"),
        (b'{"active":1}', "whether the token is active"),
        (b'{"active":true,"active":false}', "not a JSON object"),
        (b'{"active":true,"scope":"a  b"}', "malformed scope"),
        (b'{"active":true,"exp":"20"}', "of the wrong type"),
        (b'{"active":true,"aud":1}', "of the wrong type"),
        (b'{"active":true,"sub":7}', "of the wrong type"),
    ],
)
def test_malformed(body, reason):
    """A response that breaks the specification makes no token valid."""
    with pytest.raises(InvalidValue, match=reason):
        parse_introspection_response(body)
