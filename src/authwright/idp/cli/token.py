"""
`authwright token`: an access token by real OAuth, for trying an API from a terminal.

For a person the authorization code flow with PKCE, with the password of `authwright dev`; for a machine
client_credentials. Only the token is printed, so that ``$(authwright token …)`` is the token.
"""

from pathlib import Path
from typing import Final

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem, no_answer
from authwright.idp.cli.opening import DEVELOPMENT_DIRECTORY, config_option, issuer_option, settings_of

_SCOPE: Final = "items:read items:write"
"""Of the API of `authwright dev`."""


def _check_scope(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """The scope tokens with one space between them. Raises `click.BadParameter`."""
    if value is None:
        return None
    from authwright.oauth.errors import InvalidScope
    from authwright.oauth.scope import Scope

    tokens = value.split()
    try:
        Scope(*tokens)
    except InvalidScope:
        raise click.BadParameter(
            f"{value!r} is no scope: tokens of printable ASCII without quotes and backslashes, with spaces "
            f'between, such as "{_SCOPE}".',
            param_hint="--scope",
        ) from None
    return " ".join(tokens)


@click.command("token")
@click.option("--as", "person", metavar="USERNAME", help="A person: the authorization code flow with PKCE.")
@click.option(
    "--client",
    "client_id",
    metavar="CLIENT_ID",
    help="Alone: a machine, by client_credentials. With --as: the public client to sign in to.  [web]",
)
@click.option(
    "--scope",
    metavar="SCOPE",
    callback=_check_scope,
    help=f'Scope tokens in quotes.  [with --as: "{_SCOPE}"]',
)
@click.option("--resource", metavar="URI", multiple=True, help="The API that the token is for (RFC 8707).")
@issuer_option
@click.option("--password-file", type=click.Path(dir_okay=False, path_type=Path), help="Of the person.")
@click.option("--secret-file", type=click.Path(dir_okay=False, path_type=Path), help="Of the client.")
@config_option
def command(
    person: str | None,
    client_id: str | None,
    scope: str | None,
    resource: tuple[str, ...],
    issuer: str | None,
    password_file: Path | None,
    secret_file: Path | None,
    config: Path | None,
) -> None:
    """
    Get an access token and print it, and nothing else.

    \b
      authwright token --as alice
      authwright token --as bob --scope items:read
      authwright token --client worker
      curl -H "Authorization: Bearer $(authwright token --as bob)" localhost:8000/items
    """  # noqa: D301 - click knows by this mark what not to wrap
    if person is None and client_id is None:
        raise click.UsageError("Say for whom: --as USERNAME, or --client CLIENT_ID.")
    server = issuer or settings_of(config).issuer
    from authwright.transport import TransportError

    try:
        if person is not None:
            asked = _SCOPE if scope is None else scope
            token = _of_person(server, client_id or "web", person, password_file, asked, resource)
        else:
            token = _of_machine(server, client_id or "", secret_file, scope or "", resource)
    except TransportError as error:
        raise no_answer(f"{server}: {error.detail}") from None
    terminal.say(token)


def _of_person(
    issuer: str,
    client_id: str,
    username: str,
    password_file: Path | None,
    scope: str,
    resource: tuple[str, ...],
) -> str:
    from authwright.client.client import Client
    from authwright.idp.cli.headless_sign_in import REDIRECT_URI, HeadlessSignIn
    from authwright.idp.cli.issuer_transport import transport_to
    from authwright.oauth.types import Secret

    password = Secret(_content(password_file or DEVELOPMENT_DIRECTORY / "password", "--password-file"))
    with transport_to(issuer) as transport, Client(issuer, client_id, transport=transport) as client:
        begun = client.begin_login(redirect_uri=REDIRECT_URI, scope=scope, resource=resource)
        callback = HeadlessSignIn(issuer, transport).authorize(
            begun.authorization_url, client_id=client_id, username=username, password=password
        )
        return client.finish_login(begun.login, callback).access_token.reveal()


def _of_machine(
    issuer: str, client_id: str, secret_file: Path | None, scope: str, resource: tuple[str, ...]
) -> str:
    from authwright.client.client import Client
    from authwright.client.client_auth import ClientSecretBasic
    from authwright.idp.cli.issuer_transport import transport_to
    from authwright.oauth.types import Secret

    file = secret_file or DEVELOPMENT_DIRECTORY / f"{client_id}.secret"
    auth = ClientSecretBasic(Secret(_content(file, "--secret-file")))
    with (
        transport_to(issuer) as transport,
        Client(issuer, client_id, auth=auth, transport=transport) as client,
    ):
        return client.client_credentials(scope=scope, resource=resource).access_token.reveal()


def _content(file: Path, option: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = (error.strerror or "unreadable") if isinstance(error, OSError) else "not UTF-8 text"
        raise CommandFailed(
            Problem.UNREADABLE_FILE,
            "the secret cannot be read",
            received=f"{file} ({reason})",
            expected="the files that `authwright dev` makes in its directory, or a file of your own",
            write=f"{option} FILE   or run it where `authwright dev` runs",
        ) from None
