"""
Proof Key for Code Exchange, method S256 alone. :rfc:`7636`.

The method "plain" is not here: it shows the verifier to whoever sees the authorization request
(:rfc:`9700#section-2.1.1`).
"""

import hashlib
import hmac
import re
from typing import Final

from authwright.jose.encoding import b64url_encode

CODE_CHALLENGE_METHOD: Final = "S256"

# code-verifier = 43*128unreserved
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
# What S256 yields: the unpadded base64url of 32 bytes, whose last character carries four bits.
_CODE_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{42}[AEIMQUYcgkosw048]")


def is_code_challenge(value: str) -> bool:
    """Whether *value* can be the S256 challenge of some verifier. :rfc:`7636#section-4.2`."""
    return _CODE_CHALLENGE.fullmatch(value) is not None


def challenge_of(verifier: str) -> str:
    """The S256 ``code_challenge`` of *verifier*, which is in the grammar of :rfc:`7636#section-4.1`."""
    return b64url_encode(hashlib.sha256(verifier.encode("ascii")).digest())


def verifies(verifier: str, code_challenge: str) -> bool:
    """
    Whether *verifier* proves possession of *code_challenge*.

    :rfc:`7636#section-4.6`. Constant time in the challenge. False, not an error, when either breaks its
    grammar: the caller answers invalid_grant all the same.
    """
    if _CODE_VERIFIER.fullmatch(verifier) is None or not is_code_challenge(code_challenge):
        return False
    return hmac.compare_digest(challenge_of(verifier), code_challenge)
