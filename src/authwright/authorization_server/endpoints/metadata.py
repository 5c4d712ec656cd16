"""
What the server publishes about itself: two addresses, one document.

:rfc:`8414#section-3`, OpenID Connect Discovery §4.
"""

from collections.abc import Sequence

from authwright.authorization_server.id_token_hint import ID_TOKEN_ALGORITHMS
from authwright.authorization_server.records import ProtectedResource
from authwright.authorization_server.server import AuthorizationServer
from authwright.oauth.client_assertion import ALGORITHMS as ASSERTION_ALGORITHMS
from authwright.oauth.metadata import AuthorizationServerMetadata
from authwright.oauth.pkce import CODE_CHALLENGE_METHOD
from authwright.oidc.claims import IDENTITY_SCOPE, SCOPE_CLAIMS
from authwright.oidc.prompt import Prompt

_AUTHENTICATION_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
_ID_TOKEN_CLAIMS = ("acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub")


def metadata(server: AuthorizationServer, apis: Sequence[ProtectedResource]) -> AuthorizationServerMetadata:
    """The document. The scopes of *apis*, all that the storage has, are in it."""
    endpoints = server.endpoints
    assertion_algorithms = tuple(sorted(ASSERTION_ALGORITHMS))
    return AuthorizationServerMetadata(
        issuer=server.issuer,
        authorization_endpoint=server.url(endpoints.authorization),
        token_endpoint=server.url(endpoints.token),
        jwks_uri=server.url(endpoints.jwks),
        userinfo_endpoint=server.url(endpoints.userinfo),
        introspection_endpoint=server.url(endpoints.introspection),
        revocation_endpoint=server.url(endpoints.revocation),
        end_session_endpoint=server.url(endpoints.end_session),
        scopes_supported=(
            "openid",
            *(name for name in IDENTITY_SCOPE if name != "openid"),
            *sorted({scope.name for api in apis for scope in api.scopes}),
        ),
        response_types_supported=("code",),
        response_modes_supported=("query",),
        grant_types_supported=tuple(grant.grant_type for grant in server.grants),
        subject_types_supported=("public",),
        id_token_signing_alg_values_supported=tuple(sorted(ID_TOKEN_ALGORITHMS)),
        token_endpoint_auth_methods_supported=(*_AUTHENTICATION_METHODS, "none"),
        token_endpoint_auth_signing_alg_values_supported=assertion_algorithms,
        introspection_endpoint_auth_methods_supported=_AUTHENTICATION_METHODS,
        introspection_endpoint_auth_signing_alg_values_supported=assertion_algorithms,
        revocation_endpoint_auth_methods_supported=(*_AUTHENTICATION_METHODS, "none"),
        revocation_endpoint_auth_signing_alg_values_supported=assertion_algorithms,
        code_challenge_methods_supported=(CODE_CHALLENGE_METHOD,),
        prompt_values_supported=tuple(prompt.value for prompt in Prompt),
        acr_values_supported=tuple(sorted(server.policy.acr_values_supported)),
        display_values_supported=("page",),
        claims_supported=(
            *_ID_TOKEN_CLAIMS,
            *(name for names in SCOPE_CLAIMS.values() for name in names),
        ),
        authorization_response_iss_parameter_supported=True,
        request_uri_parameter_supported=False,
    )
