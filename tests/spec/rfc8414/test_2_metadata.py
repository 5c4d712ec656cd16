"""RFC 8414 §2, OpenID Connect Discovery §3: the metadata document, as certification wants it."""

from authwright.authorization_server.endpoints.metadata import metadata
from authwright.jose.encoding import dump_json
from authwright.oauth.metadata import parse_authorization_server_metadata
from support.authorization_server import ISSUER, make_world

KNOWN = {
    # RFC 8414, OpenID Connect Discovery, RP-Initiated Logout, Prompt Create, RFC 9207
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
    "introspection_endpoint", "revocation_endpoint", "end_session_endpoint", "scopes_supported",
    "response_types_supported", "response_modes_supported", "grant_types_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_methods_supported", "revocation_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported", "prompt_values_supported", "acr_values_supported",
    "display_values_supported", "claim_types_supported", "claims_supported", "ui_locales_supported",
    "claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported",
    "authorization_response_iss_parameter_supported",
}  # fmt: skip


async def document() -> dict:
    world = await make_world()
    return metadata(world.server, await world.server.storage.protected_resources()).to_dict()


async def test_discovery_endpoint_verification():
    """The config plan's one module: issuer, RS256, openid, https everywhere."""
    found = await document()
    assert found["issuer"] == ISSUER
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert "openid" in found["scopes_supported"]
    assert found["claims_supported"]
    assert found["response_types_supported"] == ["code"]
    assert found["subject_types_supported"] == ["public"]
    endpoints = [value for name, value in found.items() if name.endswith(("_endpoint", "_uri"))]
    assert endpoints
    assert all(value.startswith(ISSUER + "/") for value in endpoints)


async def test_no_member_that_certification_does_not_know():
    """An unknown member is a warning."""
    assert set(await document()) <= KNOWN


async def test_what_is_not_supported_is_said():
    """OpenID Connect Discovery §3: request_uri_parameter_supported defaults to true."""
    found = await document()
    assert found["request_uri_parameter_supported"] is False
    assert found["request_parameter_supported"] is False
    assert found["claims_parameter_supported"] is False


async def test_iss_in_responses_and_pkce_are_announced():
    """RFC 9207 §3, RFC 8414 §2, and MCP's demand for code_challenge_methods_supported."""
    found = await document()
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["code_challenge_methods_supported"] == ["S256"]


async def test_scopes_of_apis_are_announced():
    assert {"items:read", "secrets:read", "offline_access"} <= set((await document())["scopes_supported"])


async def test_our_own_client_reads_it():
    found = await document()
    assert parse_authorization_server_metadata(dump_json(found), issuer=ISSUER).token_endpoint
