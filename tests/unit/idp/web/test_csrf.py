"""authwright.idp.web.csrf: a form is worth something only where it was shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.idp.web.csrf import FIELD, check_form_token, form_token
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret

BROWSER = Secret("b" * 43)


def form(token):
    return Parameters(((FIELD, token),))


def test_the_form_that_was_shown():
    check_form_token(form(form_token(BROWSER, "/consent", "i", "s")), BROWSER, "/consent", "i", "s")


@pytest.mark.parametrize(
    ("browser", "about"),
    [
        (Secret("c" * 43), ("/consent", "interaction", "session")),
        (BROWSER, ("/login", "interaction", "session")),
        (BROWSER, ("/consent", "another", "session")),
        (BROWSER, ("/consent", "interaction", "another")),
        (BROWSER, ("/consent", "interaction")),
        (BROWSER, ("/consent", "interactionsession")),
        (BROWSER, ("/consent", "interaction", "session", "")),
    ],
)
def test_a_form_of_elsewhere(browser, about):
    """Another browser, page, request or session: refused."""
    token = form_token(BROWSER, "/consent", "interaction", "session")
    with pytest.raises(InvalidRequest):
        check_form_token(form(token), browser, *about)


def test_no_token():
    with pytest.raises(InvalidRequest):
        check_form_token(Parameters(), BROWSER, "/consent")


@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=8), max_size=4))
def test_different_things_have_different_tokens(one, other):
    """No two lists of parts run together into the same bytes."""
    assert (form_token(BROWSER, *one) == form_token(BROWSER, *other)) == (one == other)


@given(st.text(max_size=60))
def test_a_guessed_token(guess):
    with pytest.raises(InvalidRequest):
        check_form_token(form(guess), BROWSER, "/login", "")
