"""authwright.jose.weak_keys."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authwright.jose.errors import InvalidKey
from authwright.jose.weak_keys import check_ed25519, check_rsa

GOOD = rsa.generate_private_key(65_537, 2048).public_key().public_numbers().n
P = 2**255 - 19


def little(y):
    return y.to_bytes(32, "little")


@pytest.mark.parametrize(
    "n",
    [GOOD >> 1 | 1, GOOD + 1, 2**8192 + 1, 2**1023 + 1, 0, 1],
    ids=["2047 bits", "even", "8193 bits", "1024 bits", "0", "1"],
)
def test_rsa_modulus(n):
    """RFC 7518 §3.3, RFC 8725 §3.4: 2048 bits at least, 8192 at most, and odd."""
    with pytest.raises(InvalidKey, match="modulus"):
        check_rsa(rsa.RSAPublicNumbers(65_537, n))


@pytest.mark.parametrize("e", [1, 2, 3, 17, 65_535, 65_538, 2**32 + 1, 2**64 + 1])
def test_rsa_exponent(e):
    """NIST SP 800-56B §6.2: odd and at least 65537; and not so large that verifying takes long."""
    with pytest.raises(InvalidKey, match="exponent"):
        check_rsa(rsa.RSAPublicNumbers(e, GOOD))


@pytest.mark.parametrize("e", [65_537, 65_539, 2**32 - 1])
def test_good_rsa(e):
    """What is generated passes."""
    for n in (GOOD, 2**2047 + 1, 2**8191 + 1):
        check_rsa(rsa.RSAPublicNumbers(e, n))


def test_roca():
    """CVE-2017-15361: a modulus that is a power of 65537 modulo all small primes can be factored."""
    product = 1
    for prime in [p for p in range(3, 168, 2) if all(p % q for q in range(3, p, 2))]:
        product *= prime
    weak = pow(65_537, 12_345, product) + product * ((2**2048 - 1) // product - 2)
    weak += product * (weak % 2 == 0)
    assert weak.bit_length() == 2048
    with pytest.raises(InvalidKey, match="ROCA"):
        check_rsa(rsa.RSAPublicNumbers(65_537, weak))
    check_rsa(rsa.RSAPublicNumbers(65_537, weak + 2))


def test_good_ed25519():
    """RFC 8032 §5.1.5: generated keys pass, whatever the sign of x."""
    for _ in range(20):
        check_ed25519(Ed25519PrivateKey.generate().public_key().public_bytes_raw())


@pytest.mark.parametrize("y", [P, P + 1, 2**255 - 1])
def test_ed25519_non_canonical(y):
    """RFC 8032 §5.1.3 step 1: y is below the prime."""
    for sign in (0, 1 << 255):
        with pytest.raises(InvalidKey, match="canonical"):
            check_ed25519(little(y | sign))


@pytest.mark.parametrize("y", [2, 7, 8, 11])
def test_ed25519_not_on_the_curve(y):
    """RFC 8032 §5.1.3 step 3: no x belongs to this y."""
    with pytest.raises(InvalidKey, match="point of the curve"):
        check_ed25519(little(y))


@pytest.mark.parametrize(
    "y",
    [
        0,
        1,
        P - 1,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        P - 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    ],
)
def test_ed25519_small_order(y):
    """The eight points of order 1, 2, 4 and 8: with them, one signature is good for many messages."""
    for sign in (0, 1 << 255):
        with pytest.raises(InvalidKey, match="small order"):
            check_ed25519(little(y | sign))
