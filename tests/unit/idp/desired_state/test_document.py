"""authwright.idp.desired_state.document: a file is read strictly, and what is wrong says what to write."""

import textwrap

import pytest

from authwright.authorization_server.records import ScopeDescription
from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.desired_state.document import DesiredState, read_document
from authwright.idp.records import Group
from authwright.jose.jwk import generate_jwk
from authwright.oauth.scope import Scope

WEB = """
[[client]]
client_id = "web"
client_name = "Web"
redirect_uris = ["https://app.example.com/cb"]
"""


def read(text, directory="."):
    from pathlib import Path

    return read_document(textwrap.dedent(text), Path(directory))


def refusal(text, directory="."):
    with pytest.raises(DeclarationError) as caught:
        read(text, directory)
    return caught.value


def test_an_empty_file_declares_nothing():
    """Nothing is required in a file."""
    assert read("") == DesiredState()


def test_an_api_has_the_defaults_of_the_product():
    """ES256 JWTs, and the lifetime of the policy."""
    (api,) = read('[[api]]\nresource = "https://api.example.com"\nname = "API"').apis
    assert (api.access_token_format, api.access_token_signed_response_alg) == ("jwt", "ES256")
    assert api.access_token_lifetime is None
    assert api.scopes == ()


def test_an_api_in_full():
    """Every key of an API is read to its type."""
    (api,) = read(
        """
        [[api]]
        resource = "https://api.example.com"
        name = "API"
        scopes = { "b:read" = "Read", "a:read" = "Look" }
        access_token_format = "opaque"
        access_token_signed_response_alg = "EdDSA"
        access_token_lifetime = "5m"
        introspection_clients = ["api"]
        """
    ).apis
    assert api.scopes == (ScopeDescription("a:read", "Look"), ScopeDescription("b:read", "Read"))
    assert api.access_token_format == "opaque"
    assert api.access_token_lifetime == 300
    assert api.introspection_clients == {"api"}


def test_a_client_has_the_defaults_of_the_product():
    """A web application with a secret, the code flow, PKCE, no consent."""
    (declared,) = read(WEB).clients
    client = declared.client
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.grant_types == {"authorization_code", "refresh_token"}
    assert client.response_types == {"code"}
    assert client.scope == Scope("openid", "profile", "email")
    assert client.require_pkce
    assert not client.require_consent
    assert not declared.disabled
    assert declared.secret is None


def test_a_machine_has_no_response_types():
    """Who never goes to the authorization endpoint may not register for it."""
    (declared,) = read(
        '[[client]]\nclient_id = "m"\nclient_name = "M"\ngrant_types = ["client_credentials"]'
    ).clients
    assert declared.client.response_types == frozenset()


def test_a_client_can_bring_its_keys():
    """private_key_jwt with the keys in the file. RFC 7591 §2, jwks."""
    key = generate_jwk("ES256").public().to_dict()
    members = ", ".join(f'{name} = "{value}"' for name, value in key.items())
    (declared,) = read(
        WEB + f'token_endpoint_auth_method = "private_key_jwt"\njwks = {{ keys = [{{ {members} }}] }}'
    ).clients
    assert [key.kid for key in declared.client.jwks.keys] == [key["kid"]]


def test_groups_and_people():
    """Claims are those that were named, and no others."""
    state = read(
        """
        [[group]]
        name = "editors"
        roles = ["editor"]

        [[user]]
        username = "Alice"
        groups = ["editors"]
        email = "alice@example.com"
        email_verified = true
        address = { locality = "Vienna" }
        """
    )
    assert state.groups == (Group("editors", ("editor",)),)
    (person,) = state.people
    assert (person.username, person.normal_username) == ("Alice", "alice")
    assert person.roles is None
    assert person.claims == {
        "email": "alice@example.com",
        "email_verified": True,
        "address": {"locality": "Vienna"},
    }


@pytest.mark.parametrize(
    ("text", "problem", "write"),
    [
        ("[[client", Problem.NOT_TOML, "[[client]]"),
        ("[[clients]]", Problem.UNKNOWN_KEY, "[[client]]"),
        ('client = "web"', Problem.INVALID_VALUE, "[[client]]"),
        ("client = [1]", Problem.INVALID_VALUE, "[[client]]"),
        (WEB + 'redirect_url = "x"', Problem.UNKNOWN_KEY, "redirect_uris in its place"),
        ('[[client]]\nclient_id = "web"', Problem.MISSING_KEY, 'client_name = "Notes"'),
        (WEB + WEB, Problem.DECLARED_TWICE, "one [[client]]"),
        ('[[user]]\nusername = "a"\n[[user]]\nusername = "A"', Problem.DECLARED_TWICE, "one [[user]]"),
        (WEB + 'require_pkce = "no"', Problem.INVALID_VALUE, "require_pkce = true"),
        (WEB + 'scope = ["openid"]', Problem.INVALID_VALUE, 'scope = "openid profile email"'),
        (WEB + 'grant_types = ["password"]', Problem.INVALID_VALUE, "grant_types = "),
        (WEB + 'roles = ["a", "a"]', Problem.INVALID_VALUE, "roles = "),
        (WEB + 'roles = ["with space"]', Problem.INVALID_VALUE, "roles = "),
        (WEB + 'default_max_age = "soon"', Problem.INVALID_VALUE, "default_max_age = "),
        (WEB + 'logo_uri = "javascript:alert(1)"', Problem.INVALID_VALUE, "logo_uri = "),
        (WEB + 'logo_uri = "http://cdn.example.com/a.png"', Problem.INVALID_VALUE, "logo_uri = "),
        (WEB + 'id_token_signed_response_alg = "none"', Problem.INVALID_VALUE, '"RS256"'),
        (WEB + 'id_token_signed_response_alg = "HS256"', Problem.INVALID_VALUE, '"RS256"'),
        ('[[api]]\nresource = "api#x"\nname = "A"', Problem.INVALID_VALUE, "resource = "),
        ('[[api]]\nresource = "a:b"\nname = "A"\nscopes = ["x"]', Problem.INVALID_VALUE, "scopes = "),
        (
            '[[api]]\nresource = "a:b"\nname = "A"\n[api.scopes]\nopenid = "x"',
            Problem.INVALID_VALUE,
            "scopes",
        ),
        ('[[api]]\nresource = "a:b"\nname = "A"\n[api.scopes]\n"a b" = "x"', Problem.INVALID_VALUE, "scopes"),
        ('[[api]]\nresource = "a:b"\nname = "A\\u0007"', Problem.INVALID_VALUE, "name = "),
        ('[[group]]\nname = ""', Problem.INVALID_VALUE, "name = "),
        ('[[user]]\nusername = "a b"', Problem.INVALID_VALUE, "username = "),
        ('[[user]]\nusername = "a"\nemail_verified = "true"', Problem.INVALID_VALUE, "email_verified = true"),
        ('[[user]]\nusername = "a"\nbirthdate = 1984-02-29', Problem.INVALID_VALUE, "birthdate = "),
        ('[[user]]\nusername = "a"\naddress = { town = "V" }', Problem.INVALID_VALUE, "address = "),
        ('[[user]]\nusername = "a"\nupdated_at = 1', Problem.UNKNOWN_KEY, ""),
        ('[[user]]\nusername = "a"\ninitial_password_file = "none"', Problem.UNREADABLE_SECRET, "secrets/"),
    ],
)
def test_what_is_wrong_says_what_to_write(text, problem, write):
    """Unknown keys and wrong values are refused, never ignored: a misspelt key would silently do nothing."""
    error = refusal(text)
    assert error.problem is problem
    assert write in error.write
    assert "\n" not in (error.received or "")


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("grant_types = []", "grant_types"),
        ('grant_types = ["refresh_token"]', "grant_types"),
        ('grant_types = ["client_credentials"]', "grant_types"),
        ('token_endpoint_auth_method = "private_key_jwt"', "jwks_uri"),
        ('token_endpoint_auth_method = "none"\nrequire_pkce = false', "require_pkce"),
        (
            'token_endpoint_auth_method = "none"\ngrant_types = ["authorization_code", "client_credentials"]',
            "token_endpoint_auth_method",
        ),
        (
            'token_endpoint_auth_method = "none"\nclient_secret_file = "x"',
            "token_endpoint_auth_method",
        ),
    ],
)
def test_a_client_may_not_contradict_itself(lines, key):
    """RFC 6749 §4.4, RFC 7591 §2, RFC 9700 §2.1.1: what cannot work, or protects nobody, is refused."""
    error = refusal(WEB + lines)
    assert error.problem is Problem.CONTRADICTION
    assert error.where.endswith(key)


def test_a_client_of_the_code_flow_needs_a_redirect_uri():
    """Without one there is nowhere to send the code."""
    error = refusal('[[client]]\nclient_id = "a"\nclient_name = "A"')
    assert error.problem is Problem.CONTRADICTION
    assert error.write.startswith("redirect_uris = ")


@pytest.mark.parametrize("key", ["redirect_uris", "post_logout_redirect_uris"])
@pytest.mark.parametrize(
    "uri",
    ["http://app.example.com/cb", "javascript:alert(1)", "https://app.example.com/cb#x", "com.example:/cb"],
)
def test_redirect_uris_are_checked_at_registration(key, uri):
    """RFC 9700 §4.1.3, RFC 8252 §7.1: a private-use scheme is for native applications."""
    text = (
        WEB.replace("https://app.example.com/cb", uri)
        if key == "redirect_uris"
        else f'{WEB}{key} = ["{uri}"]'
    )
    error = refusal(text)
    assert error.problem is Problem.INVALID_VALUE
    assert error.where.endswith(key)


def test_a_native_client_may_have_a_private_use_scheme():
    """RFC 8252 §7.1."""
    text = WEB.replace("https://app.example.com/cb", "com.example:/cb") + 'application_type = "native"'
    assert read(text).clients[0].client.redirect_uris == ("com.example:/cb",)


def write_secret(path, content, mode=0o600):
    path.write_text(content)
    path.chmod(mode)


def test_a_client_secret_comes_from_a_file_of_its_own(tmp_path):
    """The declaration gets committed; the secret does not."""
    write_secret(tmp_path / "web.secret", "k3Jf9-Ls0aPqXv82mN4bTz7RwYc6UeHd\n")
    (declared,) = read(WEB + 'client_secret_file = "web.secret"', tmp_path).clients
    assert declared.secret.reveal() == "k3Jf9-Ls0aPqXv82mN4bTz7RwYc6UeHd"


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        ("k3Jf9-Ls0aPqXv82", 0o600, Problem.WEAK_SECRET),
        ("correct horse battery staple forever", 0o600, Problem.WEAK_SECRET),
        ("a" * 40, 0o600, Problem.WEAK_SECRET),
        ("", 0o600, Problem.UNREADABLE_SECRET),
        ("k3Jf9-Ls0aPqXv82mN4bTz7RwYc6UeHd", 0o604, Problem.UNREADABLE_SECRET),
    ],
)
def test_a_secret_that_is_weak_or_exposed_is_refused(tmp_path, content, mode, problem):
    """A secret that somebody thought of would be found behind its SHA-256; one that all can read is none."""
    write_secret(tmp_path / "web.secret", content, mode)
    error = refusal(WEB + 'client_secret_file = "web.secret"', tmp_path)
    assert error.problem is problem
    assert content == "" or content not in str(error)


def test_a_secret_file_that_is_not_there_is_named(tmp_path):
    """What is missing is said by its path, as the file names it."""
    error = refusal(WEB + 'client_secret_file = "nothing"', tmp_path)
    assert error.problem is Problem.UNREADABLE_SECRET
    assert "nothing" in error.received
