"""The setting that names the database: ``sqlite:///`` and a path, or a ``postgresql://`` URL of libpq."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from authwright.idp.setting_kinds import text
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.types import Secret

_SQLITE: Final = "sqlite:///"
_POSTGRESQL: Final = "postgresql://"
_POSTGRESQL_URL: Final = re.compile(
    r"postgresql://((?P<userinfo>[^@/?#]*)@)?(?P<place>[^@/?#]*(/[^@/?#]*)?)"
    r"(\?(?P<query>[a-z_]+=[^&#]*(&[a-z_]+=[^&#]*)*))?"
)


def database_url(raw: object) -> str:
    """``sqlite:///`` and a path, or ``postgresql://`` and what libpq takes behind it."""
    value = text(raw)
    sqlite = value.startswith(_SQLITE) and value != _SQLITE and "?" not in value
    if not sqlite and _POSTGRESQL_URL.fullmatch(value) is None:
        raise InvalidValue("a database URL is not one that is supported")
    return value


def without_password(url: str) -> tuple[str, Secret | None]:
    """A URL that `database_url` accepted, and the password that stood in it."""
    match = _POSTGRESQL_URL.fullmatch(url)
    if match is None:
        return url, None
    user, colon, password = (match["userinfo"] or "").partition(":")
    parameters = match["query"].split("&") if match["query"] else []
    kept = [parameter for parameter in parameters if not parameter.startswith("password=")]
    for parameter in parameters:
        if parameter not in kept:
            colon, password = ":", parameter.partition("=")[2]
    if not colon:
        return url, None
    public = f"{_POSTGRESQL}{f'{user}@' if user else ''}{match['place']}{'?' if kept else ''}{'&'.join(kept)}"
    return public, Secret(unquote(password)) if password else None


def may_hold_a_password(raw: object) -> bool:
    """Whether *raw*, which `database_url` did not accept, had better not be shown."""
    return isinstance(raw, str) and ("@" in raw or "password" in raw)


def is_postgresql(url: str) -> bool:
    """Whether a URL that `database_url` accepted needs the driver of PostgreSQL."""
    return url.startswith(_POSTGRESQL)


def sqlite_path(url: str) -> Path | None:
    """
    Where the file of a SQLite database is: relative after three slashes, absolute after four. None for the
    other kind of database.
    """
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def located_url(url: str, directory: Path) -> str:
    """*url*, with a relative path in it beginning at *directory*."""
    path = sqlite_path(url)
    return url if path is None else f"{_SQLITE}{directory / path}"
