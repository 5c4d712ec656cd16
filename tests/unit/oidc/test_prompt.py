"""authwright.oidc.prompt."""

import pytest

from authwright.oauth.errors import InvalidRequest
from authwright.oauth.types import Seconds, Timestamp
from authwright.oidc.prompt import (
    AuthenticationParameters,
    Prompt,
    is_older_than,
    parse_authentication_parameters,
)


def test_nothing_asked_for():
    """All of the parameters are OPTIONAL. Core §3.1.2.1."""
    assert parse_authentication_parameters({}) == AuthenticationParameters()


def test_everything_asked_for():
    """The parameters are read in their types. Core §3.1.2.1."""
    parameters = parse_authentication_parameters(
        {
            "prompt": "login consent",
            "max_age": "3600",
            "login_hint": "alice@example.com",
        }
    )
    assert parameters == AuthenticationParameters(
        prompt=frozenset({Prompt.LOGIN, Prompt.CONSENT}),
        max_age=Seconds(3600),
        login_hint="alice@example.com",
    )


def test_prompt_none_stands_alone():
    """``none`` with any other value is an error. Core §3.1.2.1."""
    assert parse_authentication_parameters({"prompt": "none"}).prompt == {Prompt.NONE}
    for prompt in ("none login", "consent none", "none none", "none unknown"):
        with pytest.raises(InvalidRequest, match="prompt=none"):
            parse_authentication_parameters({"prompt": prompt})


def test_unknown_prompt_is_ignored():
    """A prompt of a later specification does not break the request."""
    assert parse_authentication_parameters({"prompt": "create login"}).prompt == {Prompt.LOGIN}


@pytest.mark.parametrize("value", ["0", "1", "10000", "999999999"])
def test_max_age(value):
    """A number of seconds; zero is allowed. Core §3.1.2.1."""
    assert parse_authentication_parameters({"max_age": value}).max_age == int(value)


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "1e3", " 1", "\u0661", "9999999999", "+1"])
def test_max_age_that_is_no_number(value):
    """Anything else is refused: to ignore it would lengthen a session that should be short."""
    with pytest.raises(InvalidRequest, match="max_age"):
        parse_authentication_parameters({"max_age": value})


@pytest.mark.parametrize(
    "wish", [{"display": "hologram"}, {"ui_locales": "<script> se"}, {"acr_values": "urn:a"}]
)
def test_a_wish_that_is_not_met_is_no_error(wish):
    """What only advises changes nothing: oidcc-display-popup, oidcc-ui-locales. Core §3.1.2.1."""
    assert parse_authentication_parameters(wish) == AuthenticationParameters()


def test_age_of_the_authentication():
    """An authentication older than max_age is done again; with zero every one is. Core §3.1.2.1."""
    now = Timestamp(1000)
    assert not is_older_than(Timestamp(0), None, now)
    assert not is_older_than(Timestamp(991), Seconds(10), now)
    assert is_older_than(Timestamp(989), Seconds(10), now)
    assert is_older_than(now, Seconds(0), now)
