"""authwright.idp.accounts.known_browsers."""

import pytest

from authwright.idp.accounts.known_browsers import LIFETIME, KnownBrowsers
from authwright.oauth.types import Subject, Timestamp
from authwright.testing.entropy import CountingEntropy

NOW = Timestamp(1_800_000_000)
ALICE, BOB = Subject("alice"), Subject("bob")
KEY = bytes(range(32))


@pytest.fixture
def browsers():
    return KnownBrowsers(KEY, CountingEntropy())


def test_known_after_signing_in(browsers):
    """A browser is known for the account that signed in there, and for no other."""
    cookie = browsers.remember("", ALICE, NOW)
    assert browsers.recognise(cookie, ALICE, NOW)
    assert browsers.recognise(cookie, BOB, NOW) is None


def test_five_accounts_in_one_browser(browsers):
    """The cookie holds the five that signed in last, each once."""
    cookie = ""
    subjects = [Subject(f"person-{number}") for number in range(7)]
    for subject in [*subjects, subjects[-1]]:
        cookie = browsers.remember(cookie, subject, NOW)
    assert [subject for subject in subjects if browsers.recognise(cookie, subject, NOW)] == subjects[2:]
    assert len({browsers.recognise(cookie, subject, NOW) for subject in subjects[2:]}) == 5


def test_ends_after_180_days(browsers):
    """An entry ends by the server's clock, whatever the browser does with the cookie."""
    cookie = browsers.remember("", ALICE, NOW)
    end = NOW + int(LIFETIME.total_seconds())
    assert browsers.recognise(cookie, ALICE, Timestamp(end - 1))
    assert browsers.recognise(cookie, ALICE, Timestamp(end)) is None


def test_holds_no_name(browsers):
    """The cookie does not say whose it is."""
    assert "alice" not in browsers.remember("", ALICE, NOW)


@pytest.mark.parametrize("at", range(0, 22 + 1 + 10 + 1 + 43, 3))
def test_any_change_makes_it_worthless(browsers, at):
    """No part of an entry can be changed: name, end or MAC."""
    cookie = browsers.remember("", ALICE, NOW)
    changed = cookie[:at] + ("2" if cookie[at] != "2" else "3") + cookie[at + 1 :]
    assert browsers.recognise(changed, ALICE, NOW) is None


def test_another_key_knows_nobody(browsers):
    """The key of another server, or a new one, makes all entries worthless."""
    other = KnownBrowsers(bytes(32), CountingEntropy())
    assert other.recognise(browsers.remember("", ALICE, NOW), ALICE, NOW) is None


@pytest.mark.parametrize("cookie", ["", "~~~~", "a.b.c", "x" * 10_000, "\ud800", "é" * 22 + ".1." + "a" * 43])
def test_any_text_is_a_cookie(browsers, cookie):
    """What is not ours is the cookie of an unknown browser; its size decides no work. CVE-2024-24814."""
    assert browsers.recognise(cookie, ALICE, NOW) is None
    assert browsers.recognise(browsers.remember(cookie, ALICE, NOW), ALICE, NOW)
