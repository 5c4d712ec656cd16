"""The group of all commands, and the one place where errors become messages and exit codes."""

import importlib
from collections.abc import Sequence
from typing import Final

import click
from typing_extensions import override

from authwright import __version__
from authwright.idp.cli.failure import failure_of
from authwright.idp.cli.terminal import show_failure, wants_colour

_INTERRUPTED: Final = 130
"""128 and the number of SIGINT, as shells count."""

_COMMANDS: Final = {
    "dev": "An identity provider on this machine, ready in a second, nothing to configure.",
    "demo": "The whole story in a browser: identity provider, API and app on this machine.",
    "new": "Write a small application that works.",
    "token": "Get an access token, by real OAuth, and print it.",
    "explain": "Say why a token is, or is not, accepted.",
    "init": "Write the settings of a server that people will use.",
    "serve": "Run the identity provider.",
    "check": "Show every setting, and where it came from.",
    "apply": "Make APIs, clients, groups and people what a TOML file says.",
    "client": "Applications: add, list, show, change, rotate-secret, disable, enable, delete.",
    "user": "People: add, list, show, change, set-password, disable, enable, delete.",
    "keys": "Signing keys: list, rotate, withdraw.",
    "admin": "Get back in.",
    "migrate": "Bring the database to this release's schema.",
    "backup": "Write everything to one file, while the server runs.",
    "restore": "Bring a backup back to life, in an empty database.",
    "storage": "Copy everything from one database to another.",
    "healthcheck": "End with 0 when the server can serve, with 1 when it cannot.",
}
"""Each command with what `--help` says of it; known here, so that `--help` imports none of them."""

_ABOVE: Final = {"demo": "authwright.demo.command"}
"""Commands of packages above this one. Found by name when called, so that nothing here depends on them."""


class _Commands(click.Group):
    """A group whose commands are imported when they are called."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_ABOVE.get(cmd_name, f"authwright.idp.cli.{cmd_name}"))
        command: click.Command = module.command
        return command

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-"):
            from authwright.idp.shown_in_errors import nearest

            ctx.fail(f"There is no command {name!r}. The nearest is {nearest(name, _COMMANDS)!r}.")
        return super().resolve_command(ctx, args)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=False,
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def authwright() -> None:
    """OAuth 2.0 and OpenID Connect: an identity provider, and the tools around it."""


def run(arguments: Sequence[str]) -> int:
    """Run one command. The exit code; nothing is raised but bugs."""
    try:
        result = authwright.main(
            [*arguments], prog_name="authwright", standalone_mode=False, color=wants_colour()
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("\nStopped.", err=True)
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a bug is raised again
        return exit_code_of(error)
    return result if isinstance(result, int) else 0


def exit_code_of(error: Exception) -> int:
    """Show what *error* means to whoever called the command. Raises it again when it is a bug."""
    failure = failure_of(error)
    if failure is None:
        raise error
    show_failure(failure)
    return failure.exit_code
