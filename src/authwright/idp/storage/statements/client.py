"""Registered clients. The end of one takes its consents, its grants and its tokens with it."""

import json
from typing import Final, assert_never

from authwright.authorization_server.records import Client
from authwright.authorization_server.writes import DeleteClient, SaveClient
from authwright.idp.storage.columns import from_list, from_object, from_set, to_tuple
from authwright.idp.storage.statement import Row, Statement, Value
from authwright.jose.jwks import parse_jwks
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Digest

from . import registry

_COLUMNS: Final = """
    client_id, client_name, token_endpoint_auth_method, grant_types, scope, redirect_uris,
    post_logout_redirect_uris, response_types, application_type, client_secret_digests, jwks, jwks_uri,
    id_token_signed_response_alg, require_pkce, require_consent, default_max_age, require_auth_time, roles,
    client_uri, logo_uri, policy_uri, tos_uri, created_at, disabled_at
"""

BY_ID: Final = f"SELECT {_COLUMNS} FROM clients WHERE client_id = :client_id"  # noqa: S608  # constants

ALL: Final = f"SELECT {_COLUMNS} FROM clients ORDER BY client_id"  # noqa: S608  # constants

_SAVE: Final = f"""
    INSERT INTO clients ({_COLUMNS})
    VALUES (
        :client_id, :client_name, :token_endpoint_auth_method, :grant_types, :scope, :redirect_uris,
        :post_logout_redirect_uris, :response_types, :application_type, :client_secret_digests, :jwks,
        :jwks_uri, :id_token_signed_response_alg, :require_pkce, :require_consent, :default_max_age,
        :require_auth_time, :roles, :client_uri, :logo_uri, :policy_uri, :tos_uri, :created_at, :disabled_at
    )
    ON CONFLICT (client_id) DO UPDATE SET
        client_name = excluded.client_name,
        token_endpoint_auth_method = excluded.token_endpoint_auth_method,
        grant_types = excluded.grant_types,
        scope = excluded.scope,
        redirect_uris = excluded.redirect_uris,
        post_logout_redirect_uris = excluded.post_logout_redirect_uris,
        response_types = excluded.response_types,
        application_type = excluded.application_type,
        client_secret_digests = excluded.client_secret_digests,
        jwks = excluded.jwks,
        jwks_uri = excluded.jwks_uri,
        id_token_signed_response_alg = excluded.id_token_signed_response_alg,
        require_pkce = excluded.require_pkce,
        require_consent = excluded.require_consent,
        default_max_age = excluded.default_max_age,
        require_auth_time = excluded.require_auth_time,
        roles = excluded.roles,
        client_uri = excluded.client_uri,
        logo_uri = excluded.logo_uri,
        policy_uri = excluded.policy_uri,
        tos_uri = excluded.tos_uri,
        created_at = excluded.created_at,
        disabled_at = excluded.disabled_at
"""  # noqa: S608  # constants

_DELETE: Final = (
    "DELETE FROM clients WHERE client_id = :client_id",
    "DELETE FROM consents WHERE client_id = :client_id",
    "DELETE FROM grants WHERE client_id = :client_id",
    "DELETE FROM opaque_access_tokens WHERE client_id = :client_id",
)


def statements(write: SaveClient | DeleteClient) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case SaveClient(client):
            return (registry.CHANGED, Statement(_SAVE, _to_row(client)))
        case DeleteClient(client_id):
            return (registry.CHANGED, *(Statement(sql, {"client_id": client_id}) for sql in _DELETE))
        case _:
            assert_never(write)


def _to_row(client: Client) -> dict[str, Value]:
    return {
        "client_id": client.client_id,
        "client_name": client.client_name,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "grant_types": from_set(client.grant_types),
        "scope": str(client.scope),
        "redirect_uris": from_list(client.redirect_uris),
        "post_logout_redirect_uris": from_list(client.post_logout_redirect_uris),
        "response_types": from_set(client.response_types),
        "application_type": client.application_type,
        "client_secret_digests": from_list(client.client_secret_digests),
        "jwks": from_object(client.jwks.to_dict()) if client.jwks is not None else None,
        "jwks_uri": client.jwks_uri,
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "require_pkce": int(client.require_pkce),
        "require_consent": int(client.require_consent),
        "default_max_age": client.default_max_age,
        "require_auth_time": int(client.require_auth_time),
        "roles": from_list(client.roles),
        "client_uri": client.client_uri,
        "logo_uri": client.logo_uri,
        "policy_uri": client.policy_uri,
        "tos_uri": client.tos_uri,
        "created_at": client.created_at,
        "disabled_at": client.disabled_at,
    }


def to_client(row: Row) -> Client:
    """The client in a row of `BY_ID`."""
    (
        client_id,
        client_name,
        token_endpoint_auth_method,
        grant_types,
        scope,
        redirect_uris,
        post_logout_redirect_uris,
        response_types,
        application_type,
        client_secret_digests,
        jwks,
        jwks_uri,
        id_token_signed_response_alg,
        require_pkce,
        require_consent,
        default_max_age,
        require_auth_time,
        roles,
        client_uri,
        logo_uri,
        policy_uri,
        tos_uri,
        created_at,
        disabled_at,
    ) = row
    return Client(
        client_id=client_id,
        client_name=client_name,
        token_endpoint_auth_method=token_endpoint_auth_method,
        grant_types=frozenset(to_tuple(grant_types)),
        scope=parse_scope(scope),
        redirect_uris=to_tuple(redirect_uris),
        post_logout_redirect_uris=to_tuple(post_logout_redirect_uris),
        response_types=frozenset(to_tuple(response_types)),
        application_type=application_type,
        client_secret_digests=tuple(map(Digest, to_tuple(client_secret_digests))),
        jwks=parse_jwks(json.loads(jwks)) if jwks is not None else None,
        jwks_uri=jwks_uri,
        id_token_signed_response_alg=id_token_signed_response_alg,
        require_pkce=bool(require_pkce),
        require_consent=bool(require_consent),
        default_max_age=default_max_age,
        require_auth_time=bool(require_auth_time),
        roles=to_tuple(roles),
        client_uri=client_uri,
        logo_uri=logo_uri,
        policy_uri=policy_uri,
        tos_uri=tos_uri,
        created_at=created_at,
        disabled_at=disabled_at,
    )
