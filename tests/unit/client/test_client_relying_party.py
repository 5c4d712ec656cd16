"""What a relying party must refuse, and what it must accept: the provider cheats, the client notices."""

import pytest

from authwright.client import (
    Client,
    ClientSecretBasic,
    ClientSecretPost,
    ErrorResponse,
    InvalidResponse,
    problems,
)
from authwright.jose import jwt
from authwright.jose.jwk import symmetric_jwk
from authwright.oauth.types import Secret
from support.fake_provider import ISSUER, REDIRECT_URI, FakeProvider, Wire, renamed, signing_key


@pytest.fixture
def provider():
    return FakeProvider()


def client_of(provider, **settings):
    return Client(provider.issuer, "web", transport=Wire(provider), clock=provider.clock, **settings)


def sign_in(provider, client=None, **parameters):
    client = client or client_of(provider)
    request = client.begin_login(redirect_uri=REDIRECT_URI, scope="openid email", **parameters)
    return client.finish_login(request.login, provider.authorize(request.authorization_url))


def refused(provider, problem, client=None, **parameters):
    with pytest.raises(InvalidResponse) as caught:
        sign_in(provider, client, **parameters)
    assert caught.value.problem is problem
    return caught.value


def test_an_honest_provider_signs_in(provider):
    """The claims of a good ID token are the person. Core §3.1.3.7."""
    tokens = sign_in(provider)
    assert tokens.sub == "alice"
    assert tokens.issuer == ISSUER
    assert tokens.id_token is not None
    assert tokens.refresh_token is not None
    assert tokens.expires_at == provider.clock.now() + 600
    assert str(tokens.scope) == "email openid"


def test_the_scope_is_the_one_granted(provider):
    """It may be less than was asked for. RFC 6749 §3.3."""
    provider.token_members["scope"] = "openid"
    assert str(sign_in(provider).scope) == "openid"


def test_wrong_issuer(provider):
    """The iss of the ID token "MUST exactly match" the issuer. Core §3.1.3.7 rule 2."""
    provider.claims["iss"] = f"{ISSUER}/"
    error = refused(provider, problems.ID_TOKEN_ISSUER)
    assert (error.received, error.expected) == (f"{ISSUER}/", ISSUER)


@pytest.mark.parametrize("audience", ["another", ["another"]])
def test_wrong_audience(provider, audience):
    """An ID token whose aud does not hold the client_id is refused. Core §3.1.3.7 rule 3."""
    provider.claims["aud"] = audience
    refused(provider, problems.ID_TOKEN_AUDIENCE)


def test_an_audience_that_is_not_trusted(provider):
    """An ID token that is also for somebody not trusted is refused. Core §3.1.3.7 rule 3."""
    provider.claims.update(aud=["web", "stranger"], azp="web")
    refused(provider, problems.ID_TOKEN_AUDIENCE)


def test_an_audience_that_is_trusted(provider):
    """Audiences that the application names are accepted beside its own. Core §3.1.3.7 rule 3."""
    provider.claims.update(aud=["web", "project"], azp="web")
    assert sign_in(provider, client_of(provider, trusted_audiences=("project",))).sub == "alice"


def test_an_authorized_party_that_is_another(provider):
    """An azp that is there must be the client_id. Core §3.1.3.7 rule 5."""
    provider.claims["azp"] = "another"
    refused(provider, problems.ID_TOKEN_AUDIENCE)


@pytest.mark.parametrize("nonce", ["another", None])
def test_wrong_nonce(provider, nonce):
    """The nonce "MUST" be there and be the one sent. Core §3.1.3.7 rule 11."""
    provider.claims["nonce"] = nonce
    refused(provider, problems.ID_TOKEN_NONCE)


def test_wrong_at_hash(provider):
    """An at_hash that is there must be that of the access token. Core §3.1.3.8."""
    provider.claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA"
    refused(provider, problems.ID_TOKEN_HASH)


def test_at_hash_may_be_absent(provider):
    """In the code flow at_hash is optional. Core §3.1.3.6."""
    provider.claims["at_hash"] = None
    assert sign_in(provider).sub == "alice"


def test_wrong_signature(provider):
    """A signature by another key, under the name of a published one, is refused. Core §3.1.3.7 rule 6."""
    provider.key = renamed(signing_key("RS256", "stranger"), "first")
    refused(provider, problems.ID_TOKEN_MALFORMED)


def test_unsigned(provider):
    """An ID token with alg none is refused: the client did not register for it. Core §3.1.3.7 rule 7."""
    _, payload, _ = provider.id_token("n", "t").split(".")
    provider.token_members["id_token"] = f"eyJhbGciOiJub25lIn0.{payload}."
    refused(provider, problems.ID_TOKEN_ALGORITHM)


@pytest.mark.parametrize("claim", ["sub", "iat", "exp"])
def test_missing_claim(provider, claim):
    """sub, iat and exp are REQUIRED. Core §2."""
    provider.claims[claim] = None
    assert refused(provider, problems.ID_TOKEN_CLAIMS).expected == claim


def test_malformed_claim(provider):
    """A claim of another JSON type is refused, never coerced."""
    provider.claims["sub"] = 7
    refused(provider, problems.ID_TOKEN_CLAIMS)


def test_expired(provider):
    """The current time "MUST be before" exp. Core §3.1.3.7 rule 9."""
    provider.claims["exp"] = provider.clock.now() - 31
    refused(provider, problems.ID_TOKEN_TIME)


def test_kid_absent_with_one_key(provider):
    """Without kid the only key of the set is meant. Core §10.1."""
    provider.forget_kid()
    assert sign_in(provider).sub == "alice"


def test_kid_absent_with_several_keys(provider):
    """With several keys "a kid value MUST be provided". Core §10.1."""
    provider.published = [provider.key, signing_key("RS256", "second")]
    provider.forget_kid()
    refused(provider, problems.ID_TOKEN_KEY)


def test_rotated_key(provider):
    """A kid that is not known makes the client fetch the keys again, once. Core §10.1.1."""
    client = client_of(provider)
    sign_in(provider, client)
    provider.rotate()
    assert sign_in(provider, client).sub == "alice"
    fetched = [request for request in provider.requests if request.url.endswith("/jwks")]
    assert len(fetched) == 2


@pytest.mark.parametrize("kid", [None, "first"])
def test_rotated_key_that_is_not_told_by_its_name(provider, kid):
    """
    Core §10.1: an issuer of one key need not name it. That it has another shows in the signature alone, as
    does an issuer that is set up anew under the old names; sign-in does not fail until the keys are old.
    """
    client = client_of(provider)
    provider.key = renamed(provider.key, kid)
    sign_in(provider, client)
    provider.key = renamed(signing_key("RS256", "second"), kid)
    provider.published = [provider.key]
    assert sign_in(provider, client).sub == "alice"
    fetched = [request for request in provider.requests if request.url.endswith("/jwks")]
    assert len(fetched) == 2


def test_a_key_that_is_never_published(provider):
    """A kid that is not among the fresh keys either is refused; nobody asks a third time."""
    client = client_of(provider)
    sign_in(provider, client)
    provider.rotate(publish=False)
    refused(provider, problems.ID_TOKEN_KEY, client)
    fetched = [request for request in provider.requests if request.url.endswith("/jwks")]
    assert len(fetched) == 2


def test_the_algorithm_must_be_the_registered_one(provider):
    """The alg is RS256 unless the client registered another. Core §3.1.3.7 rule 7."""
    cheating = FakeProvider(alg="ES256")
    refused(cheating, problems.ID_TOKEN_ALGORITHM)
    assert sign_in(cheating, client_of(cheating, id_token_signed_response_alg="ES256")).sub == "alice"


SECRET = Secret("a client secret of more than thirty-two octets")


def test_an_id_token_signed_with_the_client_secret(provider):
    """For HS256 the octets of the client secret are the key. Core §3.1.3.7 rule 8, §10.1."""
    provider.key = symmetric_jwk(SECRET.reveal(), "HS256")
    provider.respond["/jwks"] = lambda _: pytest.fail("the keys of the issuer do not matter")
    for auth in (ClientSecretBasic(SECRET), ClientSecretPost(SECRET)):
        client = client_of(provider, auth=auth, id_token_signed_response_alg="HS256")
        assert sign_in(provider, client).sub == "alice"


def test_a_public_client_has_no_key_for_hs256(provider):
    """Without a client secret nothing can be signed with it; least of all with the empty key."""
    provider.key = symmetric_jwk("x" * 32, "HS256")
    refused(provider, problems.ID_TOKEN_KEY, client_of(provider, id_token_signed_response_alg="HS256"))


def test_a_client_secret_that_is_too_short_for_hs256(provider):
    """The key is at least as long as the hash. RFC 7518 §3.2."""
    client = client_of(
        provider, auth=ClientSecretBasic(Secret("short")), id_token_signed_response_alg="HS256"
    )
    refused(provider, problems.ID_TOKEN_ALGORITHM, client)


def test_hs256_is_not_accepted_unless_registered(provider):
    """The published key is never a shared secret, whatever the header says."""
    provider.key = symmetric_jwk(SECRET.reveal(), "HS256")
    refused(provider, problems.ID_TOKEN_ALGORITHM, client_of(provider, auth=ClientSecretBasic(SECRET)))


def test_another_kind_of_token_is_no_id_token(provider):
    """A JWT of another type, such as an access token, is refused. RFC 8725 §3.11."""
    provider.token_members["id_token"] = jwt.sign({"iss": ISSUER, "aud": "web"}, provider.key, typ="at+jwt")
    refused(provider, problems.ID_TOKEN_CLAIMS)


def test_id_token_missing(provider):
    """The answer to a request with openid has an ID token. Core §3.1.3.3."""
    provider.token_members["id_token"] = None
    refused(provider, problems.ID_TOKEN_MISSING)


def test_max_age_asks_for_a_recent_authentication(provider):
    """When max_age was sent, auth_time must be there and recent. Core §3.1.3.7 rule 13."""
    provider.claims["auth_time"] = provider.clock.now() - 300
    refused(provider, problems.ID_TOKEN_AUTHENTICATION, max_age=60)
    assert sign_in(provider, max_age=400).sub == "alice"


def test_max_age_needs_auth_time(provider):
    """When max_age was sent, auth_time is REQUIRED. Core §2."""
    provider.claims["auth_time"] = None
    refused(provider, problems.ID_TOKEN_CLAIMS, max_age=60)


def test_userinfo_sub_mismatch(provider):
    """Userinfo about anybody else than the ID token "MUST NOT be used". Core §5.3.2."""
    client = client_of(provider)
    tokens = sign_in(provider, client)
    assert client.userinfo(tokens)["email"] == "alice@example.com"
    provider.userinfo["sub"] = "bob"
    with pytest.raises(InvalidResponse) as caught:
        client.userinfo(tokens)
    assert caught.value.problem is problems.FOREIGN_USERINFO


def test_an_access_token_of_an_id_token_that_was_not_asked_for(provider):
    """Without openid an ID token in the answer is an unknown member: ignored, and nobody is signed in."""
    client = client_of(provider)
    request = client.begin_login(redirect_uri=REDIRECT_URI, scope="items:read")
    tokens = client.finish_login(request.login, provider.authorize(request.authorization_url))
    assert tokens.id_token is None
    assert tokens.sub is None
    with pytest.raises(InvalidResponse):
        client.userinfo(tokens)


def test_a_code_works_once(provider):
    """The token endpoint's no is an ErrorResponse with its code. RFC 6749 §5.2."""
    client = client_of(provider)
    request = client.begin_login(redirect_uri=REDIRECT_URI)
    callback = provider.authorize(request.authorization_url)
    client.finish_login(request.login, callback)
    with pytest.raises(ErrorResponse) as caught:
        client.finish_login(request.login, callback)
    assert caught.value.error == "invalid_grant"
    assert caught.value.status == 400
