"""
JOSE: signing and verifying a JWT, next to the raw primitive and to two peers, in one run.

    python -m benchmarks.jose [ROUNDS]

Everybody has the key ready and does the same work: sign a set of access-token claims; verify signature,
issuer, audience and times. "raw" is `cryptography` alone over the same bytes, without JSON, base64 or claims.

Microseconds of CPU time of this process, so that other work on the machine does not count. What it does to
the caches and to the other half of a core does count, and more for Python than for OpenSSL; therefore each
figure is the fastest of a few short slices, the contestants take turns within each round, a ratio is that of
one round, and what is shown is the median over the rounds. Compare ratios, not the figures of two runs.
"""

import gc
import hmac
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import joserfc.errors
import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwt import JWTClaimsRegistry

from authwright.jose import jwt
from authwright.jose.algorithms import ALGORITHMS, Ecdsa, EdDsa, Hmac, Rsa
from authwright.jose.encoding import b64url_decode
from authwright.jose.jwk import Jwk, generate_jwk, symmetric_jwk
from authwright.jose.jwks import Jwks

ISSUER = "https://login.example.com"
AUDIENCE = "https://api.example.com"
NOW = int(time.time())
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "sub": "248289761001",
    "aud": AUDIENCE,
    "exp": NOW + 600,
    "iat": NOW,
    "jti": "Zm9vYmFyYmF6cXV4MDEyMw",
    "client_id": "s6BhdRkqt3",
    "scope": "items:read items:write",
}
"""The claims of RFC 9068 §2.2 and a scope: what client credentials are answered with."""

SECONDS_PER_SLICE = 0.002
SLICES = 5
ROUNDS = 25

Operation = Callable[[], object]


# What is promised beyond being no slower than the peers.
RAW_LIMITS = {
    ("ES256", "verify"): {"raw": 1.25},
    ("RS256", "verify"): {"raw": 1.6},
    ("ES256", "sign"): {"raw": 1.25},
}


def key_for(alg: str) -> Jwk:
    """A private key, or a secret, for *alg*."""
    if isinstance(ALGORITHMS[alg], Hmac):
        return symmetric_jwk(bytes(range(64)), alg, kid="secret")
    return generate_jwk(alg)


def raw(alg: str, members: Mapping[str, Any], token: str) -> dict[str, Operation]:
    """The primitive alone, over the bytes that *token* signs."""
    message = token.rpartition(".")[0].encode()
    native: Any = joserfc.jwk.import_key(dict(members)).get_op_key("sign")
    match ALGORITHMS[alg]:
        case Rsa(_, scheme, sha2):
            arguments: tuple[Any, ...] = (scheme, sha2.primitive)
        case Ecdsa(_, _, _, sha2):
            arguments = (ec.ECDSA(sha2.primitive),)
        case EdDsa():
            arguments = ()
        case Hmac(_, sha2):
            secret = b64url_decode(members["k"])
            mac = hmac.digest(secret, message, sha2.name)
            return {
                "sign": lambda: hmac.digest(secret, message, sha2.name),
                "verify": lambda: hmac.compare_digest(hmac.digest(secret, message, sha2.name), mac),
            }
    signature = native.sign(message, *arguments)
    public = native.public_key()
    return {
        "sign": lambda: native.sign(message, *arguments),
        "verify": lambda: public.verify(signature, message, *arguments),
    }


def ours(alg: str, key: Jwk, token: str) -> dict[str, Operation]:
    """authwright, verifying with a key set as a resource server does."""
    keys = Jwks((key if alg.startswith("HS") else key.public(),))

    def verify() -> object:
        return jwt.verify(
            token,
            keys,
            algorithms=(alg,),
            typ="at+jwt",
            issuer=ISSUER,
            audience=AUDIENCE,
            now=int(time.time()),
        )

    return {"sign": lambda: jwt.sign(CLAIMS, key, typ="at+jwt"), "verify": verify}


def pyjwt_(alg: str, members: Mapping[str, Any], token: str) -> dict[str, Operation]:
    """PyJWT, with key objects made beforehand and one instance kept."""
    key = pyjwt.PyJWK.from_dict(dict(members), algorithm=alg).key
    public = key if alg.startswith("HS") else key.public_key()
    headers = {"kid": members["kid"], "typ": "at+jwt"}
    return {
        "sign": lambda: pyjwt.encode(dict(CLAIMS), key, algorithm=alg, headers=headers),
        "verify": lambda: pyjwt.decode(
            token,
            public,
            algorithms=[alg],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=30,
            options={"require": ["exp"]},
        ),
    }


def joserfc_(alg: str, members: Mapping[str, Any], token: str) -> dict[str, Operation]:
    """joserfc, with keys imported beforehand and the claims registry kept."""
    key = joserfc.jwk.import_key(dict(members))
    public = key if alg.startswith("HS") else joserfc.jwk.import_key(key.as_dict(private=False))
    header = {"alg": alg, "kid": members["kid"], "typ": "at+jwt"}
    registry = JWTClaimsRegistry(
        leeway=30,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
    )

    def verify() -> object:
        decoded = joserfc.jwt.decode(token, public, algorithms=[alg])
        registry.validate(decoded.claims)
        return decoded

    return {"sign": lambda: joserfc.jwt.encode(header, dict(CLAIMS), key, algorithms=[alg]), "verify": verify}


def contestants(alg: str) -> dict[str, dict[str, Operation]]:
    """By name, what is measured for *alg*."""
    key = key_for(alg)
    members = key.to_dict(private=True)
    token = jwt.sign(CLAIMS, key, typ="at+jwt")
    return {
        "raw": raw(alg, members, token),
        "authwright": ours(alg, key, token),
        "PyJWT": pyjwt_(alg, members, token),
        "joserfc": joserfc_(alg, members, token),
    }


def slice_of(operation: Operation, count: int) -> float:
    """Microseconds of CPU time of one *operation*, over *count* of them."""
    begun = time.process_time()
    for _ in range(count):
        operation()
    return (time.process_time() - begun) / count * 1e6


def repetitions(operation: Operation) -> int:
    """How many fit into a slice."""
    operation()
    return max(1, round(SECONDS_PER_SLICE * 1e6 / slice_of(operation, 20)))


def measure(operations: Mapping[str, Operation], rounds: int) -> list[dict[str, float]]:
    """The figures of each round, in which all take a turn."""
    counts = {name: repetitions(operation) for name, operation in operations.items()}
    return [
        {
            name: min(slice_of(operation, counts[name]) for _ in range(SLICES))
            for name, operation in operations.items()
        }
        for _ in range(rounds)
    ]


def median_ratio(samples: list[dict[str, float]], other: str) -> float:
    """How many times what *other* took we took."""
    return statistics.median(sample["authwright"] / sample[other] for sample in samples)


def main(rounds: int) -> int:
    """Print the table; the number of promises not kept."""
    gc.disable()
    warnings.simplefilter("ignore", joserfc.errors.SecurityWarning)  # it dislikes the name EdDSA (RFC 9864)
    print("| alg | operation | raw | authwright | PyJWT | joserfc | / raw | / PyJWT | / joserfc | promises |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|---|")
    broken = 0
    for alg in ALGORITHMS:
        entrants = contestants(alg)
        for operation in ("sign", "verify"):
            samples = measure({name: entry[operation] for name, entry in entrants.items()}, rounds)
            ratios = {other: median_ratio(samples, other) for other in ("raw", "PyJWT", "joserfc")}
            limits = {"PyJWT": 1.0, "joserfc": 1.0} | RAW_LIMITS.get((alg, operation), {})
            missed = [f"{limit} * {other} MISSED" for other, limit in limits.items() if ratios[other] > limit]
            broken += len(missed)
            cells = [f"{statistics.median(sample[name] for sample in samples):.1f}" for name in entrants]
            cells += [f"{ratio:.2f}" for ratio in ratios.values()]
            print(
                f"| {alg} | {operation} | {' | '.join(cells)} | {', '.join(missed) or 'kept'} |", flush=True
            )
    return broken


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS) else 0)
