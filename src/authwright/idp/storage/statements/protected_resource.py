"""APIs and their scopes."""

import json
from typing import Final, assert_never

from authwright.authorization_server.records import ProtectedResource, ScopeDescription
from authwright.authorization_server.writes import DeleteProtectedResource, SaveProtectedResource
from authwright.idp.storage.columns import from_set, to_tuple
from authwright.idp.storage.statement import Row, Statement, Value
from authwright.oauth.types import ClientId

from . import registry

ALL: Final = """
    SELECT
        resource, name, scopes, access_token_format, access_token_signed_response_alg, access_token_lifetime,
        introspection_clients
    FROM protected_resources ORDER BY resource
"""

_SAVE: Final = """
    INSERT INTO protected_resources (
        resource, name, scopes, access_token_format, access_token_signed_response_alg, access_token_lifetime,
        introspection_clients
    )
    VALUES (
        :resource, :name, :scopes, :access_token_format, :access_token_signed_response_alg,
        :access_token_lifetime, :introspection_clients
    )
    ON CONFLICT (resource) DO UPDATE SET
        name = excluded.name,
        scopes = excluded.scopes,
        access_token_format = excluded.access_token_format,
        access_token_signed_response_alg = excluded.access_token_signed_response_alg,
        access_token_lifetime = excluded.access_token_lifetime,
        introspection_clients = excluded.introspection_clients
"""

_DELETE: Final = "DELETE FROM protected_resources WHERE resource = :resource"


def statements(write: SaveProtectedResource | DeleteProtectedResource) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case SaveProtectedResource(protected_resource):
            return (registry.CHANGED, Statement(_SAVE, _to_row(protected_resource)))
        case DeleteProtectedResource(resource):
            return (registry.CHANGED, Statement(_DELETE, {"resource": resource}))
        case _:
            assert_never(write)


def _to_row(protected_resource: ProtectedResource) -> dict[str, Value]:
    return {
        "resource": protected_resource.resource,
        "name": protected_resource.name,
        "scopes": json.dumps([[scope.name, scope.description] for scope in protected_resource.scopes]),
        "access_token_format": protected_resource.access_token_format,
        "access_token_signed_response_alg": protected_resource.access_token_signed_response_alg,
        "access_token_lifetime": protected_resource.access_token_lifetime,
        "introspection_clients": from_set(protected_resource.introspection_clients),
    }


def to_protected_resource(row: Row) -> ProtectedResource:
    """The API in a row of `ALL`."""
    (
        resource,
        name,
        scopes,
        access_token_format,
        access_token_signed_response_alg,
        access_token_lifetime,
        introspection_clients,
    ) = row
    return ProtectedResource(
        resource=resource,
        name=name,
        scopes=tuple(ScopeDescription(*scope) for scope in json.loads(scopes)),
        access_token_format=access_token_format,
        access_token_signed_response_alg=access_token_signed_response_alg,
        access_token_lifetime=access_token_lifetime,
        introspection_clients=frozenset(map(ClientId, to_tuple(introspection_clients))),
    )
