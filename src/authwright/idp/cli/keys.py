"""`authwright keys`: the signing keys and their rotation."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.failure import CommandFailed, Problem
from authwright.idp.cli.opening import config_option, work_on

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider
    from authwright.idp.records import StoredSigningKey
    from authwright.oauth.types import Timestamp


@click.group("keys")
def command() -> None:
    """Signing keys: list them, rotate them, withdraw one."""


@command.command("list")
@config_option
def list_keys(config: Path | None) -> None:
    """Every key: which signs now, which waits, and how long each is published."""

    async def work(idp: "IdentityProvider") -> list[str]:
        now = idp.server.clock.now()
        keys = await idp.storage.signing_keys()
        rows = [(key.kid, key.alg, _state(key, keys, now), _date(key.created_at)) for key in reversed(keys)]
        return terminal.table(("key", "alg", "state", "made"), rows)

    for line in work_on(config, work):
        terminal.say(f"  {line}")


@command.command("rotate")
@click.option(
    "--now", "immediately", is_flag=True, help="Sign with the new keys at once: an old one is known."
)
@config_option
def rotate(config: Path | None, *, immediately: bool) -> None:
    """
    Make a successor for every key. It signs in 24 hours, when every verifier has fetched it.

    With --now it signs at once: verifiers that hold older keys fetch again when they meet it. Tokens of the
    old key stay good until they expire.
    """

    async def work(idp: "IdentityProvider") -> tuple[str, ...]:
        return await idp.keyring.rotate(idp.server.clock.now(), immediately=immediately)

    made = work_on(config, work)
    if not made:
        terminal.say("Nothing to do: successors wait already. To sign with new keys at once: --now")
        return
    when = "two seconds later" if immediately else "in 24 hours"
    terminal.say(f"Made {', '.join(made)}. Running servers publish them within a second, and sign {when}.")


@command.command("withdraw")
@click.argument("kid", metavar="KEY")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def withdraw(kid: str, config: Path | None, *, yes: bool) -> None:
    """
    Take away a key at once, because somebody else may have it. For a key that is only old: rotate.

    It is published no longer, a new one signs in its place, and this server refuses whatever the old one
    signed. Refresh tokens, sessions and opaque access tokens are not signed and stay good: apps have tokens
    of the new key at their next refresh. APIs that verify tokens themselves accept those of the old key until
    they fetch the keys again: five minutes for authwright's own guard, or until they are restarted.
    """

    async def work(idp: "IdentityProvider") -> tuple[str, ...]:
        from authwright.idp.keyring import UnknownKey

        if not yes:
            await _confirm_withdrawal(kid, idp)
        try:
            return await idp.keyring.withdraw(kid, idp.server.clock.now())
        except UnknownKey:
            raise _no_such_key(kid, await idp.storage.signing_keys()) from None

    made = work_on(config, work)
    instead = f" {made[0]} signs in its place." if made else ""
    terminal.say(f"Withdrew {kid}.{instead} Running servers refuse what it signed within a second.")
    terminal.warn("Now restart the APIs that verify tokens themselves: they may still have the old key.")


async def _confirm_withdrawal(kid: str, idp: "IdentityProvider") -> None:
    keys = await idp.storage.signing_keys()
    key = next((key for key in keys if key.kid == kid), None)
    if key is None:
        raise _no_such_key(kid, keys)
    state = _state(key, keys, idp.server.clock.now())
    terminal.warn(
        f"{kid} ({key.alg}, {state}): every token that it signed becomes worthless, whoever holds it.\n"
        "Apps must refresh, and requests of machines fail until they ask for a new token."
    )
    terminal.confirm(f"Withdraw {kid}?")


def _no_such_key(kid: str, keys: tuple["StoredSigningKey", ...]) -> CommandFailed:
    from authwright.idp.shown_in_errors import nearest, shown

    near = nearest(kid, [key.kid for key in keys])
    return CommandFailed(
        Problem.NOT_FOUND,
        "there is no such signing key",
        received=shown(kid),
        expected="a key that `authwright keys list` shows",
        write=f"authwright keys withdraw {near}" if near else "authwright keys list",
    )


def _state(key: "StoredSigningKey", keys: tuple["StoredSigningKey", ...], now: "Timestamp") -> str:
    if key.activates_at > now:
        return f"signs from {_date(key.activates_at)}"
    started = [other for other in keys if other.alg == key.alg and other.activates_at <= now]
    if started[-1].kid == key.kid:
        return "signs"
    return f"published until {_date(key.removes_at)}" if key.removes_at is not None else "published"


def _date(at: "Timestamp") -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
