"""
An identity provider for a benchmark: SQLite with ``synchronous=FULL``, one machine client, the real server.

    python -m benchmarks.authwright_server PORT DIRECTORY
"""

import sys
from pathlib import Path

from authwright.authorization_server.records import Client, ProtectedResource, ScopeDescription
from authwright.authorization_server.writes import SaveClient, SaveProtectedResource
from authwright.idp import settings
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.log import Log
from authwright.idp.provider import IdentityProvider
from authwright.idp.serving.process import serve
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import ClientId, digest

API = "https://api.example.com"
CLIENT_ID, CLIENT_SECRET = "worker", "a-secret-of-the-benchmark"


async def register(idp: IdentityProvider) -> None:
    """The client and the API that the load is about."""
    client = Client(
        client_id=ClientId(CLIENT_ID),
        client_name="Worker",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=frozenset({"client_credentials"}),
        scope=parse_scope("items:read"),
        client_secret_digests=(digest(CLIENT_SECRET),),
    )
    api = ProtectedResource(API, "Items", (ScopeDescription("items:read", "See items"),))
    await idp.storage.commit((SaveClient(client), SaveProtectedResource(api)))


def main(port: int, directory: Path) -> None:
    """Serve until stopped."""
    loaded = settings.load(
        environ={
            "AUTHWRIGHT_ISSUER": f"http://127.0.0.1:{port}",
            "AUTHWRIGHT_PORT": str(port),
            "AUTHWRIGHT_KEY_ENCRYPTION_KEY": KeyEncryptionKey.generate().text().reveal(),
            "AUTHWRIGHT_DATABASE_URL": f"sqlite:///{directory / 'authwright.db'}",
            "AUTHWRIGHT_LOG_LEVEL": "warning",
        }
    )
    serve(loaded, Log.to_stderr("warning", "json"), register)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]).absolute())
