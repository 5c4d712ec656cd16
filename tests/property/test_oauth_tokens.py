"""Any claims, signed with a good key, into each check of a token: a token, or a JoseError."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from authwright.jose import jwt
from authwright.jose.errors import JoseError
from authwright.jose.jwk import generate_jwk
from authwright.jose.jwks import Jwks
from authwright.oauth import access_token
from authwright.oauth.client_assertion import check as check_client_assertion
from authwright.oauth.errors import InvalidClient
from authwright.oauth.token_profile import AUTH0, ENTRA, KEYCLOAK, OPENID_CONNECT, RFC_9068
from authwright.oauth.types import ClientId, Seconds, Timestamp
from authwright.oidc.id_token import ExpectedIdToken, check_id_token, check_id_token_hint

KEY = generate_jwk("EdDSA")
KEYS = Jwks((KEY.public(),))
NOW = Timestamp(1_800_000_000)
GOOD = {
    "iss": "app",
    "sub": "app",
    "aud": "app",
    "exp": NOW + 60,
    "iat": NOW,
    "jti": "j",
    "client_id": "app",
    "azp": "app",
    "nonce": "n",
    "auth_time": NOW,
    "typ": "Bearer",
    "ver": "2.0",
    "scope": "a b",
    "scp": ["a"],
    "realm_access": {"roles": ["a"]},
    "roles": ["r"],
    "at_hash": "x",
    "cnf": {},
}
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.sampled_from(["app", NOW]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["roles", "app"]), inner),
    max_leaves=4,
)


@settings(max_examples=300)
@given(
    st.sets(st.sampled_from(sorted(GOOD))),
    st.dictionaries(st.sampled_from(sorted(GOOD)), VALUE, max_size=4),
    st.sampled_from([None, "JWT", "at+jwt"]),
    st.sampled_from([RFC_9068, KEYCLOAK, AUTH0, ENTRA, OPENID_CONNECT]),
)
def test_any_claims(kept, changed, typ, profile):
    """A good signature over strange claims is refused or read, and never an unexpected error."""
    required = {"iss", "sub", "aud", "exp", "iat"}
    claims = {**{name: GOOD[name] for name in kept | required}, **changed}
    token = jwt.sign(claims, KEY, typ=typ)
    with contextlib.suppress(JoseError):
        access_token.verify(
            token, KEYS, issuer="app", audience="app", algorithms=("EdDSA",), now=NOW, profile=profile
        )
    with contextlib.suppress(JoseError):
        access_token.verify_own(token, KEYS, issuer="app", algorithms=("EdDSA",), now=NOW, clock_leeway=60)
    with contextlib.suppress(JoseError):
        expected = ExpectedIdToken(
            issuer="app",
            client_id=ClientId("app"),
            nonce="n",
            algorithms=("EdDSA",),
            max_age=Seconds(10),
            trusted_audiences=("x",),
        )
        check_id_token(token, KEYS, expected, now=NOW, access_token="x")
    with contextlib.suppress(JoseError):
        check_id_token_hint(token, KEYS, issuer="app", algorithms=("EdDSA",))
    with contextlib.suppress(InvalidClient):
        check_client_assertion(token, client_id=ClientId("app"), keys=KEYS, audiences=("app",), now=NOW)
