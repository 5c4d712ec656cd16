"""`authwright token` and `authwright explain`, against `authwright dev`."""

import pytest

from authwright.idp.configuration_error import Problem
from authwright.jose import jws
from authwright.jose.encoding import parse_json_object
from support.cli import authwright, development_server, in_process
from support.serving import free_port


def claims(token):
    return parse_json_object(jws.parse(token).unverified_payload)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("token")


@pytest.fixture(scope="module", autouse=True)
def server(place):
    with development_server(place, free_port()) as running:
        yield running


@pytest.fixture(scope="module")
def alices(place, server):
    return authwright("token", "--as", "alice", cwd=place).out.strip()


def test_a_person_s_token_is_printed_and_nothing_else(place):
    """$(authwright token …) is the token: an RFC 9068 JWT for the API of the development server."""
    done = authwright("token", "--as", "alice", cwd=place)
    assert (done.code, done.err) == (0, "")
    assert done.out.count("\n") == 1
    token = done.out.strip()
    assert jws.parse(token).header["typ"] == "at+jwt"
    assert claims(token)["aud"] == "http://localhost:8000"
    assert claims(token)["scope"] == "items:read items:write"
    assert claims(token)["roles"] == ["admin"]
    assert claims(token)["groups"] == ["editors"]
    assert claims(token)["client_id"] == "web"


def test_the_scope_can_be_chosen(place):
    """What one has to see at a glance."""
    token = authwright("token", "--as", "bob", "--scope", "items:read", cwd=place).out.strip()
    assert claims(token)["scope"] == "items:read"
    assert claims(token)["groups"] == ["readers"]
    assert "roles" not in claims(token)


def test_the_resource_can_be_named(place):
    """RFC 8707 §2."""
    done = authwright(
        "token", "--as", "bob", "--scope", "items:read", "--resource", "http://localhost:8000", cwd=place
    )
    assert claims(done.out.strip())["aud"] == "http://localhost:8000"


def test_a_machine_gets_one_in_its_own_name(place):
    """client_credentials: RFC 6749 §4.4, RFC 9068 §2.2, sub is the client."""
    token = authwright("token", "--client", "worker", cwd=place).out.strip()
    assert claims(token)["sub"] == claims(token)["client_id"] == "worker"
    assert "auth_time" not in claims(token)


def test_a_person_signs_in_as_in_a_browser(place, server):
    """Real requests: the server logs a login, a code and a token."""
    assert authwright("token", "--as", "alice", cwd=place).code == 0
    for event in ("login.succeeded", "code.issued", "token.issued"):
        server.wait_for(event)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--as", "carol"), 1, "AW407"),
        (("--as", "alice", "--scope", "items:fly"), 1, "AW406"),
        (("--as", "alice", "--resource", "https://another.example"), 1, "AW406"),
        (("--as", "alice", "--client", "worker"), 1, "AW407"),
        (("--as", "alice", "--client", "nobody"), 1, "authwright client show nobody"),
        (("--client", "nobody"), 1, "AW410"),
        (("--client", "web", "--secret-file", ".authwright/password"), 1, "AW406"),
        (("--client", "worker", "--scope", "openid"), 1, "AW406"),
        (("--client", "worker", "--issuer", "http://localhost:1"), 1, "AW402"),
        (("--client", "worker", "--issuer", "http://id.example.com"), 2, "https"),
        ((), 2, "--as"),
    ],
)
def test_what_is_refused_says_why(place, arguments, code, said):
    """One message, no token, no traceback."""
    done = in_process("token", *arguments, cwd=place)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_without_a_server_the_message_says_how_to_start_one(tmp_path):
    """Nothing is configured here."""
    done = in_process("token", "--as", "alice", cwd=tmp_path)
    assert done.code == 2
    assert Problem.MISSING.value in done.err


def test_a_good_token_is_explained(place, alices):
    """Aligned, each check with what was found."""
    done = authwright("explain", alices, "--for", "http://localhost:8000", cwd=place)
    assert done.code == 0
    lines = done.out.splitlines()
    assert "  ok    signature   ES256, key " in done.out
    issuer = claims(alices)["iss"]
    assert f"  ok    issuer      {issuer}" in lines
    assert "  ok    audience    http://localhost:8000" in lines
    assert all(line.startswith("  ok    ") for line in lines)


def test_a_wrong_audience_is_explained(place, alices):
    """A line with its code, and what to change."""
    done = in_process("explain", alices, "--for", "https://api.example.com", cwd=place)
    assert done.code == 1
    line = 'token is for "http://localhost:8000"; this API is "https://api.example.com"   AW105'
    assert f"  FAIL  audience    {line}" in done.out.splitlines()
    assert "Request the token with resource" in done.out


def test_a_token_can_come_by_standard_input(place, alices):
    """It stays out of the shell's history; however it was copied."""
    for text in (alices, f"Bearer {alices}\n", f"Authorization: Bearer {alices}"):
        assert in_process("explain", cwd=place, input=text).code == 0


def test_a_tampered_token_is_explained(place, alices):
    """The signature fails; the rest is explained all the same."""
    head, body, signature = alices.split(".")
    forged = f"{head}.{body}.{'A' * len(signature)}"
    done = in_process("explain", forged, cwd=place)
    assert done.code == 1
    assert re_line(done.out, "signature").startswith("  FAIL")
    assert re_line(done.out, "issuer").startswith("  ok")


def re_line(output, name):
    return next(line for line in output.splitlines() if line[8:].startswith(name))


@pytest.mark.parametrize("garbage", ["x", "a.b.c", "....", "eyJhbGciOiJub25lIn0.e30.", "\u202e", "%00"])
def test_garbage_is_explained_too(place, garbage):
    """Whatever it is, there is an answer, and no traceback."""
    done = in_process("explain", "--claims", cwd=place, input=garbage)
    assert done.code == 1
    assert "FAIL" in done.out
    assert "Traceback" not in done.err
    assert all(line.isprintable() for line in done.out.splitlines())


def test_every_claim_is_explained(place, alices):
    """--claims: each with its value and what it means."""
    done = in_process("explain", alices, "--claims", cwd=place)
    for name in claims(alices):
        assert f"\n    {name}" in done.out
    assert "RFC 9068" in done.out
    assert "a claim of this issuer's own" not in done.out


def test_a_token_can_be_explained_far_from_its_issuer(tmp_path, alices):
    """Without settings, keys are those of the issuer that the token names, and the issuer is not judged."""
    done = in_process("explain", alices, cwd=tmp_path)
    assert done.code == 0
    assert re_line(done.out, "signature").startswith("  ok")
    assert re_line(done.out, "issuer").startswith("  skip")


def test_an_issuer_that_does_not_answer_is_said(tmp_path, alices):
    """The signature cannot be judged, and everything else is."""
    done = in_process("explain", alices, "--issuer", "http://localhost:1", cwd=tmp_path)
    assert re_line(done.out, "signature").startswith("  skip")
    assert "http://localhost:1" in re_line(done.out, "keys")
