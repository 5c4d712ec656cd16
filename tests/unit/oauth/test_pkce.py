"""authwright.oauth.pkce."""

import pytest

from authwright.oauth.pkce import challenge_of, is_code_challenge, verifies

# RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_example():
    """The example of RFC 7636 appendix B."""
    assert challenge_of(VERIFIER) == CHALLENGE
    assert verifies(VERIFIER, CHALLENGE)


@pytest.mark.parametrize("length", [43, 128])
def test_verifier_lengths(length):
    """A verifier has 43 to 128 unreserved characters. RFC 7636 §4.1."""
    verifier = ("aZ09-._~" * 16)[:length]
    assert verifies(verifier, challenge_of(verifier))


@pytest.mark.parametrize(
    "verifier", ["", "a" * 42, "a" * 129, "a" * 42 + "+", "a" * 42 + "ä", "a" * 43 + "\n"]
)
def test_verifier_outside_the_grammar_proves_nothing(verifier):
    """A verifier that breaks the grammar is refused even if its hash would fit. RFC 7636 §4.1."""
    assert not verifies(verifier, challenge_of(verifier) if verifier.isascii() else CHALLENGE)


def test_wrong_verifier():
    """Another verifier of good form does not match. RFC 7636 §4.6."""
    assert not verifies("a" * 43, CHALLENGE)
    assert not verifies(VERIFIER, challenge_of("a" * 43))


@pytest.mark.parametrize(
    "value",
    [
        "",
        VERIFIER[:42],
        CHALLENGE + "=",
        CHALLENGE[:-1] + "N",
        CHALLENGE[:-1] + "+",
        CHALLENGE + "A",
        "ä" * 43,
    ],
)
def test_what_is_no_challenge(value):
    """An S256 challenge is the unpadded, canonical base64url of 32 bytes. RFC 7636 §4.2."""
    assert not is_code_challenge(value)
    assert not verifies(VERIFIER, value)


def test_method_plain_does_not_verify():
    """The verifier is not its own challenge: the method "plain" does not exist here. RFC 9700 §2.1.1."""
    assert not verifies(VERIFIER, VERIFIER)
