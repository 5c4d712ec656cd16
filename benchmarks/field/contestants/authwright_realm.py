"""Fill a new database with the clients, APIs and people of the benchmark, by the environment's settings."""

import asyncio

from authwright.authorization_server.records import Client, ProtectedResource, ScopeDescription
from authwright.authorization_server.writes import SaveClient, SaveProtectedResource
from authwright.idp import settings
from authwright.idp.log import Log
from authwright.idp.provider import open_identity_provider
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, Secret, digest
from benchmarks.field.contestants.authwright import api
from benchmarks.field.provider import PASSWORD, PEOPLE, REDIRECT_URI, SECRET

WORKER = Client(
    client_id=ClientId("worker"),
    client_name="Worker",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"client_credentials"}),
    scope=parse_scope("items:read"),
    client_secret_digests=(digest(SECRET),),
)
APP = Client(
    client_id=ClientId("app"),
    client_name="App",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scope=parse_scope("openid profile offline_access items:read"),
    redirect_uris=(REDIRECT_URI,),
    client_secret_digests=(digest(SECRET),),
    id_token_signed_response_alg="ES256",
)
APIS = tuple(
    ProtectedResource(
        api(alg),
        f"Items, {alg}",
        (ScopeDescription("items:read", "See items"),),
        access_token_signed_response_alg=alg,
        introspection_clients=frozenset({APP.client_id}),
    )
    for alg in ("ES256", "RS256")
)


async def main() -> None:
    """Commit it all."""
    loaded = settings.load()
    async with open_identity_provider(loaded, Log.to_stderr("warning", "json")) as idp:
        apis = tuple(SaveProtectedResource(each) for each in APIS)
        await idp.storage.commit((SaveClient(WORKER), SaveClient(APP), *apis))
        now = idp.server.clock.now()
        for person in PEOPLE:
            claims = {"name": f"{person} of Example"}
            await idp.accounts.add(person, password=Secret(PASSWORD), claims=claims, now=now)


if __name__ == "__main__":
    asyncio.run(main())
