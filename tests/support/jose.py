"""Keys and tokens for the tests of JOSE: made once, since RSA keys are slow to make."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from authwright.jose.algorithms import ALGORITHMS, Hmac
from authwright.jose.jwk import Jwk, generate_jwk, symmetric_jwk

VECTORS = Path(__file__).parents[1] / "vectors"

ASYMMETRIC = [name for name, algorithm in ALGORITHMS.items() if not isinstance(algorithm, Hmac)]
SYMMETRIC = [name for name, algorithm in ALGORITHMS.items() if isinstance(algorithm, Hmac)]


def vectors(name: str) -> Any:
    """A JSON file of tests/vectors."""
    return json.loads((VECTORS / name).read_text("utf-8"))


@cache
def key(alg: str) -> Jwk:
    """The signing key of this run for *alg*."""
    if alg in SYMMETRIC:
        return symmetric_jwk(bytes(range(64)), alg, kid=f"kid-{alg}")
    return generate_jwk(alg, kid=f"kid-{alg}")


def verifying(alg: str) -> Jwk:
    """What verifies the signatures of `key`."""
    return key(alg) if alg in SYMMETRIC else key(alg).public()


def b64(octets: bytes) -> str:
    """Base64url by another implementation than ours."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def segment(value: object) -> str:
    """A segment that holds *value* as JSON; bytes as they are."""
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def token(header: object, payload: object, signer: Jwk) -> str:
    """
    A JWS with exactly this header and payload, properly signed whatever they say.

    For tokens that no honest signer makes: the signature is good, so only the check under test can refuse.
    """
    signing_input = f"{segment(header)}.{segment(payload)}"
    assert signer.signing is not None
    return f"{signing_input}.{b64(signer.signing[1](signing_input.encode()))}"
