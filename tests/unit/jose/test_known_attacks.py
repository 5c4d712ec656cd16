"""
What went wrong in other libraries, one test for each kind of attack, and the rules of RFC 8725 against it.

What concerns ID tokens, the key cache of the resource server or client assertions is tested there.
"""

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import time
import urllib.request

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authwright.jose import jwt
from authwright.jose.algorithms import ALGORITHMS
from authwright.jose.encoding import b64url_decode, parse_json_object
from authwright.jose.errors import (
    InvalidKey,
    InvalidSignature,
    JoseError,
    Malformed,
    MalformedBase64url,
    MalformedClaim,
    MalformedJson,
    MalformedJws,
    NoMatchingKey,
    UnsupportedAlgorithm,
    WrongAudience,
    WrongIssuer,
    WrongType,
)
from authwright.jose.jwk import generate_jwk, parse_jwk, symmetric_jwk
from authwright.jose.jwks import Jwks, parse_jwks
from support.jose import b64, key, segment, token

NOW = 1_800_000_000
ES, RS, HS = key("ES256"), key("RS256"), key("HS256")
CLAIMS = {"iss": "https://a", "aud": "https://api", "sub": "alice", "exp": NOW + 600}
GOOD = jwt.sign(CLAIMS, ES, typ="at+jwt")


def verify(text, keys=ES, algorithms=ALGORITHMS, **changes):
    wanted = {"typ": "at+jwt", "issuer": "https://a", "audience": "https://api", "now": NOW, **changes}
    return jwt.verify(text, keys, algorithms=algorithms, **wanted)


def signed(claims, header=None, signer=ES):
    alg = signer.signing[0]
    return token({"alg": alg, "typ": "at+jwt", **(header or {})}, claims, signer)


def test_the_good_token_is_good():
    """What the tests below change is accepted unchanged."""
    assert verify(GOOD)
    assert verify(signed(CLAIMS))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "none ", "", "null"])
def test_alg_none_is_refused(alg):
    """CVE-2026-28802: in any spelling, with any signature, whatever the caller allows."""
    for signature in ("", GOOD.rpartition(".")[2]):
        text = f"{segment({'alg': alg, 'typ': 'at+jwt'})}.{segment(CLAIMS)}.{signature}"
        for keys in (ES, ES.public(), RS.public(), HS, Jwks((ES.public(), RS.public()))):
            for algorithms in (ALGORITHMS, [*ALGORITHMS, alg]):
                with pytest.raises((UnsupportedAlgorithm, NoMatchingKey)):
                    verify(text, keys, algorithms)


def public_spellings():
    """What an attacker may take for the HMAC secret: the published key in every common spelling."""
    n = int.from_bytes(b64url_decode(RS.parameters["n"]), "big")
    public = rsa.RSAPublicNumbers(65_537, n).public_key()
    for encoding in (Encoding.PEM, Encoding.DER):
        for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
            octets = public.public_bytes(encoding, form)
            yield from (octets, octets.strip(), b" " + octets, octets + b"\n", base64.b64encode(octets))
    yield from (json.dumps(RS.to_dict()).encode(), json.dumps(RS.to_dict(), separators=(",", ":")).encode())
    yield from (RS.parameters["n"].encode(), b64url_decode(RS.parameters["n"]), RS.kid.encode(), b"")


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_a_public_key_is_no_hmac_secret(hash_name):
    """CVE-2022-29217, CVE-2017-11424, CVE-2024-37568, CVE-2024-33663, CVE-2016-7036."""
    alg = "HS" + hash_name[3:]
    for secret in public_spellings():
        for header in ({"alg": alg, "typ": "at+jwt"}, {"alg": alg, "typ": "at+jwt", "kid": RS.kid}):
            signing_input = f"{segment(header)}.{segment(CLAIMS)}"
            text = f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), hash_name))}"
            for keys in (RS.public(), parse_jwks({"keys": [RS.to_dict()]}), parse_jwk(open_rsa())):
                with pytest.raises((UnsupportedAlgorithm, NoMatchingKey)):
                    verify(text, keys)


def open_rsa():
    return {name: value for name, value in RS.to_dict().items() if name != "alg"}


@pytest.mark.parametrize("before", ["", " ", "\n", "\t\r\n"])
def test_no_text_is_recognised_as_a_key(before):
    """CVE-2026-34950, CVE-2023-48223: no filter to slip past: a secret is what its owner says."""
    public = RS.to_dict()
    der = rsa.RSAPublicNumbers(65_537, int.from_bytes(b64url_decode(public["n"]), "big")).public_key()
    pem = der.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert symmetric_jwk(before + pem, "HS256").kty == "oct"
    assert symmetric_jwk(before + pem, "HS256").verifiers.keys() == {"HS256"}


def test_a_key_without_alg_does_not_take_the_headers():
    """CVE-2026-22817: an entry without alg is for its key type alone, and for what is allowed."""
    assert set(parse_jwk(open_rsa()).verifiers) == {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    signing_input = f"{segment({'alg': 'HS256', 'typ': 'at+jwt', 'kid': RS.kid})}.{segment(CLAIMS)}"
    secret = b64url_decode(RS.parameters["n"])
    forged = f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), 'sha256'))}"
    with pytest.raises(UnsupportedAlgorithm):
        verify(forged, parse_jwks({"keys": [open_rsa()]}))
    with pytest.raises(UnsupportedAlgorithm):
        verify(signed(CLAIMS, signer=RS), parse_jwk(open_rsa()), ["PS256", "ES256"])
    assert verify(signed(CLAIMS, signer=RS), parse_jwk(open_rsa()), ["RS256", "ES256"])


def test_the_algorithm_checked_is_the_algorithm_used():
    """CVE-2026-48523: the header names an allowed one, key and signature are of another."""
    rs512 = parse_jwk({**RS.to_dict(private=True), "alg": "RS512"})
    text = token({"alg": "RS256", "typ": "at+jwt"}, CLAIMS, rs512)
    for keys in (rs512, Jwks((rs512.public(),))):
        with pytest.raises((UnsupportedAlgorithm, NoMatchingKey)):
            verify(text, keys, ["RS256"])
    with pytest.raises(InvalidSignature):
        verify(text, RS, ["RS256"])
    with pytest.raises(UnsupportedAlgorithm):
        verify(jwt.sign(CLAIMS, rs512, typ="at+jwt"), rs512, ["RS256"])


def test_an_embedded_key_is_not_used():
    """CVE-2026-27962, CVE-2018-0114: a token that brings its own key proves that it has a key."""
    mine = generate_jwk("ES256", kid=ES.kid)
    text = signed(CLAIMS, {"jwk": mine.to_dict(), "kid": ES.kid}, signer=mine)
    for keys in (ES, Jwks((ES.public(),)), parse_jwks({"keys": [ES.to_dict()]})):
        with pytest.raises(InvalidSignature):
            verify(text, keys)
    with pytest.raises(NoMatchingKey):
        verify(text, Jwks(()))


def test_urls_in_the_header_are_not_fetched(monkeypatch):
    """jku, x5u: no I/O comes of a header, neither at parsing nor at verifying."""

    def refuse(*_arguments, **_options):
        raise AssertionError

    for module, name in ((socket, "socket"), (socket, "getaddrinfo"), (urllib.request, "urlopen")):
        monkeypatch.setattr(module, name, refuse)
    mine = generate_jwk("ES256", kid="mine")
    urls = {
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert",
        "x5c": ["AA"],
        "kid": "mine",
    }
    with pytest.raises(NoMatchingKey):
        verify(signed(CLAIMS, urls, signer=mine), Jwks((ES.public(),)))
    assert verify(signed(CLAIMS, {**urls, "kid": ES.kid}))


@pytest.mark.parametrize(
    "kid",
    [
        "../../dev/null",
        "/dev/null",
        "' OR 1=1 --",
        "| id",
        "$(id)",
        "\0",
        "x" * 4000,
        "http://evil.example/",
        "%00",
        "",
    ],
)
def test_kid_is_only_compared(kid, monkeypatch):
    """CWE-22, 78, 89: a kid is looked up among the keys there are; /dev/null is not an empty secret."""

    def refuse(*_arguments, **_options):
        raise AssertionError

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    signing_input = f"{segment({'alg': 'HS256', 'kid': kid})}.{segment(CLAIMS)}"
    text = f"{signing_input}.{b64(hmac.digest(b'', signing_input.encode(), 'sha256'))}"
    for keys in (Jwks((HS,)), Jwks((ES.public(), RS.public()))):
        with pytest.raises(NoMatchingKey):
            verify(text, keys)


@pytest.mark.parametrize(
    "crit", [["exp"], ["b64"], ["http://example.com/UNDEFINED"], [], None, "exp", ["alg"]]
)
def test_unknown_crit_is_refused(crit):
    """CVE-2025-59420, CVE-2026-32597: none is understood, so all are refused."""
    with pytest.raises(MalformedJws):
        verify(signed(CLAIMS, {"crit": crit, "http://example.com/UNDEFINED": True}))


@pytest.mark.parametrize("b64_member", [False, True, None, "false"])
def test_unencoded_and_detached_payloads_are_refused(b64_member):
    """RFC 7797: the signature would be over other octets than those that are read."""
    with pytest.raises(MalformedJws):
        verify(signed(CLAIMS, {"b64": b64_member, "crit": ["b64"]}))
    with pytest.raises(MalformedJws):
        verify(signed(CLAIMS, {"b64": b64_member}))
    header, _, signature = GOOD.split(".")
    with pytest.raises(InvalidSignature):
        verify(f"{header}..{signature}")
    with pytest.raises(Malformed):
        verify(f"{header}.{json.dumps(CLAIMS)}.{signature}")


def test_one_token_has_one_reading():
    """CVE-2022-39227: no JSON serialization, and no text that is compact and JSON at once."""
    protected, payload, signature = GOOD.split(".")
    evil = segment({**CLAIMS, "sub": "root"})
    flattened = {"protected": protected, "payload": payload, "signature": signature}
    for text in (
        json.dumps(flattened),
        json.dumps({"payload": payload, "signatures": [flattened]}),
        f'{{"{protected}.{evil}.":"x","protected":"{protected}","payload":"{payload}","signature":"{signature}"}}',
        f'{{"  {protected}.{evil}.{signature}":1}}',
    ):
        with pytest.raises(Malformed):
            verify(text)


@pytest.mark.parametrize(
    "claims", ['{"iss":"https://a","iss":"https://b"}', '{"sub":"alice","\\u0073ub":"root"}']
)
def test_duplicate_members_are_refused(claims):
    """Whoever checks might read the first, whoever uses the last; in the header too."""
    with pytest.raises(MalformedJson, match="twice"):
        verify(signed(claims.encode()))
    header = b64(b'{"alg":"ES256","typ":"at+jwt","alg":"ES256"}')
    signing_input = f"{header}.{segment(CLAIMS)}"
    with pytest.raises(MalformedJson, match="twice"):
        verify(f"{signing_input}.{b64(ES.signing[1](signing_input.encode()))}")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_payload_is_refused(codec):
    """RFC 8725 §3.7: json.loads guesses the encoding of bytes."""
    octets = json.dumps(CLAIMS).encode(codec)
    assert json.loads(octets) == CLAIMS
    with pytest.raises(MalformedJson):
        verify(signed(octets))


@pytest.mark.parametrize("codec", ["utf-32", "utf-32-le", "utf-32-be", "utf-8-sig", "cp037"])
def test_utf32_and_others_are_refused(codec):
    """As UTF-16; and no byte order mark."""
    with pytest.raises(MalformedJson):
        verify(signed(json.dumps(CLAIMS).encode(codec)))


def test_issuer_is_not_compared_by_substring():
    """CVE-2024-53861."""
    for issuer in ("https://", "https://aa", "a", "", "https://a/", "ahttps://a"):
        with pytest.raises(WrongIssuer):
            verify(signed({**CLAIMS, "iss": issuer}))
    with pytest.raises(MalformedClaim):
        verify(signed({**CLAIMS, "iss": ["https://a"]}))


def test_audience_is_checked():
    """A token for one API is not one for another, as a string, in an array, or by substring."""
    for audience in (
        "https://api2",
        "https://ap",
        "api",
        [],
        ["https://api2"],
        ["https://api/"],
        "https://api https://b",
    ):
        with pytest.raises(WrongAudience):
            verify(signed({**CLAIMS, "aud": audience}))
    for audience in ({"https://api": 1}, [["https://api"]], None, 1):
        with pytest.raises(MalformedClaim):
            verify(signed({**CLAIMS, "aud": audience}))


@pytest.mark.parametrize(
    "value", ['"9999999999"', "true", "null", "[]", "{}", "NaN", "Infinity", "1e999", "9" * 400, "9" * 5000]
)
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_times_are_finite_numbers(claim, value):
    """Never expires, or an unexpected error: neither."""
    rest = ",".join(f'"{k}":{json.dumps(v)}' for k, v in CLAIMS.items() if k != claim)
    with pytest.raises((MalformedClaim, MalformedJson)):
        verify(signed(f'{{{rest},"{claim}":{value}}}'.encode()))


@pytest.mark.parametrize(
    "typ", [None, "JWT", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "secevent+jwt"]
)
def test_an_id_token_is_no_access_token(typ):
    """RFC 9700 §4.6, RFC 8725 §3.12: by typ, and in both directions."""
    header = {"alg": "ES256"} if typ is None else {"alg": "ES256", "typ": typ}
    with pytest.raises(WrongType):
        verify(token(header, CLAIMS, ES))
    with pytest.raises(WrongType):
        verify(GOOD, typ=None)


def test_psychic_signatures_are_refused():
    """CVE-2022-21449: r = s = 0."""
    for alg, size in (("ES256", 64), ("ES384", 96), ("ES512", 132), ("EdDSA", 64)):
        signing_input = jwt.sign(CLAIMS, key(alg), typ="at+jwt").rpartition(".")[0]
        with pytest.raises(InvalidSignature):
            verify(f"{signing_input}.{b64(bytes(size))}", key(alg))


def test_pkcs1_padding_is_exact():
    """CVE-2006-4339: garbage after the hash, other padding, octets before it."""
    header_and_claims = jwt.sign(CLAIMS, RS, typ="at+jwt").rpartition(".")[0]
    private = RS.to_dict(private=True)
    n, d = (int.from_bytes(b64url_decode(private[name]), "big") for name in ("n", "d"))
    digest_info = bytes.fromhex("3031300d060960864801650304020105000420")
    hashed = digest_info + hashlib.sha256(header_and_claims.encode()).digest()
    exact = b"\0\1" + b"\xff" * (256 - 3 - len(hashed)) + b"\0" + hashed

    def spelled(encoded, before=b""):
        octets = pow(int.from_bytes(encoded, "big"), d, n).to_bytes(256, "big")
        return f"{header_and_claims}.{b64(before + octets)}"

    assert verify(spelled(exact), RS)
    for encoded in (
        b"\0\1" + b"\xff" * 8 + b"\0" + hashed + bytes(256 - 11 - len(hashed)),
        b"\0\1" + b"\xfe" * (256 - 3 - len(hashed)) + b"\0" + hashed,
        b"\0\2" + b"\xff" * (256 - 3 - len(hashed)) + b"\0" + hashed,
        b"\0\1" + b"\xff" * (256 - 3 - 32) + b"\0" + hashed[-32:],
    ):
        with pytest.raises(InvalidSignature):
            verify(spelled(encoded), RS)
    with pytest.raises(InvalidSignature):
        verify(spelled(exact, before=b"\0"), RS)


def test_a_token_has_one_spelling():
    """Padding, other bits, other alphabet, white space, DER: revocation by string must not be passed by."""
    protected, payload, signature = GOOD.split(".")
    last = signature[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_octets = signature[:-1] + alphabet[alphabet.index(last) | 1]
    for text in (
        f"{protected}.{payload}.{signature}==",
        f"{protected}.{payload}.{same_octets}",
        f"{protected}.{payload}.{signature}\n",
        f"{protected}.{payload}\n.{signature}",
        f" {GOOD}",
        f"{protected}=.{payload}.{signature}",
    ):
        with pytest.raises(MalformedBase64url):
            verify(text)


def test_keys_of_wrong_use():
    """use=enc, key_ops, oct in a key set, RSA of 1024 bits, another curve, a point off the curve."""
    public = ES.to_dict()
    point = bytearray(b64url_decode(public["y"]))
    point[0] ^= 1
    small = rsa.generate_private_key(65_537, 1024).public_key().public_numbers()
    for members in (
        {**public, "use": "enc"},
        {**{k: v for k, v in public.items() if k != "use"}, "key_ops": ["encrypt"]},
        {**public, "crv": "P-384"},
        {**public, "y": b64(bytes(point))},
        {"kty": "RSA", "kid": ES.kid, "e": "AQAB", "n": b64(small.n.to_bytes(128, "big"))},
        {**HS.to_dict(private=True), "kid": ES.kid},
    ):
        with pytest.raises((UnsupportedAlgorithm, NoMatchingKey)):
            verify(GOOD, parse_jwks({"keys": [members]}))


@pytest.mark.parametrize("secret", ["", "secret", "0123456789012345678901234567890"])
def test_short_secrets_are_refused(secret):
    """RFC 7518 §3.2: what can be guessed offline signs nothing."""
    with pytest.raises(InvalidKey):
        symmetric_jwk(secret, "HS256")
    with pytest.raises(InvalidKey):
        parse_jwk({"kty": "oct", "alg": "HS256", "k": b64(secret.encode())})


@pytest.mark.parametrize(
    "text",
    [
        "." * 16_000,
        "a." * 8_000,
        "." * 100_000_000,
        "A" * 16_384,
        segment({"alg": "ES256"}) + "." + b64(b"[" * 12_000) + ".AAAA",
        b64(b'{"alg":' + b"[" * 12_000) + "..",
        b64(b'{"alg":"' + b'\\"[' * 4_000) + "..",
    ],
    ids=["dots", "segments", "huge", "long", "deep payload", "deep header", "quotes"],
)
def test_size_and_depth_are_bounded(text):
    """CVE-2025-61920, CVE-2025-53864: refused before the signature, and quickly."""
    begun = time.process_time()
    with pytest.raises(JoseError):
        verify(text)
    assert time.process_time() - begun < 0.5  # a hundred times what it takes; quadratic work takes longer
    with pytest.raises(MalformedJson):
        parse_json_object(b'{"a":' + b"[" * 30_000)


@pytest.mark.parametrize("alg", ["PBES2-HS256+A128KW", "RSA1_5", "RSA-OAEP", "dir", "ECDH-ES", "A128KW"])
def test_encryption_algorithms_are_not_offered(alg):
    """CVE-2026-27932 and others (p2c), CVE-2026-28490, CVE-2016-6298 (RSA1_5): nothing here runs them."""
    header = {"alg": alg, "enc": "A128GCM", "p2c": 2**31 - 1, "p2s": "AAAA"}
    for text in (f"{segment(header)}.AAAA.AAAA.AAAA.AAAA", f"{segment(header)}.AAAA.AAAA"):
        with pytest.raises(Malformed):
            verify(text)
    with pytest.raises((UnsupportedAlgorithm, NoMatchingKey)):
        verify(f"{segment({'alg': alg})}.AAAA.AAAA", Jwks((ES, RS)), [*ALGORITHMS, alg])


def test_compression_is_refused():
    """CVE-2024-28102, CVE-2026-39373, CVE-2024-28176, CVE-2024-33664; RFC 8725 §3.6."""
    for value in ("DEF", "none", None, ""):
        with pytest.raises(MalformedJws):
            verify(signed(CLAIMS, {"zip": value}))


def test_encryption_is_no_signature():
    """CVE-2026-29000, CVE-2026-9793: five segments, three that say `enc`, bare JSON: refused."""
    for text in (
        f"{segment({'alg': 'RSA-OAEP', 'enc': 'A128GCM', 'cty': 'JWT'})}.AAAA.AAAA.AAAA.AAAA",
        json.dumps(CLAIMS),
        segment(CLAIMS),
        f"..{segment(CLAIMS)}",
    ):
        with pytest.raises(Malformed):
            verify(text)
    with pytest.raises(MalformedJws):
        verify(signed(CLAIMS, {"enc": "A128GCM"}))


def test_a_forged_alg_asks_for_no_new_keys():
    """CVE-2026-48524: only an unknown kid is `NoMatchingKey`, which lets a cache fetch again, at its pace."""
    keys = Jwks((ES.public(), RS.public()))
    with pytest.raises(NoMatchingKey):
        verify(signed(CLAIMS, {"kid": "random"}), keys)
    with pytest.raises(UnsupportedAlgorithm):
        verify(token({"alg": "RS256", "kid": ES.kid}, CLAIMS, ES), keys)


def test_an_assertion_does_not_choose_its_algorithm():
    """CVE-2026-11800: the key registered for a client is for its algorithm alone."""
    ps256 = parse_jwk({**RS.to_dict(private=True), "alg": "PS256"})
    with pytest.raises((UnsupportedAlgorithm, NoMatchingKey)):
        verify(jwt.sign(CLAIMS, ps256, typ="at+jwt"), Jwks((RS.public(),)))
