"""
Public keys that must not be trusted although they are well formed. :rfc:`8725#section-3.4`, §3.5.

The signature of such a key proves nothing: it can be forged, or its private half can be computed.
"""

from cryptography.hazmat.primitives.asymmetric import rsa

from .errors import InvalidKey

MIN_RSA_BITS = 2048
"""The least modulus. :rfc:`7518#section-3.3`."""

MAX_RSA_BITS = 8192
"""The largest modulus: each verification with a larger one costs milliseconds."""

_MIN_EXPONENT = 65_537  # NIST SP 800-56B rev. 2 §6.2; smaller ones made lax padding checks forgeable
_MAX_EXPONENT = 2**32  # a large exponent makes verification as slow as signing

# ROCA (CVE-2017-15361): a chip's library made primes p = k * M + (65537**a mod M), with M the product of the
# first primes. The modulus is then a power of 65537 modulo each of these primes; of other moduli about one in
# 2**27 is. Nemec et al., "The Return of Coppersmith's Attack", CCS 2017.
_ROCA_PRIMES = tuple(p for p in range(3, 168, 2) if all(p % q for q in range(3, p, 2)))


def _powers_of_exponent(prime: int) -> frozenset[int]:
    return frozenset(pow(65_537, power, prime) for power in range(prime - 1))


_ROCA_RESIDUES = tuple((prime, _powers_of_exponent(prime)) for prime in _ROCA_PRIMES)


def check_rsa(numbers: rsa.RSAPublicNumbers) -> None:
    """Raise `InvalidKey` unless modulus and exponent are of a kind that can be relied on."""
    if not MIN_RSA_BITS <= numbers.n.bit_length() <= MAX_RSA_BITS or numbers.n % 2 == 0:
        raise InvalidKey("an RSA modulus is even, shorter than 2048 bits or longer than 8192")
    if not _MIN_EXPONENT <= numbers.e < _MAX_EXPONENT or numbers.e % 2 == 0:
        raise InvalidKey("an RSA exponent is even, below 65537 or above 32 bits")
    if all(numbers.n % prime in residues for prime, residues in _ROCA_RESIDUES):
        raise InvalidKey("an RSA modulus has the ROCA weakness")


# Edwards25519, RFC 8032 §5.1: -x² + y² = 1 + d x² y² over the field of 2**255 - 19.
_P = 2**255 - 19
_D = -121_665 * pow(121_666, -1, _P) % _P


def check_ed25519(encoded: bytes) -> None:
    """
    Raise `InvalidKey` unless the 32 octets encode a point of the curve that has a large order.

    :rfc:`8032#section-5.1.3`. OpenSSL looks at the point when it verifies, and accepts the eight points of
    small order, under which one signature fits many messages.
    """
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    if y >= _P:
        raise InvalidKey("an Ed25519 key is not the canonical encoding of a point")
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(x_squared, (_P - 1) // 2, _P) == _P - 1:
        raise InvalidKey("an Ed25519 key is not a point of the curve")
    # x is zero at order 1 and 2, y at order 4. Doubling makes y² + x² the numerator of y: zero at order 8.
    if x_squared * y * (y * y + x_squared) % _P == 0:
        raise InvalidKey("an Ed25519 key is a point of small order")
