"""
What the operator decides: a TOML file, then the environment, then the command line; later ones win.

What is not in `SETTINGS` is an error, because a misspelt setting is one that silently does nothing. A secret
comes from the environment or from a file of its own, never from the TOML file, which gets committed. `load`
refuses whatever would start unsafely, and says which line to write instead.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from authwright.authorization_server.policy import Policy
from authwright.idp import setting_kinds as kinds
from authwright.idp.configuration_error import ConfigurationError, Problem
from authwright.idp.database_url import is_postgresql, may_hold_a_password, without_password
from authwright.idp.key_encryption import KeyEncryptionKey, is_readable_by_others
from authwright.idp.setting_kinds import Network
from authwright.idp.setting_table import ENVIRONMENT_PREFIX, SETTINGS, Setting
from authwright.idp.shown_in_errors import nearest, shown
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.types import ClientId, Secret

if TYPE_CHECKING:
    from authwright.transport import FetchPolicy

DEFAULT_FILE: Final = Path("authwright.toml")
FILE_VARIABLE: Final = ENVIRONMENT_PREFIX + "CONFIG"

DEVELOPMENT_CLIENT: Final = ClientId("web")
"""The client that a development server has for whatever is being built beside it, at any address of it."""

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["json", "console"]

_BY_TOML_NAME: Final = MappingProxyType({setting.toml_name: setting for setting in SETTINGS})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as types. *sources* says of each where it came from; *dev* means `authwright dev`."""

    issuer: str
    key_encryption_key: KeyEncryptionKey
    database_url: str
    database_password: Secret | None
    host: str
    port: int
    workers: int
    stop_delay: timedelta
    trusted_proxies: tuple[Network, ...]
    allowed_fetch_hosts: frozenset[str]
    ca_file: Path | None
    templates_directory: Path | None
    access_token_lifetime: timedelta
    id_token_lifetime: timedelta
    refresh_token_lifetime: timedelta
    grant_lifetime: timedelta
    session_lifetime: timedelta
    signing_key_lifetime: timedelta
    event_retention: timedelta | None
    log_level: LogLevel
    log_format: LogFormat
    sources: Mapping[str, str]
    dev: bool = False

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies are ``Secure`` and may have the ``__Host-`` prefix: by the issuer's scheme."""
        return self.issuer.startswith("https:")

    def policy(self) -> Policy:
        """The protocol's choices, with the operator's lifetimes."""
        return Policy(
            access_token_lifetime=self.access_token_lifetime,
            id_token_lifetime=self.id_token_lifetime,
            refresh_token_lifetime=self.refresh_token_lifetime,
            grant_lifetime=self.grant_lifetime,
            session_lifetime=self.session_lifetime,
            any_loopback_redirect=frozenset({DEVELOPMENT_CLIENT} if self.dev else ()),
        )

    def fetch_policy(self) -> "FetchPolicy":
        """What may be fetched. An issuer on plain http is on one machine, and so are its clients."""
        # Imported here: commands that only read settings do not wait for the HTTP client.
        from authwright.transport import FetchPolicy

        return FetchPolicy(
            allow_plain_http_for_loopback=not self.secure_cookies,
            allowed_hosts=self.allowed_fetch_hosts,
            ca_file=self.ca_file,
        )

    def described(self) -> tuple[tuple[str, str, str], ...]:
        """Name, value and source of every setting, for people; a secret's value is not shown."""
        return tuple(
            (
                setting.name,
                "(secret)" if setting.secret and value is not None else kinds.spelled(value),
                self.sources[setting.name],
            )
            for setting, value in ((setting, getattr(self, setting.name)) for setting in SETTINGS)
        )


@dataclass(frozen=True, slots=True)
class _Given:
    """
    What was given for a setting, and where. *write* makes the line for another value in the same place.

    *raw* names a file that holds the value when *in_file*. Relative paths begin at *directory*.
    """

    raw: object
    source: str
    write: Callable[[Setting], str]
    directory: Path
    in_file: bool = False


def load(
    file: Path | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    given: Mapping[str, str] = MappingProxyType({}),
    dev: bool = False,
) -> Settings:
    """
    Read the settings of *file*, of the environment, and *given* on the command line by their TOML names.

    Without *file*, that of ``AUTHWRIGHT_CONFIG``, or ./authwright.toml if there is one. Does I/O. Raises
    `ConfigurationError`.
    """
    chosen = _choose_file(file, environ)
    found = {**_of_file(chosen), **_of_environment(environ), **_of_command_line(given)}
    values = {setting.name: _value(setting, found.get(setting.name), chosen) for setting in SETTINGS}
    sources = {
        setting.name: found[setting.name].source if setting.name in found else "default"
        for setting in SETTINGS
    }
    _take_out_password(values, sources)
    settings = Settings(**values, sources=MappingProxyType(sources), dev=dev)
    _check_together(settings)
    return settings


def _take_out_password(values: dict[str, Any], sources: dict[str, str]) -> None:
    """A database URL's password goes where it is not shown, if the URL came from where one may stand."""
    url, password = without_password(values["database_url"])
    if password is None:
        return
    setting = _BY_TOML_NAME["database_url"]
    if sources["database_url"] != setting.variable:
        raise ConfigurationError(
            Problem.SECRET_IN_FILE,
            "database_url",
            received="a URL with a password",
            expected="the URL without it, and the password in a file of its own",
            write=f'database_url = "{url}" and database_password_file = "/etc/authwright/database-password"',
        )
    if values["database_password"] is not None:
        raise ConfigurationError(
            Problem.CONTRADICTION,
            "database_password",
            received=f"one in {sources['database_password']} and one in {setting.variable}",
            expected="one of them",
            write=f"{setting.variable}={url}",
        )
    values |= {"database_url": url, "database_password": password}
    sources["database_password"] = setting.variable


def _choose_file(file: Path | None, environ: Mapping[str, str]) -> Path | None:
    if file is not None:
        return file
    if FILE_VARIABLE in environ:
        return Path(environ[FILE_VARIABLE])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _of_file(file: Path | None) -> dict[str, _Given]:
    if file is None:
        return {}
    try:
        table = tomllib.loads(file.read_bytes().decode("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            Problem.UNREADABLE_FILE,
            "settings file",
            received=shown(str(file)),
            expected=f"a TOML file that can be read ({_reason(error)})",
            write="authwright init",
        ) from None

    def write(setting: Setting) -> str:
        return f"{setting.toml_name} = {setting.example}   (in {file})"

    for name in table:
        if name in _SECRETS:
            raise ConfigurationError(
                Problem.SECRET_IN_FILE,
                name,
                received="a secret in the settings file",
                expected="a file of its own, which only the server can read",
                write=write(_SECRETS[name]),
            )
        if name not in _BY_TOML_NAME:
            raise _unknown(name, [*_BY_TOML_NAME], place=str(file))
    return {
        _BY_TOML_NAME[name].name: _Given(
            raw, str(file), write, file.parent, in_file=_BY_TOML_NAME[name].secret
        )
        for name, raw in table.items()
    }


_SECRETS: Final = MappingProxyType({setting.name: setting for setting in SETTINGS if setting.secret})


def _of_environment(environ: Mapping[str, str]) -> dict[str, _Given]:
    known = {setting.variable: (setting, False) for setting in SETTINGS}
    known |= {f"{setting.variable}_FILE": (setting, True) for setting in SETTINGS if setting.secret}
    found: dict[str, _Given] = {}
    for variable, raw in environ.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == FILE_VARIABLE:
            continue
        if variable not in known:
            raise _unknown(variable, [*known], place="the environment")
        setting, in_file = known[variable]
        if setting.name in found:
            raise ConfigurationError(
                Problem.CONTRADICTION,
                setting.name,
                received=f"both {setting.variable} and {setting.variable}_FILE",
                expected="one of them",
                write=f"unset {setting.variable}",
            )
        found[setting.name] = _Given(raw, variable, _variable_line, Path(), in_file=in_file)
    return found


def _variable_line(setting: Setting) -> str:
    value = setting.example.strip('[]"')
    return f"{setting.variable}{'_FILE' if setting.secret else ''}={value}"


def _of_command_line(given: Mapping[str, str]) -> dict[str, _Given]:
    def write(setting: Setting) -> str:
        return f"--{setting.toml_name.replace('_', '-')} {setting.example}"

    for name in given:
        if name not in _BY_TOML_NAME:
            raise _unknown(name, [*_BY_TOML_NAME], place="the command line")
    settings = {name: _BY_TOML_NAME[name] for name in given}
    return {
        setting.name: _Given(given[name], "command line", write, Path(), in_file=setting.secret)
        for name, setting in settings.items()
    }


def _unknown(name: str, known: list[str], *, place: str) -> ConfigurationError:
    near = nearest(name, known)
    return ConfigurationError(
        Problem.UNKNOWN_SETTING,
        shown(name),
        received=f"an unknown setting in {place}",
        expected=f"a setting of docs/reference/settings.md; the nearest is {near}",
        write=f"{near} in its place, or delete it",
    )


def _value(setting: Setting, given: _Given | None, file: Path | None) -> Any:
    if given is None:
        if setting.default is None and not setting.optional:
            raise _missing(setting, file)
        return None if setting.default is None else setting.read(setting.default)
    raw = _content(setting, given) if given.in_file else given.raw
    try:
        value = setting.read(raw)
    except InvalidValue as error:
        raise ConfigurationError(
            setting.problem,
            setting.name,
            received="a value that is not shown" if _is_secret(setting, raw) else shown(raw),
            expected=f"{setting.expected} ({error.detail})",
            write="authwright init" if setting.secret else given.write(setting),
        ) from None
    return setting.locate(value, given.directory)


def _missing(setting: Setting, file: Path | None) -> ConfigurationError:
    expected, write = (
        setting.expected,
        f"{setting.toml_name} = {setting.example}   (in {file or DEFAULT_FILE})",
    )
    if file is None:
        # Most often the file is in another directory, and the setting is in it.
        expected += f"; there is no settings file ./{DEFAULT_FILE}"
        write += f"\n--config FILE, or {FILE_VARIABLE}=FILE, for one elsewhere; authwright init   makes one"
        write += "\nfor the server of `authwright dev`: the directory in which it runs"
    return ConfigurationError(Problem.MISSING, setting.name, received=None, expected=expected, write=write)


def _is_secret(setting: Setting, raw: object) -> bool:
    return setting.secret or (setting.name == "database_url" and may_hold_a_password(raw))


def _content(setting: Setting, given: _Given) -> str:
    """The secret in the file that *given* names."""
    problem, expected = Problem.UNREADABLE_FILE, "the path of a file that can be read"
    try:
        path = given.directory / kinds.path(given.raw)
        content = path.read_text(encoding="utf-8").strip()
    except (InvalidValue, OSError, ValueError) as error:
        expected, write = f"{expected} ({_reason(error)})", given.write(setting)
    else:
        if not is_readable_by_others(path):
            return content
        problem, expected = Problem.EXPOSED_KEY_FILE, "a file that other users of the machine cannot read"
        write = f"chmod o= {path}"
    raise ConfigurationError(
        problem, setting.toml_name, received=shown(given.raw), expected=expected, write=write
    )


def _reason(error: Exception) -> str:
    """What the operating system or the parser said, without what was in the file."""
    match error:
        case OSError():
            return error.strerror or "unreadable"
        case tomllib.TOMLDecodeError():
            return str(error)
        case _:
            return "not UTF-8 text"


def _check_together(settings: Settings) -> None:
    """What no setting can say alone."""
    if settings.dev and not kinds.is_loopback(settings.host):
        raise ConfigurationError(
            Problem.PUBLIC_DEVELOPMENT,
            "host",
            received=shown(settings.host),
            expected="127.0.0.1: `authwright dev` has known passwords and serves this machine alone",
            write="authwright init && authwright serve",
        )
    if settings.refresh_token_lifetime > settings.grant_lifetime:
        raise ConfigurationError(
            Problem.CONTRADICTION,
            "grant_lifetime",
            received=shown(kinds.spelled(settings.grant_lifetime)),
            expected=f"no less than refresh_token_lifetime, {kinds.spelled(settings.refresh_token_lifetime)}",
            write=f'grant_lifetime = "{kinds.spelled(settings.refresh_token_lifetime)}"',
        )
    if is_postgresql(settings.database_url) and find_spec("psycopg") is None:
        raise ConfigurationError(
            Problem.MISSING_DRIVER,
            "database_url",
            received="a URL of PostgreSQL",
            expected="its driver, psycopg, which is not installed",
            write="pip install 'authwright[postgres]'",
        )
    if settings.ca_file is not None:
        _check_authorities(settings.ca_file)
    if settings.templates_directory is not None and not settings.templates_directory.is_dir():
        raise ConfigurationError(
            Problem.UNREADABLE_FILE,
            "templates_directory",
            received=shown(str(settings.templates_directory)),
            expected="a directory",
            write=f"mkdir {settings.templates_directory}",
        )


def _check_authorities(file: Path) -> None:
    import ssl  # few have such a file, and all would wait for the import

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:
        is_file_read = isinstance(error, ssl.SSLError)
        reason = "no certificate in it can be read" if is_file_read else _reason(error)
        raise ConfigurationError(
            Problem.UNREADABLE_FILE,
            "ca_file",
            received=shown(str(file)),
            expected=f"a file with certificates in PEM ({reason})",
            write='ca_file = "/etc/ssl/certs/ca-certificates.crt"',
        ) from None
