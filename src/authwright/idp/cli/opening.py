"""How commands get at what the server has: its settings, and the identity provider itself."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from authwright.idp.cli.failure import CommandFailed, Problem

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider
    from authwright.idp.settings import Settings

_Result = TypeVar("_Result")

DEVELOPMENT_DIRECTORY: Final = Path(".authwright")
DEVELOPMENT_FILE: Final = DEVELOPMENT_DIRECTORY / "authwright.toml"
"""The settings that `authwright dev` runs with; other commands find its server by them."""

_FILE: Final = click.Path(dir_okay=False, path_type=Path)

server_config_option = click.option(
    "--config", type=_FILE, help="The settings file.  [AUTHWRIGHT_CONFIG, or ./authwright.toml]"
)
config_option = click.option(
    "--config",
    type=_FILE,
    help="The settings file.  [AUTHWRIGHT_CONFIG, or ./authwright.toml, or that of `authwright dev`]",
)


def checked_issuer(value: str) -> str:
    """*value*, if it can be an issuer. Raises `click.BadParameter`."""
    from authwright.oauth.invalid_value import InvalidValue
    from authwright.oauth.issuer import check_issuer

    try:
        check_issuer(value, allow_loopback_http=True)
    except InvalidValue as error:
        raise click.BadParameter(
            f"{error.detail}: an https URL, or http on this machine.", param_hint="--issuer"
        ) from None
    return value


def _check_issuer(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return None if value is None else checked_issuer(value)


issuer_option = click.option(
    "--issuer", metavar="URL", callback=_check_issuer, help="Another issuer than that of the settings."
)


def settings_of(config: Path | None) -> "Settings":
    """The settings that a command works with. Raises `ConfigurationError`."""
    from authwright.idp.settings import DEFAULT_FILE, FILE_VARIABLE, load

    if config is None and FILE_VARIABLE not in os.environ and not DEFAULT_FILE.exists():
        config = DEVELOPMENT_FILE if DEVELOPMENT_FILE.exists() else None
    return load(config)


def work_on(config: Path | None, work: Callable[["IdentityProvider"], Awaitable[_Result]]) -> _Result:
    """
    Do *work* on the identity provider of the settings, also while its server runs: the database is shared.

    Raises `CommandFailed` when there is no database: a path that was mistyped shall not become a new one.
    """
    from authwright.idp.storage.open import is_there

    settings = settings_of(config)
    if not is_there(settings.database_url):
        raise CommandFailed(
            Problem.NOT_FOUND,
            "there is no database yet",
            received=settings.database_url,
            expected="the database of a server that was started once",
            write="authwright serve",
        )
    return run_with(settings, work)


def run_with(settings: "Settings", work: Callable[["IdentityProvider"], Awaitable[_Result]]) -> _Result:
    """Do *work* on the identity provider of *settings*, whose database is made if need be."""
    from authwright.idp.log import Log
    from authwright.idp.provider import open_identity_provider

    async def run() -> _Result:
        # The command itself says what it did; the audit log has it too.
        async with open_identity_provider(settings, Log.to_stderr("error", "console")) as idp:
            return await work(idp)

    return asyncio.run(run())
