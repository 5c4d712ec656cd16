"""authwright.authorization_server.verified_tokens: what is remembered of a token, and what never is."""

import pytest

from authwright.authorization_server.verified_tokens import MOST, VerifiedTokens
from authwright.jose import jwt
from authwright.jose.errors import InvalidSignature, NoMatchingKey, TokenExpired, TokenNotYetValid
from authwright.jose.jwk import generate_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth.access_token import TYP, AccessTokenClaims
from authwright.oauth.types import ClientId, Seconds, Secret, Subject, Timestamp

ISSUER = "https://id.example.com"
NOW = Timestamp(1_800_000_000)
LIFETIME = 600
LEEWAY = Seconds(60)
PRIVATE = generate_jwk("ES256")
KEYS = Jwks((PRIVATE.public(),))


def token(jti="one"):
    claims = AccessTokenClaims(
        issuer=ISSUER,
        subject=Subject("alice"),
        audience=("https://api.example.com",),
        client_id=ClientId("app"),
        jti=jti,
        issued_at=NOW,
        expires_at=Timestamp(NOW + LIFETIME),
    )
    return Secret(jwt.sign(claims.to_dict(), PRIVATE, typ=TYP))


def verify(verified, shown, *, keys=KEYS, now=NOW):
    return verified.verify(shown, keys, issuer=ISSUER, now=now, clock_leeway=LEEWAY)


def test_a_token_shown_again_is_not_verified_again():
    verified, shown = VerifiedTokens(), token()
    first = verify(verified, shown)
    assert first.subject == "alice"
    assert verify(verified, Secret(shown.reveal())) is first


def test_a_remembered_token_expires_to_the_second():
    """RFC 9068 §4: exp is looked at each time."""
    verified, shown = VerifiedTokens(), token()
    verify(verified, shown)
    assert verify(verified, shown, now=NOW + LIFETIME - 1)
    with pytest.raises(TokenExpired):
        verify(verified, shown, now=NOW + LIFETIME)


def test_a_remembered_token_is_refused_when_the_clock_was_set_back():
    """iat lies ahead by more than the leeway, as for a token that was never seen."""
    verified, shown = VerifiedTokens(), token()
    verify(verified, shown)
    with pytest.raises(TokenNotYetValid):
        verify(verified, shown, now=NOW - LEEWAY - 1)


def test_a_remembered_token_is_refused_once_its_key_is_withdrawn():
    """What a withdrawn key signed is not accepted from memory."""
    verified, shown = VerifiedTokens(), token()
    verify(verified, shown)
    without = Jwks((generate_jwk("ES256").public(),))
    with pytest.raises((NoMatchingKey, InvalidSignature)):
        verify(verified, shown, keys=without)


def test_a_forged_signature_beside_a_remembered_token_is_refused():
    """The whole token is the key, not its claims."""
    verified, shown = VerifiedTokens(), token()
    verify(verified, shown)
    signing_input = shown.reveal().rpartition(".")[0]
    other = token("two").reveal().rpartition(".")[2]
    for _ in range(2):
        with pytest.raises(InvalidSignature):
            verify(verified, Secret(f"{signing_input}.{other}"))


def test_no_more_are_remembered_than_is_said():
    """Beyond `MOST` the oldest goes."""
    verified, oldest, second = VerifiedTokens(), token("oldest"), token("second")
    first, kept = verify(verified, oldest), verify(verified, second)
    for number in range(MOST - 1):
        verify(verified, token(str(number)))
    assert verify(verified, second) is kept
    assert verify(verified, oldest) is not first
