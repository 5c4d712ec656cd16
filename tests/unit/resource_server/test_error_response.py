"""The answer to a refused request: short for everybody, long in development."""

import pytest

from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Seconds
from authwright.resource_server.error_response import close_reason, error_response
from authwright.resource_server.refusals import (
    KEYS_UNAVAILABLE,
    REFUSALS,
    WRONG_AUDIENCE,
    Refused,
)
from support.resource_server import body


def refused(row=WRONG_AUDIENCE, **facts):
    return Refused(row, "a constant detail", **facts)


def test_short_half():
    """The caller learns the error, the sentence and the code; not what was received."""
    response = error_response(refused(received="https://other.test", expected="https://api.test"))
    assert response.status == 401
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert body(response) == {
        "error": "invalid_token",
        "error_description": "The access token is for another API.",
        "code": "AW105",
    }
    assert "other.test" not in str(response)


def test_long_half():
    """In development also why, and what to do."""
    response = error_response(
        refused(received="https://other.test", expected=["https://api.test"]), in_development=True
    )
    assert body(response) == {
        "error": "invalid_token",
        "error_description": "The access token is for another API.",
        "code": "AW105",
        "detail": "a constant detail",
        "received": "https://other.test",
        "expected": '["https://api.test"]',
        "likely_cause": WRONG_AUDIENCE.likely_cause,
        "change": WRONG_AUDIENCE.change,
        "documentation": "docs/reference/errors.md#aw105",
    }


def test_long_half_is_bounded():
    assert len(body(error_response(refused(received="x" * 9999), in_development=True))["received"]) == 200


def test_long_half_without_facts():
    assert "received" not in body(error_response(refused(), in_development=True))


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.code)
def test_every_row_has_an_answer(row):
    response = error_response(refused(row))
    assert response.status == row.status
    assert body(response)["code"] == row.code
    assert ("www-authenticate" in response.headers) is (row.status < 500)
    assert close_reason(refused(row)) == f"{row.code} {row.description}"


def test_retry_after():
    """RFC 9110 §10.2.3: keys that are missing are not the caller's fault; it may come back."""
    response = error_response(refused(KEYS_UNAVAILABLE, retry_after=Seconds(4)))
    assert (response.status, response.headers["retry-after"]) == (503, "4")


def test_scope_that_was_asked_for_by_nobody_is_absent():
    denied = refused()
    assert "scope=" not in error_response(denied).headers["www-authenticate"]
    denied.scope = parse_scope("b a")
    assert 'scope="a b"' in error_response(denied).headers["www-authenticate"]
