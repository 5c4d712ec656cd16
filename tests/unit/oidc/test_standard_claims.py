"""authwright.oidc.claims."""

import pytest

from authwright.oauth.scope import Scope, parse_scope
from authwright.oidc.claims import SCOPE_CLAIMS, claims_for, is_claim

# The standard claims of Core §5.1, each once.
PERSON = {
    "name": "Alice Doe",
    "family_name": "Doe",
    "given_name": "Alice",
    "middle_name": "Q",
    "nickname": "al",
    "preferred_username": "alice",
    "profile": "https://example.com/alice",
    "picture": "https://example.com/alice.png",
    "website": "https://alice.example",
    "gender": "female",
    "birthdate": "1990-01-02",
    "zoneinfo": "Europe/Berlin",
    "locale": "en-GB",
    "updated_at": 1_700_000_000,
    "email": "alice@example.com",
    "email_verified": True,
    "address": {"formatted": "1 Main St", "locality": "Town", "country": "DE"},
    "phone_number": "+49 30 123",
    "phone_number_verified": False,
}


@pytest.mark.parametrize(
    ("scope", "count"),
    [("profile", 14), ("email", 2), ("address", 1), ("phone", 2), ("openid items:read", 0)],
)
def test_each_scope_asks_for_its_claims(scope, count):
    """oidcc-scope-profile, -email, -address, -phone. Core §5.4."""
    claims = claims_for(parse_scope(scope), PERSON)
    assert len(claims) == count
    assert claims.items() <= PERSON.items()


def test_all_scopes_ask_for_all_claims():
    """oidcc-scope-all. Core §5.4."""
    assert claims_for(Scope(*SCOPE_CLAIMS), PERSON) == PERSON


def test_claims_that_no_scope_asks_for():
    """Claims that are not standard are not given away by a standard scope."""
    assert claims_for(Scope(*SCOPE_CLAIMS), {"salary": 1, "sub": "x"}) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", 1),
        ("name", ["Alice"]),
        ("email_verified", "false"),
        ("email_verified", 0),
        ("phone_number_verified", "true"),
        ("updated_at", "2024-01-01"),
        ("updated_at", True),
        ("address", "1 Main St"),
        ("address", {}),
        ("address", {"formatted": ""}),
        ("address", {"planet": "Earth"}),
    ],
)
def test_wrong_types_are_left_out(name, value):
    """A claim that is null, empty or of another JSON type is left out. Core §5.1, §5.3.2."""
    assert not is_claim(name, value)
    assert name not in claims_for(Scope(*SCOPE_CLAIMS), {**PERSON, name: value})


def test_types():
    """updated_at is a number, the verified flags are booleans, address is an object. Core §5.1."""
    for name, value in PERSON.items():
        assert is_claim(name, value), name
    assert is_claim("updated_at", 1.5)
    assert not is_claim("salary", "1")
