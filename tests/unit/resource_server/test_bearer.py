"""Where a token is read from, and in how many ways it may be sent. RFC 6750 §2."""

import pytest

from authwright.oauth.http import HttpRequest
from authwright.resource_server.bearer import MAX_TOKEN_LENGTH, read_bearer_token
from authwright.resource_server.refusals import Refused

FORM = {"content-type": "application/x-www-form-urlencoded"}


def code(request, **options):
    with pytest.raises(Refused) as caught:
        read_bearer_token(request, **options)
    return caught.value.refusal.code


def with_header(value):
    return HttpRequest("GET", "/items?page=2", {"authorization": value})


@pytest.mark.parametrize("value", ["Bearer abc", "bearer abc", "BEARER abc", "Bearer   abc", "Bearer abc "])
def test_header(value):
    """RFC 6750 §2.1; the scheme ignores case, RFC 9110 §11.1."""
    assert read_bearer_token(with_header(value)) == "abc"


def test_every_character_of_a_token():
    """RFC 6750 §2.1, b64token."""
    token = "aZ09-._~+/=="
    assert read_bearer_token(with_header(f"Bearer {token}")) == token


@pytest.mark.parametrize("value", ["", "Basic YTpi", "Bearerabc", "DPoP abc", "Token abc", "abc"])
def test_other_schemes_are_no_token(value):
    """RFC 6750 §3.1: no authentication information of ours, so no error code."""
    assert code(with_header(value)) == "AW101"
    assert code(HttpRequest("GET", "/")) == "AW101"


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer a b", "Bearer a, Bearer b", "Bearer a,b"])
def test_malformed_header(value):
    """One token, once. Two header lines arrive joined by a comma."""
    assert code(with_header(value)) == "AW114"


@pytest.mark.parametrize("token", ["a=b", '"abc"', "ab\u00e9", "a\x00", "a\tb", "{}", "a%20b", "="])
def test_malformed_token(token):
    assert code(with_header(f"Bearer {token}")) == "AW102"


def test_size():
    """Nothing looks at a token above 16 kB."""
    assert read_bearer_token(with_header("Bearer " + "a" * MAX_TOKEN_LENGTH))
    assert code(with_header("Bearer " + "a" * (MAX_TOKEN_LENGTH + 1))) == "AW102"


@pytest.mark.parametrize("query", ["access_token=abc", "page=1&access_token=abc", "access_token="])
def test_query(query):
    """RFC 6750 §2.3, RFC 9700 §4.3.2: never in the URL, not even beside a header."""
    assert code(HttpRequest("GET", f"/items?{query}")) == "AW115"
    assert code(HttpRequest("GET", f"/items?{query}", {"authorization": "Bearer abc"})) == "AW115"


@pytest.mark.parametrize(
    "query", ["my_access_token=abc", "access_tokens=1", "q=access_token", "q=access_token%3Da"]
)
def test_other_parameters_of_the_query(query):
    assert read_bearer_token(HttpRequest("GET", f"/?{query}", {"authorization": "Bearer abc"})) == "abc"


def test_form_is_not_read_unless_asked_for():
    request = HttpRequest("POST", "/", FORM, b"access_token=abc")
    assert code(request) == "AW101"
    assert read_bearer_token(request, form_body=True) == "abc"


@pytest.mark.parametrize(
    ("method", "headers", "body"),
    [
        ("GET", FORM, b"access_token=abc"),
        ("POST", {"content-type": "application/json"}, b"access_token=abc"),
        ("POST", {}, b"access_token=abc"),
        ("POST", FORM, b"name=access_token"),
        ("POST", FORM, b""),
    ],
)
def test_form_conditions(method, headers, body):
    """RFC 6750 §2.2: a form, and a method for which a body is defined."""
    assert code(HttpRequest(method, "/", headers, body), form_body=True) == "AW101"


def test_form_with_other_fields_and_charset():
    """Fields of the application are none of our business, repeated or malformed."""
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    body = b"tag=1&tag=2&x=%zz&access_token=a%2Bb"
    assert read_bearer_token(HttpRequest("PUT", "/", headers, body), form_body=True) == "a+b"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"access_token=abc&access_token=abc", "AW114"),
        (b"access_token=%zz", "AW114"),
        (b"access_token=", "AW102"),
        (b"access_token=%FF", "AW114"),
    ],
)
def test_malformed_form(body, expected):
    assert code(HttpRequest("POST", "/", FORM, body), form_body=True) == expected


def test_header_and_form():
    """RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token"."""
    request = HttpRequest("POST", "/", {**FORM, "authorization": "Bearer abc"}, b"access_token=abc")
    assert code(request, form_body=True) == "AW114"
