"""Tokens that somebody made who cannot sign: what is changed in each, and nothing else."""

import json

import pytest

from authwright.client import Tokens
from authwright.demo.web.forgery import FORBIDDEN_SCOPE, FORGERIES, compared
from authwright.jose import jws
from authwright.jose.encoding import b64url_decode, b64url_encode
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Secret


def part(members):
    return b64url_encode(json.dumps(members).encode())


REAL = ".".join(
    (part({"alg": "ES256"}), part({"sub": "bob", "scope": "items:read", "exp": 1}), b64url_encode(bytes(64)))
)
ID_TOKEN = ".".join((part({"alg": "RS256"}), part({"sub": "bob"}), b64url_encode(bytes(256))))


def tokens(**members):
    return Tokens(
        **{
            "issuer": "http://localhost:9000",
            "access_token": Secret(REAL),
            "id_token": Secret(ID_TOKEN),
            "scope": parse_scope("items:read"),
            **members,
        }
    )


def changed(name):
    """The pieces of each part that are not those of the real token."""
    return [[p.text for p in pieces if p.changed] for pieces in compared(FORGERIES[name](tokens()), REAL)]


def test_one_character_of_the_signature():
    assert changed("signature") == [[], [], ["B"]]
    flipped = tokens(access_token=Secret(FORGERIES["signature"](tokens())))
    assert FORGERIES["signature"](flipped) == REAL


def test_more_scope_and_nothing_else():
    """The rest of the claims, their order, header and signature stay."""
    forged = FORGERIES["scope"](tokens())
    header, payload, signature = forged.split(".")
    claims = json.loads(b64url_decode(payload))
    assert claims == {"sub": "bob", "scope": f"items:read {FORBIDDEN_SCOPE}", "exp": 1}
    assert list(claims) == ["sub", "scope", "exp"]
    assert (header, signature) == (REAL.split(".")[0], REAL.split(".")[2])


def test_no_signature():
    """RFC 7518 §3.6: the empty string as its signature."""
    header, payload, signature = FORGERIES["none"](tokens()).split(".")
    assert json.loads(b64url_decode(header)) == {"alg": "none"}
    assert (payload, signature) == (REAL.split(".")[1], "")


def test_another_token():
    assert FORGERIES["id-token"](tokens()) == ID_TOKEN
    assert FORGERIES["id-token"](tokens(id_token=None)) == REAL


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_pieces_make_the_token(name):
    """What is marked and what is not is, together, what was sent."""
    forged = FORGERIES[name](tokens())
    together = ".".join("".join(p.text for p in pieces) for pieces in compared(forged, REAL))
    assert together == forged


@pytest.mark.parametrize("name", ["signature", "scope", "id-token"])
def test_each_is_still_a_token(name):
    """They are well-formed, so what refuses them is a check and not the parser."""
    jws.parse(FORGERIES[name](tokens()))
