"""`authwright apply FILE`: APIs, clients, groups and people as a TOML file says."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.opening import config_option, run_with, settings_of

if TYPE_CHECKING:
    from authwright.idp.desired_state.plan import Plan
    from authwright.idp.provider import IdentityProvider


@click.command("apply")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option(
    "--prune",
    is_flag=True,
    help="Delete what the file does not mention, of each kind that it has; never people.",
)
@config_option
def command(file: Path, config: Path | None, *, dry_run: bool, prune: bool) -> None:
    """
    Make APIs, clients, groups and people what FILE says, in one commit.

    A second time it changes nothing. It works beside a running server, which sees the change at once. The
    file says everything about an API, a client or a group: what it leaves out has its default. Of a person
    it says what it names. Secrets of new clients are printed once.
    """
    from authwright.idp.cli.plan_output import plan_lines, summary
    from authwright.idp.desired_state.apply import commit, prepare
    from authwright.idp.desired_state.document import read_document
    from authwright.idp.desired_state.text_file import read_text

    desired = read_document(read_text(file), file.parent)

    async def work(idp: "IdentityProvider") -> "Plan":
        server = idp.server
        plan = await prepare(
            desired, idp.storage, idp.accounts, server.entropy, server.clock.now(), prune=prune
        )
        if not dry_run:
            await commit(plan, idp.storage)
        return plan

    plan = run_with(settings_of(config), work)
    for line in plan_lines(plan):
        terminal.say(line)
    counted = summary(plan.changes, plan.unchanged)
    terminal.say(f"Would be: {counted}. Nothing was changed (--dry-run)." if dry_run else f"{counted}.")
    if dry_run:
        return
    for client_id, secret in plan.new_secrets:
        terminal.say(f"Secret of {client_id}, shown this once:  {terminal.bold(secret.reveal())}")
