"""authwright.jose.jwks."""

import pytest

from authwright.jose.encoding import dump_json
from authwright.jose.errors import InvalidKey, MalformedJson, NoMatchingKey, UnsupportedAlgorithm
from authwright.jose.jwk import generate_jwk, parse_jwk, symmetric_jwk
from authwright.jose.jwks import Jwks, parse_jwks
from support.jose import key, verifying

ES, RS, ED = (verifying(alg) for alg in ("ES256", "RS256", "EdDSA"))


def without(name, jwk):
    return parse_jwk({member: value for member, value in jwk.to_dict().items() if member != name})


def test_find_by_kid():
    """RFC 7515 §4.1.4."""
    keys = Jwks((ES, RS, ED))
    assert keys.find({"alg": "RS256", "kid": RS.kid}) is RS
    assert keys.find({"alg": "EdDSA", "kid": ED.kid}) is ED


def test_find_without_kid():
    """OpenID Connect Core §10.1: the kid may be absent where one key fits; alg narrows the choice."""
    keys = Jwks((ES, RS))
    assert keys.find({"alg": "ES256"}) is ES
    assert Jwks((ES,)).find({"alg": "ES256"}) is ES


def test_several_fit():
    """Without kid and with two keys that fit, none is tried: the token would choose."""
    other = generate_jwk("ES256").public()
    with pytest.raises(NoMatchingKey, match="several"):
        Jwks((ES, other)).find({"alg": "ES256"})


def test_one_kid_twice():
    """The same kid for two algorithms is told apart by alg; for the same algorithm it is not."""
    one, other = (generate_jwk("ES256", kid="k").public() for _ in range(2))
    rsa = parse_jwk({**RS.to_dict(), "kid": "k"})
    assert Jwks((one, rsa)).find({"alg": "ES256", "kid": "k"}) is one
    with pytest.raises(NoMatchingKey, match="several"):
        Jwks((one, other)).find({"alg": "ES256", "kid": "k"})


@pytest.mark.parametrize(
    "header", [{"alg": "ES256", "kid": "x"}, {"alg": "ES256", "kid": ""}, {"alg": "ES384"}]
)
def test_no_key(header):
    """A fresher set may have it: the caller may fetch again, at its own pace."""
    with pytest.raises(NoMatchingKey, match="no key"):
        Jwks((ES, RS)).find(header)
    with pytest.raises(NoMatchingKey):
        Jwks(()).find(header)


def test_a_key_without_kid_answers_to_no_kid():
    """The header names a key; a nameless one is not it."""
    nameless = without("kid", ES)
    assert Jwks((nameless,)).find({"alg": "ES256"}) is nameless
    with pytest.raises(NoMatchingKey):
        Jwks((nameless,)).find({"alg": "ES256", "kid": ES.kid})


@pytest.mark.parametrize("alg", ["RS256", "HS256", "none", "ES384"])
def test_kid_of_a_key_for_another_algorithm(alg):
    """Refused for good, so that a forged alg does not cause a fetch."""
    with pytest.raises(UnsupportedAlgorithm):
        Jwks((ES, RS)).find({"alg": alg, "kid": ES.kid})


def test_key_for_encryption():
    """A key with use=enc verifies nothing, by name or without."""
    enc = parse_jwk({**ES.to_dict(), "use": "enc"})
    with pytest.raises(UnsupportedAlgorithm):
        Jwks((enc,)).find({"alg": "ES256", "kid": enc.kid})
    with pytest.raises(NoMatchingKey):
        Jwks((enc,)).find({"alg": "ES256"})
    assert Jwks((enc, without("kid", ES))).find({"alg": "ES256"})


def test_rsa_key_without_alg():
    """It is for the whole family, whatever the header names of it."""
    open_key = without("alg", RS)
    for alg in ("RS256", "PS512"):
        assert Jwks((open_key, ES)).find({"alg": alg, "kid": open_key.kid}) is open_key


def test_secrets_and_published_keys_are_not_mixed():
    """RFC 8725 §3.1: which kind of key a token is checked with is not for the token to say."""
    with pytest.raises(InvalidKey, match="mixes"):
        Jwks((key("HS256"), ES))
    secrets = Jwks((symmetric_jwk(bytes(32), "HS256", kid="a"), symmetric_jwk(bytes(33), "HS256", kid="b")))
    assert secrets.find({"alg": "HS256", "kid": "b"}).kid == "b"
    with pytest.raises(InvalidKey):
        secrets.to_dict()


def test_publish_and_parse():
    """RFC 7517 §5; OpenID Connect Discovery: no private parts."""
    published = Jwks((key("ES256"), key("RS256"))).to_dict()
    assert all("d" not in members for members in published["keys"])
    for document in (published, dump_json(published)):
        keys = parse_jwks(document)
        assert [k.kid for k in keys.keys] == [ES.kid, RS.kid]
        assert not any(k.is_private for k in keys.keys)


def test_keys_that_are_not_understood_are_ignored():
    """RFC 7517 §5: unknown, incomplete or out of range; one bad key does not take the rest away."""
    good = ES.to_dict()
    document = {
        "keys": [
            {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
            {"kty": "EC"},
            {**good, "alg": "ECDH-ES"},
            {**good, "y": good["x"]},
            {**good, "kid": 7},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            {},
            None,
            "key",
            [good],
            good,
        ],
        "other": 1,
    }
    assert [k.to_dict() for k in parse_jwks(document).keys] == [good]


def test_secrets_are_not_taken_from_a_published_set():
    """An `oct` key on the web is no secret."""
    document = {"keys": [key("HS256").to_dict(private=True), ES.to_dict()]}
    assert [k.kty for k in parse_jwks(document).keys] == ["EC"]


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_private_keys_are_not_taken_from_a_published_set(alg):
    """Everybody can sign with a private key that was published."""
    members = key(alg).to_dict(private=True)
    assert parse_jwks({"keys": [members]}).keys == ()
    assert parse_jwks({"keys": [{**key(alg).to_dict(), "d": None}]}).keys == ()


@pytest.mark.parametrize(
    "document", [b"{}", b'{"keys":{}}', b'{"keys":null}', b'{"keys":"x"}', {}, {"keys": ()}]
)
def test_not_a_key_set(document):
    """RFC 7517 §5.1: the member keys is an array."""
    with pytest.raises(InvalidKey, match="array"):
        parse_jwks(document)


@pytest.mark.parametrize("document", [b"", b"[]", b'{"keys":[],"keys":[]}', b"<html>"])
def test_not_json(document):
    """An error page is not a key set; nor is one that two parsers read differently."""
    with pytest.raises(MalformedJson):
        parse_jwks(document)
