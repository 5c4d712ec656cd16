"""
RFC 9068 §4 and RFC 8725 §3, at the door of an API: what went wrong elsewhere, refused here.

The tokens are forged with real keys, so that the check under test is the only one that can refuse.
"""

import hashlib
import hmac
import json
import zlib

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from authwright.jose.jwk import generate_jwk, symmetric_jwk
from authwright.oauth.http import HttpResponse
from authwright.resource_server.errors import ConfigurationError
from support.jose import b64, segment, token
from support.resource_server import API, ISSUER, World


def pem(key):
    public = serialization.load_pem_public_key(key) if isinstance(key, bytes) else key
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Publishing:
    """An issuer that publishes whatever it is told to."""

    def __init__(self, *keys):
        self.keys = list(keys)

    async def send(self, request):
        if request.url.endswith("/jwks"):
            return HttpResponse(200, {}, json.dumps({"keys": self.keys}).encode())
        document = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}
        return HttpResponse(200, {}, json.dumps(document).encode())


def rsa_key(bits=2048, exponent=65537, **members):
    """A private key that the library would not make, and its JWK."""
    private = rsa.generate_private_key(exponent, bits)
    numbers = private.public_key().public_numbers()
    jwk = {
        "kty": "RSA",
        "kid": "r",
        "n": b64(numbers.n.to_bytes(bits // 8, "big")),
        "e": b64(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big")),
    }
    return private, jwk | members


def rs256(private, header, claims):
    signing_input = f"{segment(header)}.{segment(claims)}"
    signature = private.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signing_input}.{b64(signature)}"


async def test_a_good_token_is_accepted():
    """The door opens: otherwise all of the following would prove nothing."""
    world = World()
    good = token(world.header(), world.claims(), world.issuer.key)
    assert (await world.verify(good, "items:read")).subject == "alice"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.parametrize("signature", ["", "AA"])
async def test_alg_none(alg, signature):
    """An unsigned token is no token. RFC 8725 §3.2."""
    world = World()
    forged = f"{segment(world.header(alg=alg))}.{segment(world.claims())}.{signature}"
    assert await world.code(forged) == "AW110"


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("decorate", [bytes, bytes.strip, lambda key: b" " + key, lambda key: b"\n" + key])
async def test_public_key_as_hmac_secret(alg, decorate):
    """RS/HS confusion, also with the white space that beat a filter: the key decides, not the token."""
    private, jwk = rsa_key(alg="RS256")
    world = World(transport=Publishing(jwk))
    secret = symmetric_jwk(decorate(pem(private.public_key())), alg)
    assert await world.code(token(world.header(alg=alg, kid="r"), world.claims(), secret)) == "AW110"


@pytest.mark.parametrize("alg", ["HS256", "ES256", "EdDSA", "RS384", "none"])
async def test_jwk_without_alg(alg):
    """A key set whose keys do not name their alg lets the header choose nothing that is not allowed here."""
    _, jwk = rsa_key()
    world = World(transport=Publishing(jwk))
    signer = symmetric_jwk(json.dumps(jwk).encode(), "HS256")
    forged = token(world.header(alg=alg, kid="r"), world.claims(), signer)
    assert await world.code(forged) == "AW110"


async def test_header_claims_an_allowed_algorithm():
    """The key's algorithm is what is verified with; a header that names another is refused."""
    private, jwk = rsa_key(alg="RS512")
    world = World(transport=Publishing(jwk))
    assert await world.code(rs256(private, world.header(alg="RS256", kid="r"), world.claims())) == "AW110"
    signing_input = f"{segment(world.header(alg='RS512', kid='r'))}.{segment(world.claims())}"
    signature = private.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA512())
    assert await world.code(f"{signing_input}.{b64(signature)}") == "AW110"


async def test_token_brings_its_own_key():
    """``jwk`` in the header is not a key of the issuer. RFC 8725 §3.10."""
    world = World()
    own = generate_jwk("ES256")
    for kid in (own.kid, None, world.issuer.key.kid):
        forged = token(world.header(kid=kid, jwk=own.to_dict()), world.claims(), own)
        assert await world.code(forged) in {"AW103", "AW109"}


@pytest.mark.parametrize("member", ["jku", "x5u"])
async def test_urls_in_the_header_are_not_fetched(member):
    """``jku`` and ``x5u`` are somebody's URL: no request but to the issuer. RFC 8725 §3.10."""
    world = World()
    own = generate_jwk("ES256")
    forged = token(world.header(kid=own.kid, **{member: "https://evil.test/jwks"}), world.claims(), own)
    assert await world.code(forged) == "AW109"
    assert all(request.url.startswith(f"{ISSUER}/") for request in world.issuer.requests)


@pytest.mark.parametrize(
    "kid", ["/dev/null", "../../etc/passwd", "' OR 1=1 --", "$(id)", "\r\nX: y", "\u202e", "", "k" * 9000]
)
async def test_kid_is_only_compared(kid):
    """``kid`` selects among known keys and is nothing else."""
    world = World()
    forged = token(world.header(kid=kid), world.claims(), world.issuer.key)
    refused = await world.refusal(forged)
    assert refused.refusal.code == "AW109"
    assert "\n" not in str(refused)


@pytest.mark.parametrize("crit", [["exp"], ["b64"], ["unknown"], [], "exp", None, ["http://example.com/x"]])
async def test_crit(crit):
    """Extensions that must be understood, and are not. RFC 7515 §4.1.11."""
    world = World()
    header = {**world.header(), "crit": crit, "http://example.com/x": 1}
    assert await world.code(token(header, world.claims(), world.issuer.key)) == "AW102"


async def test_unencoded_and_detached_payload():
    """``b64: false`` (RFC 7797) and a payload that is elsewhere."""
    world = World()
    signer = world.issuer.key
    for header in (world.header(b64=False), world.header(b64=False, crit=["b64"]), world.header(b64=True)):
        assert await world.code(token(header, world.claims(), signer)) == "AW102"
    head, _, signature = token(world.header(), world.claims(), signer).split(".")
    assert await world.code(f"{head}..{signature}") == "AW103"


async def test_polyglot():
    """The JSON serializations are not read; a token has one form."""
    world = World()
    head, payload, signature = token(world.header(), world.claims(), world.issuer.key).split(".")
    flattened = json.dumps({"protected": head, "payload": payload, "signature": signature})
    general = json.dumps({"payload": payload, "signatures": [{"protected": head, "signature": signature}]})
    for polyglot in (
        flattened,
        general,
        f'{{"a":"{head}.{payload}.{signature}"}}',
        f"{head}.{payload}.{signature}.",
    ):
        refused = await world.refusal(polyglot)
        assert refused.refusal.code in {"AW102", "AW114"}


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ('{"alg":"ES256","alg":"none"}', None),
        ('{"alg":"none","alg":"ES256"}', None),
        (None, '{"iss":"https://evil.test","iss":"https://issuer.test"}'),
        (None, '{"sub":"mallory","\\u0073ub":"alice"}'),
        (None, '{"cnf":{"jkt":"a","jkt":"b"}}'),
    ],
)
async def test_duplicate_members(header, claims):
    """Two values of one name are two tokens. RFC 7515 §4, RFC 7519 §4."""
    world = World()
    good_header, good_claims = json.dumps(world.header()), json.dumps(world.claims())

    def merged(good, extra):
        return (good[:-1] + "," + extra[1:]).encode() if extra else good.encode()

    forged = token(merged(good_header, header), merged(good_claims, claims), world.issuer.key)
    assert await world.code(forged) == "AW102"


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32", "utf-32-be", "utf-8-sig", "latin-1"])
async def test_other_charsets(charset):
    """JSON is UTF-8, whatever a parser guesses. RFC 8725 §3.7."""
    world = World()
    claims = json.dumps(world.claims(sub="Zoë"), ensure_ascii=False).encode(charset)
    assert await world.code(token(world.header(), claims, world.issuer.key)) == "AW102"


@pytest.mark.parametrize(
    "iss",
    [
        "https://issuer.tes", "https://issuer.test/", "https://issuer.test.evil", "HTTPS://issuer.test",
        "https://ISSUER.test", "https://issuer.test:443", "http://issuer.test", "issuer.test", "", " https://issuer.test",
        ["https://issuer.test"], {"https://issuer.test": 1}, 1, True, "https://issuer.test\0",
    ],
)  # fmt: skip
async def test_issuer_is_compared_byte_for_byte(iss):
    """RFC 9068 §4: "MUST exactly match"."""
    world = World()
    assert await world.code(token(world.header(), world.claims(iss=iss), world.issuer.key)) == "AW104"
    assert await world.code(token(world.header(), world.claims(iss=None), world.issuer.key)) == "AW104"


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.test", "https://api.test/", "https://api.tes", "https://api.test.evil", "*", "",
        "HTTPS://API.TEST", [], ["https://other.test"], [["https://api.test"]], ["https://api.test", 1],
        {"https://api.test": 1}, 1, True, "app",
    ],
)  # fmt: skip
async def test_audience_is_compared_byte_for_byte(aud):
    """RFC 9068 §4: a token for API A does not open API B, and one for nobody opens none."""
    world = World()
    assert await world.code(token(world.header(), world.claims(aud=aud), world.issuer.key)) == "AW105"
    assert await world.code(token(world.header(), world.claims(aud=None), world.issuer.key)) == "AW105"


async def test_one_of_several_audiences():
    """RFC 7519 §4.1.3: an array that contains the API."""
    world = World()
    good = token(world.header(), world.claims(aud=["https://other.test", API]), world.issuer.key)
    assert (await world.verify(good)).audience == ("https://other.test", API)


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "literal",
    [
        '"4102444800"',
        "true",
        "null",
        "[]",
        "{}",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "9" * 400,
        "0x7fffffff",
        "1_0",
    ],
)
async def test_times_of_the_wrong_type(claim, literal):
    """A time is a finite JSON number; nothing else means "never" or crashes. RFC 7519 §2."""
    world = World()
    claims = json.dumps(world.claims() | {claim: "@"}).replace('"@"', literal).encode()
    assert await world.code(token(world.header(), claims, world.issuer.key)) in {"AW102", "AW113"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": -30}, "AW106"), ({"exp": -100_000}, "AW106"), ({"nbf": 31}, "AW107"), ({"iat": 31}, "AW107"),
        ({"exp": -29}, None), ({"nbf": 30}, None), ({"iat": 30}, None), ({"exp": 0.5}, None),
    ],
)  # fmt: skip
async def test_leeway_is_thirty_seconds(changes, code):
    """RFC 7519 §4.1.4: "some small leeway"."""
    world = World()
    claims = world.claims(**{name: world.clock.now() + offset for name, offset in changes.items()})
    good = token(world.header(), claims, world.issuer.key)
    if code is None:
        assert (await world.verify(good)).subject == "alice"
    else:
        assert await world.code(good) == code


@pytest.mark.parametrize("missing", ["exp", "sub", "jti", "iat", "client_id"])
@pytest.mark.parametrize("value", [None, "", 7, ["alice"], {}])
async def test_claims_that_rfc_9068_requires(missing, value):
    """RFC 9068 §2.2: absent, empty or of another type."""
    world = World()
    if missing == "iat" and value == 7:
        value = "7"
    if missing == "exp" and value == 7:
        value = "7"
    forged = token(world.header(), world.claims(**{missing: value}), world.issuer.key)
    assert await world.code(forged) == "AW113"


@pytest.mark.parametrize(
    "typ",
    [
        None,
        "JWT",
        "jwt",
        "dpop+jwt",
        "logout+jwt",
        "oauth-authz-req+jwt",
        "secevent+jwt",
        "at+jw",
        "at+jwt ",
        "xat+jwt",
    ],
)
async def test_another_kind_of_token(typ):
    """An ID token, or any other token of the issuer, is no access token. RFC 9068 §2.1, RFC 8725 §3.11."""
    world = World()
    assert await world.code(token(world.header(typ=typ), world.claims(), world.issuer.key)) == "AW108"


@pytest.mark.parametrize("mark", ["nonce", "at_hash", "c_hash", "events"])
async def test_id_token_in_disguise(mark):
    """A token with the claims of another kind is not an access token even when ``typ`` says so."""
    world = World()
    forged = token(world.header(), world.claims(**{mark: "x"}), world.issuer.key)
    assert await world.code(forged) == "AW108"


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
async def test_spellings_of_the_type(typ):
    """RFC 9068 §4: "at+jwt" or "application/at+jwt", and media types ignore case."""
    world = World()
    assert await world.verify(token(world.header(typ=typ), world.claims(), world.issuer.key))


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize("r", [0, 1, ORDER, ORDER - 1, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, ORDER, ORDER - 1, 2**256 - 1])
async def test_psychic_signatures(r, s):
    """r or s out of range verifies nothing. CVE-2022-21449."""
    world = World()
    head, payload, _ = token(world.header(), world.claims(), world.issuer.key).split(".")
    assert (
        await world.code(f"{head}.{payload}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}") == "AW103"
    )


async def test_lax_pkcs1_padding():
    """The whole of a PKCS #1 v1.5 block is compared: nothing may follow the hash. CVE-2006-4339."""
    private, jwk = rsa_key(alg="RS256")
    world = World(transport=Publishing(jwk))
    signing_input = f"{segment(world.header(alg='RS256', kid='r'))}.{segment(world.claims())}"
    digest_info = (
        bytes.fromhex("3031300d060960864801650304020105000420")
        + hashlib.sha256(signing_input.encode()).digest()
    )
    numbers = private.private_numbers()
    n = numbers.public_numbers.n

    def sign(block):
        return b64(pow(int.from_bytes(block, "big"), numbers.d, n).to_bytes(256, "big"))

    proper = b"\x00\x01" + b"\xff" * (256 - 3 - len(digest_info)) + b"\x00" + digest_info
    garbage = b"\x00\x01" + b"\xff" * 8 + b"\x00" + digest_info
    lax = garbage + b"\x5a" * (256 - len(garbage))
    assert (await world.verify(f"{signing_input}.{sign(proper)}")).subject == "alice"
    assert await world.code(f"{signing_input}.{sign(lax)}") == "AW103"
    beyond = pow(int.from_bytes(proper, "big"), numbers.d, n) + n
    for spelling in (beyond.to_bytes(257, "big"), b"\0" + beyond.to_bytes(257, "big")):
        assert await world.code(f"{signing_input}.{b64(spelling)}") == "AW103"


async def test_other_encodings_of_one_signature():
    """One token has one spelling; else revocation and replay caches are passed by. RFC 7518 §3.4."""
    world = World()
    good = token(world.header(), world.claims(), world.issuer.key)
    head, payload, signature = good.split(".")
    raw = world.issuer.key.signing[1](f"{head}.{payload}".encode())
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    der = encode_dss_signature(r, s)
    assert decode_dss_signature(der) == (r, s)
    for spelling in (der, raw + b"\0", b"\0" + raw, raw + raw, raw[:-1], b"\0" + raw[:32] + b"\0" + raw[32:]):
        assert await world.code(f"{head}.{payload}.{b64(spelling)}") == "AW103"
    for spelling in (f"{signature}=", f"{signature}==", f"{signature[:-1]}{chr(ord(signature[-1]) + 1)}"):
        assert await world.code(f"{head}.{payload}.{spelling}") == "AW102"
    assert await world.code(f"{head}.{payload}=.{signature}") in {"AW102", "AW103"}


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": []},
        {"key_ops": ["sign"]},
        {"alg": "RSA-OAEP"},
        {"alg": "HS256"},
    ],
)
async def test_key_of_another_use(members):
    """A key that is published for encryption verifies nothing. RFC 7517 §4.2, §4.3."""
    private, jwk = rsa_key()
    good_private, good = rsa_key(kid="good")
    world = World(transport=Publishing(jwk | members, good))
    assert await world.verify(rs256(good_private, world.header(alg="RS256", kid="good"), world.claims()))
    forged = rs256(private, world.header(alg="RS256", kid="r"), world.claims())
    assert await world.code(forged) in {"AW109", "AW110"}


async def test_weak_and_foreign_keys():
    """Short RSA, small exponents, symmetric keys and points off the curve are no keys. RFC 8725 §3.4."""
    _, good = rsa_key(kid="good")
    short, short_jwk = rsa_key(1024)
    small, small_jwk = rsa_key(exponent=3, kid="small")
    secret = symmetric_jwk(b"s" * 32, "HS256", kid="oct")
    off_curve = {"kty": "EC", "crv": "P-256", "kid": "off", "x": b64(b"\1" * 32), "y": b64(b"\2" * 32)}
    octets = {"kty": "oct", "kid": "oct", "alg": "HS256", "k": b64(b"s" * 32)}
    world = World(transport=Publishing(good, short_jwk, small_jwk, off_curve, octets))
    assert await world.code(rs256(short, world.header(alg="RS256", kid="r"), world.claims())) == "AW109"
    assert await world.code(rs256(small, world.header(alg="RS256", kid="small"), world.claims())) == "AW109"
    assert await world.code(token(world.header(alg="HS256", kid="oct"), world.claims(), secret)) == "AW110"
    other = ec.generate_private_key(ec.SECP256R1())
    signing_input = f"{segment(world.header(kid='off'))}.{segment(world.claims())}"
    r, s = decode_dss_signature(other.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256())))
    forged = f"{signing_input}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    assert await world.code(forged) == "AW109"


@pytest.mark.parametrize("secret", [b"", b"\0", b"secret"])
async def test_empty_and_short_hmac_secrets(secret):
    """No HMAC is verified by an API, with whatever secret; and none can be configured."""
    world = World()
    signing_input = f"{segment(world.header(alg='HS256', kid=None))}.{segment(world.claims())}"
    mac = hmac.digest(secret, signing_input.encode(), "sha256")
    assert await world.code(f"{signing_input}.{b64(mac)}") == "AW110"
    with pytest.raises(ConfigurationError, match="algorithms"):
        World(expectation={"algorithms": frozenset({"HS256"})})


@pytest.mark.parametrize(
    "hostile",
    [
        "." * 10_000, "a." * 8_000, "x" * 16_384, "x" * 16_385, "x" * 5_000_000,
        f"{segment(b'[' * 4000)}.{segment({})}.AA", f"{segment(b'{' + b'{' * 3000)}.{segment({})}.AA",
    ],
    ids=["dots", "segments", "16 kB", "more", "5 MB", "arrays", "objects"],
)  # fmt: skip
async def test_segments_depth_and_size(hostile):
    """Bounds come before work: at most 16 kB, three segments, bounded depth."""
    assert await World().code(hostile) == "AW102"


async def test_deep_claims():
    world = World()
    claims = json.dumps(world.claims())[:-1] + ',"deep":' + "[" * 40 + "]" * 40 + "}"
    assert await world.code(token(world.header(), claims.encode(), world.issuer.key)) == "AW102"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_000_000_000, "p2s": "AAAAAAAAAAA"},
        {"alg": "RSA-OAEP", "enc": "A128GCM", "zip": "DEF"},
        {"alg": "RSA1_5", "enc": "A128CBC-HS256"},
        {"alg": "dir", "enc": "A128GCM"},
    ],
    ids=["26 PBES2", "27 zip", "28 RSA1_5", "29 dir"],
)
async def test_encrypted_tokens(header):
    """A JWE is refused by its form: nothing is derived, inflated or decrypted."""
    world = World()
    bomb = zlib.compress(b"\0" * 5_000_000)[2:-4]
    five = ".".join((segment(header), "AA", "AAAAAAAAAAAAAAAA", b64(bomb[:5000]), "AAAAAAAAAAAAAAAAAAAAAA"))
    assert await world.code(five) == "AW102"
    three = token(world.header(**header), world.claims(), world.issuer.key)
    assert await world.code(three) in {"AW102", "AW110"}


async def test_unsigned_claims():
    """Claims without a signature around them, as plain JSON or base64url of it, are no token."""
    world = World()
    assert await world.code(segment(world.claims())) == "AW102"


async def test_unknown_kids_cause_one_refetch_in_thirty_seconds():
    """At most one fetch of keys in 30 seconds, whatever the tokens name; and the good ones go on."""
    world = World()
    good = token(world.header(), world.claims(), world.issuer.key)
    other = generate_jwk("ES256")
    await world.verify(good)
    world.clock.advance(30)
    for number in range(500):
        assert await world.code(token(world.header(kid=f"k{number}"), world.claims(), other)) == "AW109"
        await world.verify(good)
    assert world.fetched("/jwks") == 2


async def test_failed_fetch_keeps_the_keys():
    """An outage that an unknown kid brings to light does not become everybody's."""
    world = World()
    good = token(world.header(), world.claims(), world.issuer.key)
    await world.verify(good)
    world.issuer.available = False
    world.clock.advance(30)
    assert await world.code(token(world.header(kid="x"), world.claims(), world.issuer.key)) == "AW109"
    assert (await world.verify(good)).subject == "alice"


async def test_key_that_was_withdrawn():
    """A key that the issuer no longer publishes is trusted for no longer than the key set was fresh."""
    world = World()
    old = world.issuer.key
    await world.verify(token(world.header(), world.claims(), old))
    world.issuer.rotate_key(withdraw=True)
    world.clock.advance(600)
    assert await world.code(token(world.header(kid=old.kid), world.claims(), old)) == "AW109"
    assert await world.verify(token(world.header(), world.claims(), world.issuer.key))


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA", "HS256"])
async def test_the_token_does_not_choose_the_algorithm(alg):
    """What is not on the API's list is refused, however well it is signed."""
    world = World(expectation={"algorithms": frozenset({"ES384"})})
    signer = symmetric_jwk(b"s" * 32, alg) if alg == "HS256" else generate_jwk(alg)
    assert await world.code(token(world.header(alg=alg), world.claims(), signer)) == "AW110"


async def test_token_bound_to_a_key():
    """RFC 7800 §3.1, RFC 9449 §6: a bound token is not accepted as a bearer token."""
    world = World()
    for cnf in ({"jkt": "x"}, {"x5t#S256": "x"}, {}):
        assert await world.code(token(world.header(), world.claims(cnf=cnf), world.issuer.key)) == "AW116"
