"""authwright.oauth.client_secret."""

import base64

import pytest

from authwright.oauth.client_secret import ClientCredentials, is_basic, read_basic, read_form, write_basic
from authwright.oauth.errors import InvalidClient
from authwright.oauth.types import ClientId, Secret


def basic(user_pass: bytes) -> str:
    return "Basic " + base64.b64encode(user_pass).decode()


def test_example_of_the_specification():
    """The header of RFC 6749 §2.3.1."""
    credentials = read_basic("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3")
    assert credentials.client_id == "s6BhdRkqt3"
    assert credentials.client_secret.reveal() == "7Fjfp0ZBr1KtDRbnfVdmIw"


@pytest.mark.parametrize(
    ("client_id", "secret"), [("a", "b"), ("a:b", "c:d"), ("ü %+", "&=é\n"), ("https://a/b", "~")]
)
def test_round_trip(client_id, secret):
    """Both parts are form-urlencoded first, so that they may hold a colon. RFC 6749 §2.3.1."""
    credentials = read_basic(write_basic(ClientCredentials(ClientId(client_id), Secret(secret))))
    assert credentials.client_id == client_id
    assert credentials.client_secret.reveal() == secret


@pytest.mark.parametrize("authorization", ["basic YTpi", "BASIC  YTpi", "Basic YTpi"])
def test_scheme_in_any_case(authorization):
    """The scheme ignores case and is followed by one or more spaces. RFC 9110 §11.1."""
    assert is_basic(authorization)
    assert read_basic(authorization).client_secret.reveal() == "b"


@pytest.mark.parametrize("authorization", ["", "Bearer x", "BasicYTpi", "Digest x"])
def test_other_schemes(authorization):
    """Only the scheme Basic carries a client's password."""
    assert not is_basic(authorization)
    with pytest.raises(InvalidClient, match="well-formed"):
        read_basic(authorization)


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic ", "Basic\tYTpi", "Basic YTpi x", "Basic YTpi\n", "Basic Y-_i", "Basic ä"],
)
def test_malformed_header(authorization):
    """What is not token68 after the scheme is refused. RFC 7617 §2."""
    with pytest.raises(InvalidClient, match="well-formed"):
        read_basic(authorization)


def test_not_base64():
    """A length that base64 cannot have is refused."""
    with pytest.raises(InvalidClient, match="not base64"):
        read_basic("Basic YTpib")


@pytest.mark.parametrize("user_pass", [b"", b"a", b":", b"a:", b":b"])
def test_both_parts_are_needed(user_pass):
    """A secret that is empty authenticates nobody."""
    with pytest.raises(InvalidClient, match=r"lack|well-formed"):
        read_basic(basic(user_pass))


@pytest.mark.parametrize("user_pass", [b"a:%", b"%zz:b", b"a:\xff", b"a:%00"])
def test_not_form_urlencoded(user_pass):
    """Broken escapes, broken UTF-8 and NUL are refused. RFC 6749 §2.3.1, appendix B."""
    with pytest.raises(InvalidClient, match="form-urlencoded"):
        read_basic(basic(user_pass))


def test_form():
    """client_id and client_secret in the body. RFC 6749 §2.3.1."""
    credentials = read_form({"client_id": "a", "client_secret": "b"})
    assert credentials is not None
    assert credentials.client_id == "a"
    assert credentials.client_secret.reveal() == "b"
    assert read_form({"client_id": "a"}) is None


def test_form_without_client_id():
    """A secret of nobody is refused."""
    with pytest.raises(InvalidClient, match="without client_id"):
        read_form({"client_secret": "b"})


def test_secret_is_not_shown():
    """The repr of credentials does not show the secret."""
    assert "hunter2" not in repr(read_form({"client_id": "a", "client_secret": "hunter2"}))
