"""
The list of settings: name, default, form and meaning of each.

docs/reference/settings.md is rendered from it (`settings_reference`), and `settings` reads by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from authwright.authorization_server.policy import Policy
from authwright.idp import setting_kinds as kinds
from authwright.idp.configuration_error import Problem
from authwright.idp.database_url import database_url, located_url
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.storage.prune import LONGEST_ACCESS_TOKEN_LIFETIME
from authwright.oauth.types import Secret

ENVIRONMENT_PREFIX: Final = "AUTHWRIGHT_"

MOST_WORKERS: Final = 64

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One setting. *default* None: it has to be set, unless *optional*. *example* is written in TOML.

    A *secret* is set by ``NAME_file`` in TOML, or by ``AUTHWRIGHT_NAME`` or ``AUTHWRIGHT_NAME_FILE``.
    """

    name: str
    read: Callable[[object], Any]
    default: str | None
    example: str
    expected: str
    meaning: str
    problem: Problem = Problem.INVALID_VALUE
    optional: bool = False
    secret: bool = False
    locate: Callable[[Any, Path], Any] = kinds.located
    """The value, with a relative path in it beginning at the directory of whoever wrote it."""

    @property
    def variable(self) -> str:
        """The environment variable; a secret's may have ``_FILE`` behind it."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def toml_name(self) -> str:
        """The key in the TOML file."""
        return f"{self.name}_file" if self.secret else self.name


SETTINGS: Final = (
    Setting(
        "issuer",
        kinds.issuer,
        None,
        '"https://id.example.com"',
        "an https URL without query and fragment (http only for localhost)",
        "The issuer identifier: the URL under which browsers and APIs reach this server. Compared byte for "
        "byte by everybody who trusts it, so set it once and never change it. Never taken from a request.",
        problem=Problem.INVALID_ISSUER,
    ),
    Setting(
        "key_encryption_key",
        lambda raw: KeyEncryptionKey.parse(Secret(kinds.text(raw))),
        None,
        '"/etc/authwright/key"',
        "43 characters of base64url: 32 random bytes, as `authwright init` makes them",
        "Seals the private signing keys in the database. Every node has the same. Keep a copy apart from "
        "the database's backups: without it the signing keys are lost, and with it a stolen database "
        "signs tokens.",
        problem=Problem.WEAK_SECRET,
        secret=True,
    ),
    Setting(
        "database_url",
        database_url,
        "sqlite:///authwright.db",
        '"sqlite:////var/lib/authwright/authwright.db"',
        "sqlite:///relative/path, sqlite:////absolute/path, or postgresql://user@host/database",
        "Where everything is kept. A relative path begins at the settings file, or at the working directory "
        "when it comes from the environment. A URL of PostgreSQL has libpq's form and parameters; to a host "
        "that is not this machine the connection is encrypted and the server's certificate verified, unless "
        "the URL says `sslmode=` something weaker. A password may stand in it only in the environment.",
        locate=located_url,
    ),
    Setting(
        "database_password",
        lambda raw: Secret(kinds.text(raw)),
        None,
        '"/etc/authwright/database-password"',
        "the password of the database role",
        "For PostgreSQL, where the database asks for one. libpq's own ways (`passfile=`, client "
        "certificates) work too.",
        optional=True,
        secret=True,
    ),
    Setting(
        "host",
        kinds.host,
        "127.0.0.1",
        '"0.0.0.0"',
        "an IP address or a host name",
        "The address to listen on.",
    ),
    Setting("port", kinds.integer(1, 65_535), "9000", "9000", "a port, 1 to 65535", "The port to listen on."),
    Setting(
        "workers",
        kinds.integer(1, MOST_WORKERS),
        "1",
        "4",
        f"a number of processes, 1 to {MOST_WORKERS}",
        "How many processes serve. They share the address and the database; one for each processor core is "
        "as many as are of use.",
    ),
    Setting(
        "stop_delay",
        kinds.duration(timedelta(), _HOUR),
        "0s",
        '"15s"',
        "a duration from 0s to 1h",
        "How long a server that was told to stop goes on as before, but for /healthz, which says 503. As "
        "long as load balancers take to notice, so that they send nobody here any more when it stops.",
    ),
    Setting(
        "trusted_proxies",
        kinds.networks,
        "",
        '["10.0.0.0/8"]',
        "IP networks",
        "Networks of the reverse proxies whose X-Forwarded-For is believed. From anybody else the header "
        "means nothing, and login attempts are counted by the peer's own address.",
    ),
    Setting(
        "allowed_fetch_hosts",
        kinds.hosts,
        "",
        '["jwks.internal"]',
        "host names or addresses",
        "Hosts that may be fetched from although they have private addresses. Everything else that clients "
        "name (`jwks_uri`) is fetched from public addresses only.",
    ),
    Setting(
        "ca_file",
        kinds.path,
        None,
        '"/etc/authwright/ca.pem"',
        "the path of a PEM file",
        "Certificate authorities to trust in fetches, in place of the usual ones.",
        optional=True,
    ),
    Setting(
        "templates_directory",
        kinds.path,
        None,
        '"/etc/authwright/templates"',
        "the path of a directory",
        "Pages of your own: a Jinja2 template in it takes the place of ours of the same name, a file in its "
        "`static` directory that of our stylesheet or picture (`authwright.css`, `mark.svg`). Ours are in "
        "`authwright/idp/web/templates` of the installed package, to begin with: `base.html` is the frame "
        "and `parts.html` the pieces of all; `login.html`, `select_account.html`, `consent.html`, "
        "`logout.html`, `signed_out.html`, `account.html`, `password.html`, `first_admin.html`, "
        "`recover.html`, `notice.html` and `error.html` are the pages.",
        optional=True,
    ),
    Setting(
        "access_token_lifetime",
        kinds.duration(_MINUTE, timedelta(seconds=LONGEST_ACCESS_TOKEN_LIFETIME)),
        kinds.spelled(_POLICY.access_token_lifetime),
        '"10m"',
        "a duration from 1m to 1d",
        "How long an access token lives, where its API does not say otherwise. An API that verifies JWTs by "
        "itself cannot be told of a revocation, so this bounds what a thief gains.",
    ),
    Setting(
        "id_token_lifetime",
        kinds.duration(_MINUTE, _DAY),
        kinds.spelled(_POLICY.id_token_lifetime),
        '"10m"',
        "a duration from 1m to 1d",
        "How long an ID token lives. Clients read it once, at sign-in.",
    ),
    Setting(
        "refresh_token_lifetime",
        kinds.duration(_HOUR, 365 * _DAY),
        kinds.spelled(_POLICY.refresh_token_lifetime),
        '"30d"',
        "a duration from 1h to 365d",
        "How long an app can stay away and still refresh. Begins anew with each refresh.",
    ),
    Setting(
        "grant_lifetime",
        kinds.duration(_HOUR, 3650 * _DAY),
        kinds.spelled(_POLICY.grant_lifetime),
        '"180d"',
        "a duration from 1h to 3650d, no shorter than refresh_token_lifetime",
        "The end of what a person allowed an app, however often it is refreshed.",
    ),
    Setting(
        "session_lifetime",
        kinds.duration(5 * _MINUTE, 365 * _DAY),
        kinds.spelled(_POLICY.session_lifetime),
        '"12h"',
        "a duration from 5m to 365d",
        "How long a sign-in lasts in a browser, at most.",
    ),
    Setting(
        "signing_key_lifetime",
        kinds.duration(2 * _DAY, 3650 * _DAY),
        "90d",
        '"90d"',
        "a duration from 2d to 3650d",
        "How long a signing key signs. Its successor is published 24 hours before.",
    ),
    Setting(
        "event_retention",
        kinds.duration(_DAY, 3650 * _DAY),
        None,
        '"400d"',
        "a duration from 1d to 3650d",
        "How long the audit log is kept in the database. Without it, for ever. A backup has what it had.",
        optional=True,
    ),
    Setting(
        "log_level",
        kinds.choice("debug", "info", "warning", "error"),
        "info",
        '"info"',
        "debug, info, warning or error",
        "The least important lines that are logged.",
    ),
    Setting(
        "log_format",
        kinds.choice("json", "console"),
        "json",
        '"json"',
        "json or console",
        "json: one JSON object a line. console: one readable line an event.",
    ),
)
"""Every setting, in the order of the reference."""
