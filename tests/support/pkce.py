"""Proof Key for Code Exchange as a client does it, without the code of ours that checks it."""

import base64
import hashlib


def s256(verifier):
    """The ``code_challenge`` of *verifier*. RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


VERIFIER = "v" * 43
CHALLENGE = s256(VERIFIER)
