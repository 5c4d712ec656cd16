"""
Where the database is and who we are there: a ``postgresql://`` URL and a password beside it.

The URL is libpq's own, with all of its parameters (PostgreSQL documentation, 34.1.1.2). What it does not say
is filled in: who the server is gets verified unless it is on this machine, a standby is passed by, and
nothing waits for ever.
"""

import ipaddress
import os
import ssl
from dataclasses import dataclass
from typing import Final

from psycopg import conninfo

from authwright.oauth.types import Secret

_CONNECT_TIMEOUT: Final = 3

_DEFAULTS: Final = {
    "application_name": "authwright",
    "connect_timeout": str(_CONNECT_TIMEOUT),
    # Of several hosts the one that writes; what a standby shows may be older than what was acknowledged.
    "target_session_attrs": "read-write",
    # A peer that vanished is noticed by the system, in seconds and not in hours.
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}

_VERIFYING: Final = ("verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class Address:
    """A checked *url*, without a password, and the *password*, unless libpq finds one itself."""

    url: str
    password: Secret | None = None

    def conninfo(self) -> str:
        """
        What libpq connects by. Holds the password: never show it.

        Raises `psycopg.ProgrammingError` when the URL is not one.
        """
        given = {name: str(value) for name, value in conninfo.conninfo_to_dict(self.url).items()}
        parameters = _DEFAULTS | given | {"client_encoding": "UTF8"}
        if "sslmode" not in given and not _is_on_this_machine(given):
            parameters["sslmode"] = "verify-full"
        if parameters.get("sslmode") in _VERIFYING and "sslrootcert" not in given:
            parameters |= _authorities()
        if self.password is not None:
            parameters["password"] = self.password.reveal()
        return conninfo.make_conninfo("", **parameters)


def _is_on_this_machine(parameters: dict[str, str]) -> bool:
    """Whether every server is reached by loopback or a Unix socket, which nobody can stand between."""
    hosts = parameters.get("hostaddr") or parameters.get("host") or os.environ.get("PGHOST", "")
    return all(_is_local(host) for host in hosts.split(","))


def _is_local(host: str) -> bool:
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _authorities() -> dict[str, str]:
    """Whom this machine trusts; libpq by itself looks only into the home directory."""
    if "PGSSLROOTCERT" in os.environ:
        return {}
    paths = ssl.get_default_verify_paths()
    return {"sslrootcert": paths.cafile or "system"}
