"""`authwright keys`: the signing keys and their rotation."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.opening import config_option, work_on

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider
    from authwright.idp.records import StoredSigningKey
    from authwright.oauth.types import Timestamp


@click.group("keys")
def command() -> None:
    """Signing keys: list them, rotate them."""


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
    when = "within a minute" if immediately else "in 24 hours"
    terminal.say(f"Made {', '.join(made)}. A running server publishes them within a minute and signs {when}.")


def _state(key: "StoredSigningKey", keys: tuple["StoredSigningKey", ...], now: "Timestamp") -> str:
    if key.activates_at > now:
        return f"signs from {_date(key.activates_at)}"
    started = [other for other in keys if other.alg == key.alg and other.activates_at <= now]
    if started[-1].kid == key.kid:
        return "signs"
    return f"published until {_date(key.removes_at)}" if key.removes_at is not None else "published"


def _date(at: "Timestamp") -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
