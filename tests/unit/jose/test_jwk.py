"""authwright.jose.jwk and authwright.jose.key_material."""

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from authwright.jose.encoding import b64url_decode
from authwright.jose.errors import InvalidKey, UnsupportedAlgorithm
from authwright.jose.jwk import generate_jwk, parse_jwk, parse_pem, symmetric_jwk
from support.jose import ASYMMETRIC, SYMMETRIC, b64, key

KINDS = ["RS256", "ES256", "ES384", "ES512", "EdDSA"]


def members(kind, /, *, private=False, **changes):
    """The JWK of a good key with some members changed; None takes one away."""
    changed = {**key(kind).to_dict(private=private), **changes}
    return {name: value for name, value in changed.items() if value is not None}


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_generate(alg):
    """A key pair for one algorithm, named by its thumbprint."""
    made = generate_jwk(alg)
    assert (made.alg, made.use, made.key_ops, made.is_private) == (alg, "sig", None, True)
    assert made.kid == made.thumbprint()
    assert set(made.verifiers) == {alg}
    assert made.signing is not None
    assert made.signing[0] == alg


def test_generate_with_choices():
    """The kid and the size of an RSA key can be given; an even smaller size cannot."""
    made = generate_jwk("PS256", kid="2026-11a", rsa_bits=3072)
    assert made.kid == "2026-11a"
    assert len(b64url_decode(made.parameters["n"])) == 3072 // 8
    assert b64url_decode(made.parameters["e"]) == b"\1\0\1"
    assert len(b64url_decode(generate_jwk("RS256").parameters["n"])) == 2048 // 8
    with pytest.raises(InvalidKey):
        generate_jwk("RS256", rsa_bits=1024)


@pytest.mark.parametrize("alg", ["HS256", "none", "RS1", "", "es256"])
def test_generate_what_has_no_key_pair(alg):
    """Secrets are issued elsewhere; other names are not in the table."""
    with pytest.raises(UnsupportedAlgorithm):
        generate_jwk(alg)


@pytest.mark.parametrize("alg", KINDS)
def test_export_and_parse(alg):
    """RFC 7517 §4: what is exported reads as the same key, whole or public."""
    made = key(alg)
    whole = parse_jwk(made.to_dict(private=True))
    assert whole.to_dict(private=True) == made.to_dict(private=True)
    public = parse_jwk(made.to_dict())
    assert public.to_dict() == made.to_dict() == made.public().to_dict()
    assert not public.is_private
    assert public.signing is None
    public.verifiers[alg](whole.signing[1](b"m"), b"m")


@pytest.mark.parametrize("alg", KINDS)
def test_nothing_secret_is_published(alg):
    """RFC 7517 §9.2: the private parameters are in the private export only."""
    secret = {"d", "p", "q", "dp", "dq", "qi", "k"}
    assert secret.isdisjoint(key(alg).to_dict())
    assert secret & set(key(alg).to_dict(private=True))
    assert secret.isdisjoint(key(alg).parameters)
    with pytest.raises(InvalidKey, match="asked for"):
        key(alg).public().to_dict(private=True)


@pytest.mark.parametrize("alg", [*KINDS, "HS256"])
def test_repr_shows_no_secret(alg):
    """A key in a log line is a name, not a key."""
    made = key(alg)
    for value in made.to_dict(private=True).values():
        assert value in (made.kid, made.alg, made.use, made.kty) or value not in repr(made)


def test_a_key_is_frozen():
    """It can be shared between threads and cached."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        key("ES256").alg = "HS256"
    for mapping in (key("ES256").parameters, key("ES256").verifiers):
        with pytest.raises(TypeError):
            mapping["alg"] = "HS256"


def test_symmetric_keys():
    """RFC 7518 §6.4; OpenID Connect Core §10.1: the octets of the UTF-8 representation of client_secret."""
    secret = "pässword" * 5
    made = symmetric_jwk(secret, "HS256")
    assert made.kty == "oct"
    assert made.kid is None
    assert made.to_dict(private=True) == {
        "kty": "oct",
        "alg": "HS256",
        "use": "sig",
        "k": b64(secret.encode()),
    }
    same = parse_jwk(symmetric_jwk(secret.encode(), "HS256", kid="c").to_dict(private=True))
    assert same.kid == "c"
    same.verifiers["HS256"](made.signing[1](b"m"), b"m")


@pytest.mark.parametrize("alg", SYMMETRIC)
@pytest.mark.parametrize("secret", ["", b"", "short", b"\0" * 31])
def test_short_secrets_are_refused(alg, secret):
    """RFC 7518 §3.2."""
    with pytest.raises(InvalidKey, match="shorter"):
        symmetric_jwk(secret, alg)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "none", "HS1"])
def test_secrets_are_for_hmac(alg):
    """A secret is not a key of another type."""
    with pytest.raises((InvalidKey, UnsupportedAlgorithm)):
        symmetric_jwk(bytes(64), alg)


def test_symmetric_keys_have_no_public_half():
    """Nor a thumbprint, which would be a hash of the secret: RFC 7638 §7."""
    secret = key("HS256")
    for publish in (secret.public, secret.to_dict, secret.thumbprint):
        with pytest.raises(InvalidKey, match="no public half"):
            publish()


def test_symmetric_jwk_without_alg():
    """One key, one algorithm (RFC 8725 §3.1): nothing else says which."""
    with pytest.raises(InvalidKey, match="alg"):
        parse_jwk({"kty": "oct", "k": b64(bytes(64))})


def test_rsa_key_without_alg_verifies_its_family_and_signs_nothing():
    """The caller's list and the header then choose, within RSA; who signs has to have chosen before."""
    made = parse_jwk(members("RS256", private=True, alg=None))
    assert set(made.verifiers) == {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    assert made.signing is None
    assert made.is_private


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "EdDSA"])
def test_curve_decides_the_algorithm(alg):
    """RFC 7518 §3.4, RFC 8037 §3.1."""
    made = parse_jwk(members(alg, private=True, alg=None))
    assert list(made.verifiers) == [alg]
    assert made.signing[0] == alg


@pytest.mark.parametrize(
    ("kind", "alg"),
    [
        ("RS256", "ES256"),
        ("RS256", "HS256"),
        ("ES256", "ES384"),
        ("ES256", "RS256"),
        ("EdDSA", "ES256"),
        ("ES512", "EdDSA"),
    ],
)
def test_alg_goes_with_the_key_type(kind, alg):
    """RFC 8725 §3.1."""
    with pytest.raises(InvalidKey, match="alg"):
        parse_jwk(members(kind, alg=alg))


@pytest.mark.parametrize("alg", ["none", "RSA-OAEP", "ES256K", "es256", "ES521"])
def test_alg_outside_the_table(alg):
    """Such a key is not understood; a key set leaves it out."""
    with pytest.raises(UnsupportedAlgorithm):
        parse_jwk(members("ES256", alg=alg))


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": None},
        {"kty": "ec"},
        {"kty": ["EC"]},
        {"kty": "AKP"},
        {"crv": "secp256k1"},
        {"crv": None},
        {"crv": 256},
    ],
)
def test_unknown_type_or_curve(changes):
    """RFC 7517 §4.1: not understood."""
    with pytest.raises(UnsupportedAlgorithm):
        parse_jwk(members("ES256", **changes))


def test_okp_is_ed25519():
    """X25519 makes no signatures, and Ed448 is not in the table."""
    for crv in ("X25519", "Ed448"):
        with pytest.raises(UnsupportedAlgorithm):
            parse_jwk(members("EdDSA", crv=crv))


@pytest.mark.parametrize("name", ["kid", "alg", "use"])
@pytest.mark.parametrize("value", [1, "", [], {}, True])
def test_described_by_strings(name, value):
    """RFC 7517 §4.2, §4.4, §4.5."""
    with pytest.raises(InvalidKey, match="string"):
        parse_jwk({**key("ES256").to_dict(), name: value})
    with pytest.raises(InvalidKey, match="string"):
        parse_jwk({**key("ES256").to_dict(), name: None})


@pytest.mark.parametrize(
    ("changes", "verifies", "signs"),
    [
        ({}, True, True),
        ({"use": None}, True, True),
        ({"use": "enc"}, False, False),
        ({"use": "something"}, False, False),
        ({"use": None, "key_ops": ["verify"]}, True, False),
        ({"use": None, "key_ops": ["sign"]}, False, True),
        ({"key_ops": ["sign", "verify"]}, True, True),
        ({"use": None, "key_ops": []}, False, False),
        ({"use": None, "key_ops": ["encrypt", "wrapKey"]}, False, False),
        ({"use": "enc", "key_ops": ["deriveKey"]}, False, False),
    ],
)
def test_use_and_key_ops(changes, verifies, signs):
    """RFC 7517 §4.2, §4.3: a key does only what it says it is for."""
    for alg in ("ES256", "HS256"):
        made = parse_jwk(members(alg, private=True, **changes))
        assert (alg in made.verifiers) is verifies
        assert (made.signing is not None) is signs


@pytest.mark.parametrize(
    "changes",
    [
        {"key_ops": "verify"},
        {"key_ops": {"verify": True}},
        {"key_ops": [1]},
        {"key_ops": ["verify", None]},
        {"use": None, "key_ops": ["verify", "verify"]},
        {"use": "sig", "key_ops": ["verify", "encrypt"]},
        {"use": "enc", "key_ops": ["verify"]},
    ],
)
def test_key_ops_that_make_no_sense(changes):
    """RFC 7517 §4.3: an array of distinct strings that agrees with `use`."""
    with pytest.raises(InvalidKey):
        parse_jwk(members("ES256", **changes))


def test_public_half_of_a_key_with_operations():
    """What the private half signs, the public half verifies."""
    for operations, expected in (
        [["sign"], ["verify"]],
        [["sign", "verify"], ["verify"]],
        [["verify"], ["verify"]],
    ):
        private = parse_jwk(members("ES256", private=True, use=None, key_ops=operations))
        assert private.to_dict()["key_ops"] == operations
        public = private.public()
        assert public.to_dict()["key_ops"] == expected
        assert "ES256" in public.verifiers
        assert public.signing is None


@pytest.mark.parametrize(
    ("alg", "name"),
    [
        *(("RS256", name) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")),
        *(("ES256", "x"), ("ES256", "y"), ("ES256", "d"), ("EdDSA", "x"), ("EdDSA", "d"), ("HS256", "k")),
    ],
)
@pytest.mark.parametrize("value", [None, "", 1, ["AQAB"], "AQA=", "AQ AB", "A", "\u00e9"])
def test_parameters_are_base64url(alg, name, value):
    """RFC 7518 §6: there, a string, and base64url. `d` alone makes no RSA key for us: RFC 7518 §6.3.2."""
    if value is None and (alg, name) in {("ES256", "d"), ("EdDSA", "d")}:
        return  # then it is a public key
    with pytest.raises(InvalidKey):
        parse_jwk(members(alg, private=True, **{name: value}))


def test_rsa_numbers_have_no_leading_zeros():
    """RFC 7518 §2, §6.3.1.1: the minimum number of octets; one spelling, one thumbprint."""
    for name in ("n", "e"):
        padded = b64(b"\0" + b64url_decode(key("RS256").parameters[name]))
        with pytest.raises(InvalidKey, match="leading zero"):
            parse_jwk(members("RS256", **{name: padded}))


def test_rsa_numbers_are_bounded():
    """A modulus of a megabit would keep the processor busy; 8192 bits are read."""
    assert parse_jwk(members("RS256", n=b64((2**8191 + 1).to_bytes(1024, "big"))))
    with pytest.raises(InvalidKey, match="too large"):
        parse_jwk(members("RS256", n=b64(b"\xff" * 1025)))


def test_rsa_numbers_make_a_key():
    """e above n is no public key."""
    with pytest.raises(InvalidKey, match="not a public key"):
        parse_jwk({"kty": "RSA", "n": "AQAB", "e": b64(b"\xff" * 64)})


@pytest.mark.parametrize("alg", ["RS256", "PS256"])
def test_weak_rsa_keys(alg):
    """RFC 8725 §3.4: a modulus of 1024 bits, an exponent that is small or even."""
    small = rsa.generate_private_key(65_537, 1024).public_key().public_numbers().n
    with pytest.raises(InvalidKey, match="2048"):
        parse_jwk(members(alg, n=b64(small.to_bytes(128, "big"))))
    for exponent in ("AQ", "Aw", "AQAA"):
        with pytest.raises(InvalidKey):
            parse_jwk(members(alg, e=exponent))


def test_rsa_with_more_primes():
    """RFC 7518 §6.3.2.7: a consumer that does not support them MUST NOT use the key."""
    with pytest.raises(InvalidKey, match="two primes"):
        parse_jwk(members("RS256", private=True, oth=[{"r": "AQ", "d": "AQ", "t": "AQ"}]))
    with pytest.raises(InvalidKey, match="two primes"):
        parse_jwk(members("RS256", oth=[]))


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi"])
def test_inconsistent_rsa_private_keys(name):
    """A private half that is not that of the public key, or of itself, is refused."""
    other = generate_jwk("RS256").to_dict(private=True)
    with pytest.raises(InvalidKey, match="consistent"):
        parse_jwk(members("RS256", private=True, **{name: other[name]}))


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "EdDSA"])
def test_private_key_of_another(alg):
    """`d` must be that of the point."""
    other = generate_jwk(alg).to_dict(private=True)
    with pytest.raises(InvalidKey, match="belong"):
        parse_jwk(members(alg, private=True, d=other["d"]))


@pytest.mark.parametrize(
    "value", [0, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551, 2**256 - 1]
)
def test_ec_private_key_out_of_range(value):
    """Between 1 and the order of the group, both exclusive of it and zero."""
    with pytest.raises(InvalidKey, match="range"):
        parse_jwk(members("ES256", private=True, d=b64(value.to_bytes(32, "big"))))


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "EdDSA"])
def test_curve_parameters_have_their_length(alg):
    """RFC 7518 §6.2.1.2, §6.2.2.1, RFC 8037 §2: full width, leading zeros included."""
    for name in ("x", "y", "d"):
        whole = key(alg).to_dict(private=True)
        if name not in whole:
            continue
        value = b64url_decode(whole[name])
        for wrong in (value[1:], value + b"\0", b"\0" + value):
            with pytest.raises(InvalidKey, match="length"):
                parse_jwk({**whole, name: b64(wrong)})


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512"])
def test_points_off_the_curve(alg):
    """RFC 8725 §3.4: inputs that are not on the curve are refused before they are used."""
    whole = key(alg).to_dict()
    value = bytearray(b64url_decode(whole["y"]))
    value[-1] ^= 1
    for y in (bytes(value), bytes(len(value)), b"\xff" * len(value)):
        with pytest.raises(InvalidKey, match="curve"):
            parse_jwk({**whole, "y": b64(y)})
    with pytest.raises(InvalidKey, match="curve"):
        parse_jwk({**whole, "x": b64(bytes(len(value))), "y": b64(bytes(len(value)))})


def test_point_of_another_curve():
    """The coordinates of a P-256 point under the name of P-384."""
    with pytest.raises(InvalidKey):
        parse_jwk(members("ES256", alg=None, crv="P-384"))


def test_weak_ed25519_keys():
    """The checks of weak_keys are made on the way in."""
    for x in (b"\1" + bytes(31), b"\2" + bytes(31)):
        with pytest.raises(InvalidKey, match="Ed25519"):
            parse_jwk(members("EdDSA", x=b64(x)))


def test_unknown_members_are_ignored():
    """RFC 7517 §4: additional members MUST be ignored when not understood; x5c and x5u are not followed."""
    extra = {"x5u": "https://example.com/", "x5c": ["bm90IGEgY2VydA=="], "ext": True, "foo": [1]}
    assert parse_jwk({**members("ES256"), **extra}).to_dict() == key("ES256").to_dict()


@pytest.mark.parametrize(
    ("public", "alg"),
    [
        (rsa.generate_private_key(65_537, 2048).public_key(), "PS384"),
        (ec.generate_private_key(ec.SECP521R1()).public_key(), "ES512"),
        (Ed25519PrivateKey.generate().public_key(), "EdDSA"),
    ],
    ids=["rsa", "ec", "ed25519"],
)
def test_pem(public, alg):
    """SubjectPublicKeyInfo, for one algorithm."""
    data = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made = parse_pem(data, alg)
    assert (made.alg, made.use, made.kid, made.is_private) == (alg, "sig", made.thumbprint(), False)
    assert parse_pem(data, alg, kid="k").kid == "k"
    assert parse_jwk(made.to_dict()).thumbprint() == made.thumbprint()


def spki(private):
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


P256_PEM = spki(ec.generate_private_key(ec.SECP256R1()))
ED25519_PRIVATE_PEM = Ed25519PrivateKey.generate().private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


@pytest.mark.parametrize(
    ("data", "alg", "error"),
    [
        pytest.param(b"", "RS256", InvalidKey, id="empty"),
        pytest.param(
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "RS256", InvalidKey, id="DER"
        ),
        pytest.param(spki(rsa.generate_private_key(65_537, 1024)), "RS256", InvalidKey, id="1024"),
        pytest.param(spki(rsa.generate_private_key(3, 2048)), "RS256", InvalidKey, id="e=3"),
        pytest.param(spki(dsa.generate_private_key(1024)), "RS256", InvalidKey, id="DSA"),
        pytest.param(spki(ec.generate_private_key(ec.SECP256K1())), "ES256", UnsupportedAlgorithm, id="K1"),
        pytest.param(P256_PEM, "ES384", InvalidKey, id="other curve"),
        pytest.param(P256_PEM, "HS256", InvalidKey, id="as a secret"),
        pytest.param(P256_PEM, "none", UnsupportedAlgorithm, id="none"),
        pytest.param(ED25519_PRIVATE_PEM, "EdDSA", InvalidKey, id="private"),
    ],
)
def test_pem_that_is_no_key_for_this(data, alg, error):
    """The same checks as for a JWK; a private key is not taken for a public one; no PEM becomes a secret."""
    with pytest.raises(error):
        parse_pem(data, alg)
