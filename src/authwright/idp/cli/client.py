"""`authwright client`: the applications that may ask for tokens."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem, not_found
from authwright.idp.cli.opening import config_option, work_on

if TYPE_CHECKING:
    from authwright.authorization_server.records import Client
    from authwright.idp.desired_state.plan import Plan
    from authwright.idp.provider import IdentityProvider
    from authwright.oauth.types import Secret

_client_argument = click.argument("client_id")


@click.group("client")
def command() -> None:
    """Applications that may ask for tokens."""


@command.command("add")
@_client_argument
@click.option("--name", metavar="NAME", help="What people read on the consent page.  [the client_id]")
@click.option("--redirect-uri", "redirect_uris", multiple=True, metavar="URI", help="Can be given again.")
@click.option(
    "--post-logout-redirect-uri", "goodbye_uris", multiple=True, metavar="URI", help="Can be given again."
)
@click.option(
    "--scope", metavar="SCOPE", help='The most it may ask for, in quotes.  ["openid profile email"]'
)
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="Of a machine. Can be given again.")
@click.option("--public", is_flag=True, help="It cannot keep a secret: single-page, native, command line.")
@click.option("--machine", is_flag=True, help="Nobody signs in: client_credentials.")
@click.option("--native", is_flag=True, help="Allow redirect URIs with a reversed domain name as scheme.")
@click.option("--consent", is_flag=True, help="Ask each person before the first token.")
@click.option(
    "--auth-method", metavar="METHOD", help="client_secret_basic, client_secret_post or private_key_jwt."
)
@click.option("--jwks-uri", metavar="URL", help="Where its keys are, for private_key_jwt.")
@config_option
def add(config: Path | None, **options: Any) -> None:
    """
    Register a client. Its secret is printed once.

    \b
      authwright client add shop --redirect-uri https://shop.example.com/callback
      authwright client add importer --machine --scope "items:write"
    """  # noqa: D301 - click knows by this mark what not to wrap
    from authwright.idp.cli.declaring import as_option, declare
    from authwright.idp.desired_state.client import read_client
    from authwright.idp.desired_state.document import DesiredState

    declared = read_client(_table(**options), Path(), "authwright client add", as_option)
    client_id = declared.client.client_id

    async def work(idp: "IdentityProvider") -> "Plan":
        if await idp.storage.client(client_id) is not None:
            raise CommandFailed(
                Problem.ALREADY_EXISTS,
                "the client_id is taken",
                received=client_id,
                expected="a client_id that no client has",
                write=f"authwright client show {client_id}",
            )
        return await declare(idp, DesiredState(clients=(declared,)))

    plan = work_on(config, work)
    terminal.say(f"Added {client_id}.")
    _say_secrets((client_id, secret) for client_id, secret in plan.new_secrets)


def _table(  # noqa: PLR0913 - the options of the command, by name
    *,
    client_id: str,
    name: str | None,
    redirect_uris: tuple[str, ...],
    goodbye_uris: tuple[str, ...],
    scope: str | None,
    roles: tuple[str, ...],
    public: bool,
    machine: bool,
    native: bool,
    consent: bool,
    auth_method: str | None,
    jwks_uri: str | None,
) -> dict[str, Any]:
    """The options as a declaration of the client, in which what is not said is left out."""
    method = auth_method or ("none" if public else None)
    said: dict[str, Any] = {
        "client_id": client_id,
        "client_name": name or client_id,
        "application_type": "native" if native else None,
        "token_endpoint_auth_method": method,
        "grant_types": ["client_credentials"] if machine else None,
        "scope": scope if scope is not None or not machine else "",
        "redirect_uris": [*redirect_uris] or None,
        "post_logout_redirect_uris": [*goodbye_uris] or None,
        "roles": [*roles] or None,
        "require_consent": consent or None,
        "jwks_uri": jwks_uri,
    }
    return {key: value for key, value in said.items() if value is not None}


@command.command("list")
@config_option
def list_clients(config: Path | None) -> None:
    """All clients, by client_id."""

    async def work(idp: "IdentityProvider") -> tuple["Client", ...]:
        return await idp.storage.clients()

    clients = work_on(config, work)
    if not clients:
        terminal.say("None yet. To add one: authwright client add --help")
        return
    rows = [(client.client_id, client.client_name, _kind(client), _remarks(client)) for client in clients]
    for line in terminal.table(("client_id", "name", "kind", ""), rows):
        terminal.say(line)


@command.command("show")
@_client_argument
@config_option
def show(client_id: str, config: Path | None) -> None:
    """One client, with everything that is registered for it. Secrets are not stored, only their digests."""

    async def work(idp: "IdentityProvider") -> "Client":
        return await _find(idp, client_id)

    for line in terminal.facts(_facts(work_on(config, work))):
        terminal.say(line)


@command.command("change")
@_client_argument
@click.option("--name", metavar="NAME", help="What people read on the consent page.")
@click.option("--scope", metavar="SCOPE", help="The most it may ask for, in quotes.")
@click.option("--add-redirect-uri", "new_uris", multiple=True, metavar="URI", help="Can be given again.")
@click.option("--remove-redirect-uri", "old_uris", multiple=True, metavar="URI", help="Can be given again.")
@config_option
def change(
    client_id: str,
    name: str | None,
    scope: str | None,
    new_uris: tuple[str, ...],
    old_uris: tuple[str, ...],
    config: Path | None,
) -> None:
    """Change a client. For the rest of what can be registered: authwright apply."""
    from authwright.idp.cli.declaring import as_change, declare
    from authwright.idp.cli.plan_output import plan_lines
    from authwright.idp.desired_state.client import declaration_of, read_client
    from authwright.idp.desired_state.document import DesiredState

    async def work(idp: "IdentityProvider") -> "Plan":
        client = await _find(idp, client_id)
        said: dict[str, Any] = {"client_name": name, "scope": scope}
        if new_uris or old_uris:
            uris = dict.fromkeys((*client.redirect_uris, *new_uris))
            for uri in old_uris:
                if uri not in uris:
                    raise not_found(
                        "the client has no such redirect_uri",
                        uri,
                        client.redirect_uris,
                        expected="one of its own, byte for byte",
                        write=f"authwright client show {client.client_id}",
                    )
            said["redirect_uris"] = [uri for uri in uris if uri not in old_uris]
        table = declaration_of(client) | {key: value for key, value in said.items() if value is not None}
        declared = read_client(table, Path(), "authwright client change", as_change)
        return await declare(idp, DesiredState(clients=(declared,)))

    plan = work_on(config, work)
    if not plan.changes:
        terminal.say("Nothing to change.")
    for line in plan_lines(plan, undeclared=False):
        terminal.say(line)


@command.command("rotate-secret")
@_client_argument
@click.option("--now", is_flag=True, help="The old secret is worth nothing at once.")
@click.option("--finish", is_flag=True, help="Make no new one; end the old one that still works beside it.")
@config_option
def rotate_secret(client_id: str, config: Path | None, *, now: bool, finish: bool) -> None:
    """
    Make a new secret and print it once. The old one works beside it until --finish, or the next rotation.

    Without a gap: rotate, give the application the new secret, then --finish.
    """
    if now and finish:
        raise click.UsageError("--now and --finish are two ways to end the old secret: take one.")

    async def work(idp: "IdentityProvider") -> "Secret | None":
        from authwright.idp.desired_state.client import has_secret
        from authwright.oauth.types import Secret

        client = await _find(idp, client_id)
        if not has_secret(client):
            raise CommandFailed(
                Problem.NOT_POSSIBLE,
                "this client has no secret",
                received=f"token_endpoint_auth_method {client.token_endpoint_auth_method}",
                expected="client_secret_basic or client_secret_post",
                write=f"authwright client show {client_id}",
            )
        newest = client.client_secret_digests[:1]
        if finish:
            await _save(idp, replace(client, client_secret_digests=newest), "the old secret ended")
            return None
        secret = Secret(idp.server.entropy.secret())
        digests = (secret.digest(), *(() if now else newest))
        await _save(idp, replace(client, client_secret_digests=digests), "a new secret")
        return secret

    secret = work_on(config, work)
    if secret is None:
        terminal.say(f"Only the newest secret of {terminal.printable(client_id)} works now.")
        return
    _say_secrets([(client_id, secret)])
    if not now:
        terminal.warn(f"The old one works until: authwright client rotate-secret {client_id} --finish")


@command.command("disable")
@_client_argument
@config_option
def disable(client_id: str, config: Path | None) -> None:
    """Answer every request of the client as if it were not registered. Can be taken back."""

    async def work(idp: "IdentityProvider") -> str:
        client = await _find(idp, client_id)
        await _save(idp, replace(client, disabled_at=idp.server.clock.now()), "disabled")
        return f"{client.client_id} is disabled."

    terminal.say(work_on(config, work))


@command.command("enable")
@_client_argument
@config_option
def enable(client_id: str, config: Path | None) -> None:
    """Let a disabled client ask for tokens again."""

    async def work(idp: "IdentityProvider") -> str:
        client = await _find(idp, client_id)
        await _save(idp, replace(client, disabled_at=None), "enabled")
        return f"{client.client_id} can ask for tokens."

    terminal.say(work_on(config, work))


@command.command("delete")
@_client_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def delete(client_id: str, config: Path | None, *, yes: bool) -> None:
    """Delete a client with its consents, grants and tokens. `disable` can be taken back; this cannot."""

    async def work(idp: "IdentityProvider") -> str:
        from authwright.idp.desired_state.change import Circumstances
        from authwright.idp.desired_state.client import delete_client

        client = await _find(idp, client_id)
        if not yes:
            terminal.confirm(f"Delete {client.client_id} and every grant that people gave it?")
        circumstances = Circumstances(idp.server.clock.now(), idp.server.entropy)
        await idp.storage.commit(delete_client(client.client_id, circumstances).writes)
        return f"Deleted {client.client_id}."

    terminal.say(work_on(config, work))


async def _find(idp: "IdentityProvider", client_id: str) -> "Client":
    from authwright.oauth.types import ClientId

    client = await idp.storage.client(ClientId(client_id))
    if client is not None:
        return client
    raise not_found(
        "there is no such client",
        client_id,
        [known.client_id for known in await idp.storage.clients()],
        expected="the client_id of a client",
        write="authwright client list",
    )


async def _save(idp: "IdentityProvider", client: "Client", detail: str) -> None:
    from authwright.authorization_server.events import Event, EventKind
    from authwright.authorization_server.writes import RecordEvent, SaveClient

    now = idp.server.clock.now()
    event = Event(EventKind.CLIENT_SAVED, now, client_id=client.client_id, detail=detail)
    await idp.storage.commit((SaveClient(client), RecordEvent(event)))


def _say_secrets(secrets: Iterable[tuple[str, "Secret"]]) -> None:
    for client_id, secret in secrets:
        terminal.say(f"Secret of {client_id}, shown this once:  {terminal.bold(secret.reveal())}")


def _kind(client: "Client") -> str:
    if client.grant_types == frozenset({"client_credentials"}):
        return "machine"
    return "public" if client.token_endpoint_auth_method == "none" else "confidential"


def _remarks(client: "Client") -> str:
    remarks = (
        (client.disabled_at is not None, "disabled"),
        (not client.require_pkce, "no PKCE: an exception"),
        (len(client.client_secret_digests) > 1, "two secrets work"),
    )
    return ", ".join(remark for holds, remark in remarks if holds)


def _facts(client: "Client") -> Iterable[tuple[str, str]]:
    from authwright.idp.desired_state.client import declaration_of

    yield "client_id", client.client_id
    yield "kind", ", ".join(filter(None, (_kind(client), _remarks(client))))
    yield "created", datetime.fromtimestamp(client.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if client.client_secret_digests:
        yield "secrets", str(len(client.client_secret_digests))
    for key, value in declaration_of(client).items():
        if key not in ("client_id", "disabled"):
            yield key, "  ".join(cast("list[str]", value)) if isinstance(value, list) else str(value)
