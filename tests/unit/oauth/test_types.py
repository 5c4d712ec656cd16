"""authwright.oauth.types."""

import base64
import hashlib

from authwright.oauth.types import Secret, digest


def test_secret_is_not_shown():
    """A secret does not reach a log by way of repr, str or format."""
    secret = Secret("hunter2")
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}"):
        assert "hunter2" not in shown
    assert secret.reveal() == "hunter2"


def test_secret_is_compared_by_digest_only():
    """Secrets are never equal by ``==``; they match a stored digest."""
    secret = Secret("hunter2")
    assert secret != Secret("hunter2")
    assert secret.matches(digest("hunter2"))
    assert not secret.matches(digest("hunter3"))


def test_digest():
    """SHA-256 in unpadded base64url, of any text that Python can hold."""
    expected = base64.urlsafe_b64encode(hashlib.sha256(b"abc").digest()).rstrip(b"=").decode()
    assert digest("abc") == Secret("abc").digest() == expected
    assert digest("\udcff") != digest("?")
